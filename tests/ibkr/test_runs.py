"""Whole runs over `IbkrBroker` and a simulated TWS, whose clock and quotes go with the run's own market."""

import json
from decimal import Decimal

import pytest

from allusr_sdk.config import Config
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.broker import reference
from tests.builders import FRIDAY, contract, moment
from tests.cli.conftest import allusr as allusr
from tests.crash.brokered import FIRST, LAST, P100, Days, Dead, Mortal, calm_week, writer
from tests.ibkr.adapter import broker

CAPITAL = 1_000_000


class Together:
    """A connection that lets the simulator's clock go with the run's before it is asked for what happened."""

    def __init__(self, tws, line, happens):
        self._tws, self._line, self._happens = tws, line, dict(happens)

    def __getattr__(self, name):
        return getattr(self._line, name)

    def news(self, at):
        for due in sorted(each for each in self._happens if each <= at):
            self._happens.pop(due)(self._tws.control)
        self._tws.control.advance(at)
        return self._line.news(at)

    def statement(self, at):
        self._tws.control.advance(at)
        return self._line.statement(at)


def quoted(tws, market):
    """Everything that the market shows is quoted, at its one price."""
    for step in market.steps(FIRST, LAST):
        for symbol, seen in step.view.snapshots.items():
            tws.control.quote(symbol, seen.bid, seen.ask, last=float(seen.last))
            for row in range(len(seen.chain)):
                quote = seen.chain.quote(row)
                tws.control.quote(quote.contract.osi, quote.bid, quote.ask, underlying=float(seen.last))


class Account:
    """A home and a simulated TWS."""

    def __init__(self, folder, tws, market, sleeve=None, happens=None):
        self.home, self.tws, self._market = folder / "home", tws, market
        self._happens = happens or {}
        self._sleeve = sleeve or writer()
        quoted(tws, market)

    def live(self, *, dies=None, before=False, commands=()):
        line = Together(self.tws, broker(self.tws, grace=0.0, settle=0.05), self._happens)
        try:
            with open_ledger(self.home) as ledger:
                simulate(self._plan(Mortal(line, *dies, before=before) if dies else line, commands), ledger)
        except Dead:
            return False
        finally:
            line.close()
        return True

    def _plan(self, line, commands):
        config = Config.read(sets=("plugins.use=[]",))
        host = Host.of(self._sleeve, config=config)
        return Plan(
            mode="paper", source=self._market, first=FIRST, last=LAST, capital=Decimal(CAPITAL),
            seed=7, host=host, rules=config.rulebook, split={"writer": Decimal(100)}, broker=line,
            commands=tuple(commands),
        )  # fmt: skip

    def read(self, look):
        with open_ledger(self.home, create=False) as ledger:
            assert all(report.ok for report in verify_all(ledger))
            (listed,) = ledger.runs()
            return look(ledger.run(listed.id))

    def events(self, kind):
        return [entry.event for entry in self.read(lambda run: tuple(run.entries())) if entry.kind == kind]

    def agree(self):
        """To the contract and the cent; each intent is one order there, and nothing is open."""
        book, there = self.read(lambda run: run.book), self.tws.control.account("DU1")
        held = {p.contract.osi if p.contract else p.symbol: p.quantity for p in book.positions}
        assert held == there.holdings
        assert sum(ledger.cash for ledger in book.ledgers.values()) == there.cash
        assert (dict(book.breaks), {"BREAK", "LINK"} & book.switches.keys()) == ({}, set())
        sent = [each.reference for each in self.tws.control.orders()]
        assert len(sent) == len(set(sent))
        assert set(sent) <= {reference(each.key) for each in self.events("IntentRecorded")}
        told = [each.id for each in self.tws.control.fills() if each.reference and not each.combo]
        assert sorted(each.execution for each in self.events("Filled")) == sorted(told)


@pytest.fixture
def account(tws, tmp_path):
    tws.control.play(fills="touch")
    return Account(tmp_path, tws, calm_week())


def test_a_week_over_tws_ends_with_equal_books(account):
    one = account
    assert one.live()
    one.agree()
    assert one.events("Filled")


@pytest.mark.parametrize(
    ("method", "number", "before"),
    [("submit", 1, False), ("submit", 1, True), ("reprice", 1, False), ("statement", 4, False)],
)
def test_an_engine_that_dies_goes_on_with_nothing_twice(account, method, number, before):
    one = account
    assert not one.live(dies=(method, number), before=before)
    assert one.live()
    one.agree()


@pytest.mark.parametrize("told", [True, False])
def test_an_assignment_while_the_engine_is_down_turns_the_wheel_once(account, told):
    one = account
    assert not one.live(dies=("statement", 4))
    one.tws.control.advance(moment(clock="18:00"))
    one.tws.control.assign("DU1", P100, told=told)
    assert one.live()
    (assigned,) = one.events("Assigned")
    assert (assigned.rule, assigned.quantity, assigned.early) == ("RECON B10", -2, True)
    assert one.read(lambda run: run.book.ledgers["writer"].wheel("AAPL")) == "SHORT_CALL"
    one.agree()


