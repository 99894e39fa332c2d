"""Whole runs over `IbkrBroker` and a simulated TWS, whose clock and quotes go with the run's own market."""

from decimal import Decimal

import pytest

from allusr_sdk.config import Config
from allusr_sdk.execution.run import Plan, simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.broker import reference
from tests.builders import moment
from tests.crash.brokered import FIRST, LAST, P100, Dead, Mortal, calm_week, writer
from tests.ibkr.adapter import broker

CAPITAL = 1_000_000


class Together:
    """A connection that lets the simulator's clock go with the run's before it is asked for what happened."""

    def __init__(self, tws, line):
        self._tws, self._line = tws, line

    def __getattr__(self, name):
        return getattr(self._line, name)

    def news(self, at):
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

    def __init__(self, folder, tws, market):
        self.home, self.tws, self._market = folder / "home", tws, market
        quoted(tws, market)

    def live(self, *, dies=None, before=False):
        line = Together(self.tws, broker(self.tws, grace=0.0, settle=0.05))
        try:
            with open_ledger(self.home) as ledger:
                simulate(self._plan(Mortal(line, *dies, before=before) if dies else line), ledger)
        except Dead:
            return False
        finally:
            line.close()
        return True

    def _plan(self, line):
        config = Config.read(sets=("plugins.use=[]",))
        host = Host.of(writer(), config=config)
        return Plan(
            mode="paper", source=self._market, first=FIRST, last=LAST, capital=Decimal(CAPITAL),
            seed=7, host=host, rules=config.rulebook, split={"writer": Decimal(100)}, broker=line,
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