def test_a_liquidation_while_the_engine_is_down_stops_the_account_and_names_it(account):
    one = account
    assert not one.live(dies=("statement", 4))
    one.tws.control.liquidate("DU1", P100, 1, Decimal("9.00"))
    assert one.live()
    assert {(each.rule, each.subject) for each in one.events("Broken")} == {("B03", P100), ("B09", "cash")}
    assert one.read(lambda run: sum(each.freezes for each in run.book.breaks.values())) == 1
    assert len(one.events("Filled")) == 1


def test_a_persons_order_stops_the_account_and_is_left_alone(account):
    one = account
    one.tws.control.manual("DU1", P100, -1, Decimal("9.00"))
    assert one.live()
    (found,) = {(each.rule, each.action) for each in one.events("Broken")}
    assert found[0] == "B04"
    assert [(each.client_id, each.status) for each in one.tws.control.orders()] == [(0, "Submitted")]


# --- 24: what is not ours, until a person has looked at it -----------------------------------------------------------


def confirmed(subject, clock):
    """A person signs a break on Friday."""
    at = moment(FRIDAY, clock)
    return Command(at=at, action="explain", subject=subject, actor="Ann", reason="looked at it in TWS")


def two_symbols():
    """A Thursday for AAPL, and a Friday on which SPY is to be sold too."""
    shown, late = {"symbols": ("AAPL", "SPY")}, {"day": FRIDAY, "spot": 101.0, "symbols": ("AAPL", "SPY")}
    days = Days().at("10:00", "10:05", "10:10", **shown).close(**shown)
    return days.at("09:45", "10:00", "10:05", "10:10", "15:00", **late).close(**late)


def on_friday(symbol, view):
    """AAPL's put, and SPY's from Friday on."""
    return contract(100 if symbol == "AAPL" or view.at >= moment(FRIDAY, "09:45") else 1, root=symbol)


ADJUSTED = P100.replace("AAPL ", "AAPL1")


@pytest.mark.parametrize(
    ("happens", "broken"),
    [
        pytest.param(
            lambda tws: tws.control.liquidate("DU1", P100, 1, Decimal("9.00")), [f"B03 {P100}", "B09 cash"],
            id="liquidation", marks=pytest.mark.long,
        ),
        pytest.param(
            lambda tws: tws.control.become("DU1", P100, ADJUSTED), [f"B15 {P100}"], id="new conId",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda tws: tws.control.manual("DU1", P100, -1, Decimal("9.00")), ["B04 {}"], id="a person's order"
        ),
    ],
)  # fmt: skip
def test_what_is_not_ours_stops_the_account_until_a_person_confirms_it_and_then_it_goes_on(
    tws, tmp_path, happens, broken
):
    tws.control.play(fills="touch")
    one = Account(tmp_path, tws, two_symbols(), writer(symbols=("AAPL", "SPY"), contracts=on_friday))
    assert not one.live(dies=("statement", 4))
    number = happens(tws)
    subjects = [each.format(number) for each in broken]
    assert one.live(commands=[confirmed(each, "10:01") for each in subjects])
    assert {f"{each.rule} {each.subject}" for each in one.events("Broken")} == set(subjects)
    assert {(each.how, each.actor) for each in one.events("Mended")} == {("explained", "Ann")}
    sold = one.read(lambda run: [(e.at, e.event.symbol) for e in run.entries(kind="IntentRecorded")])
    assert sold == [(moment(clock="10:00"), "AAPL"), (moment(FRIDAY, "10:05"), "SPY")]
    book = one.read(lambda run: run.book)
    assert (dict(book.breaks), {"BREAK", "LINK"} & book.switches.keys()) == ({}, set())
    assert [each.status for each in tws.control.orders() if not each.reference] == (["Submitted"] if number else [])


# --- what a person has to look at ------------------------------------------------------------------------------------


def cut_off(control):
    for _ in range(3):
        control.link(1100)


def test_what_ibkr_has_to_say_to_a_person_is_in_the_journal_once_with_its_end(tws, tmp_path, allusr):
    tws.control.play(fills="touch")
    outage = {moment(clock="10:07"): cut_off, moment(clock="10:12"): lambda control: control.link(1102)}
    again = {moment(FRIDAY, "10:02"): cut_off, moment(FRIDAY, "10:30"): lambda control: control.link(1102)}
    one = Account(tmp_path, tws, calm_week(), happens=outage | again)
    assert one.live()
    called = [(each.rule, each.subject, each.why[:14]) for each in one.events("Paged")]
    assert called == [("RULE-0", "LINK", "IBKR says 1100")] * 2
    ended = [each.why[:14] for each in one.events("Decided") if "1102" in each.why]
    assert ended == ["IBKR says 1102"] * 2
    one.agree()
    told = allusr("explain", "AAPL", "--home", one.home)
    assert (told.code, told.out.count("A PERSON WAS CALLED about LINK: IBKR says 1100")) == (0, 2)


def test_while_ibkr_is_gone_the_status_says_what_it_said(tws, tmp_path, allusr):
    one = Account(tmp_path, tws, calm_week(), happens={moment(FRIDAY, "14:59"): cut_off})
    assert one.live()
    needs = json.loads(allusr("status", "--json", "--home", one.home).out)["needs"]
    assert [(each["kind"], each["rule"], each["why"][:14]) for each in needs if each["kind"] == "paged"] == [
        ("paged", "RULE-0", "IBKR says 1100")
    ]
