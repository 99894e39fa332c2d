"""A dividend from its ex-date to its payment: over a broker, and over stops between the two."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.views import Dividend
from tests.builders import FRIDAY, THURSDAY, moment
from tests.crash.brokered import Brokered, Days, Dead, writer

D = Decimal
TUESDAY, WEDNESDAY, NEXT = date(2026, 2, 17), date(2026, 2, 18), date(2026, 2, 19)
DUE = Dividend("AAPL", TUESDAY, D("0.26"), WEDNESDAY)


# --- over a broker -------------------------------------------------------------------------------------------------


def shares_go_ex():
    """Puts that are written on Thursday and assigned on Friday, an ex-date on Tuesday, and two more days."""
    days = Days().at("10:00", "10:05").close().at("15:00", day=FRIDAY, spot=95.0).close(day=FRIDAY, spot=95.0)
    days.at("10:00", "15:00", day=TUESDAY, spot=95.0, actions=[DUE]).close(day=TUESDAY, spot=95.0)
    for day in (WEDNESDAY, NEXT):
        days.at("10:00", "15:00", day=day, spot=95.0).close(day=day, spot=95.0)
    return days


@pytest.fixture
def account(tmp_path):
    """An account whose broker has assigned two puts by Tuesday."""
    made = Brokered(tmp_path, shares_go_ex(), writer(until=moment(THURSDAY, "10:00")), near=True, fills="touch")
    made.control.plan(moment(FRIDAY, "16:00"), "settle", day=FRIDAY, prices={"AAPL": D("95.00")})
    return made


class Dies:
    """A connection whose engine dies at an instant, once."""

    def __init__(self, line, at):
        self._line, self._at = line, at

    def __getattr__(self, name):
        return getattr(self._line, name)

    def statement(self, at):
        if at == self._at:
            raise Dead
        return self._line.statement(at)


def paid(account):
    """Accruals, payments and lines without an accrual, in order: kind, New York day, dollars."""
    kinds = ("DividendAccrued", "DividendReceived", "CashBooked")
    found = [entry for entry in account.entries if entry.kind in kinds]
    return [(e.kind, e.at, getattr(e.event, "cash", None) or e.event.amount) for e in found]


@pytest.mark.parametrize("dies", [None, moment(TUESDAY, "15:00"), moment(WEDNESDAY, "15:00")])
def test_the_brokers_line_pays_what_is_receivable_since_the_ex_date(account, dies):
    account.control.plan(moment(WEDNESDAY, "11:00"), "dividend", symbol="AAPL", per_share=D("0.26"))
    if dies is not None:
        assert not account.live(through=lambda line: Dies(line, dies))
    assert account.live()
    (ex, _, due), (kind, at, cash) = paid(account)
    assert (ex, due, kind, cash) == ("DividendAccrued", D("52.00"), "DividendReceived", D("52.00"))
    assert at >= moment(WEDNESDAY, "15:00") or dies  # a restart finds it at the end of what was written
    assert [row for row in account.breaks() if row[0] != "B14"] == []
    assert account.book.ledgers["writer"].awaited == ()
    account.agree()


def test_what_the_broker_keeps_back_of_a_dividend_is_booked_as_its_difference(account):
    account.control.plan(moment(WEDNESDAY, "11:00"), "line", kind="dividend", amount=D("44.20"), symbol="AAPL")
    assert account.live()
    assert [(kind, cash) for kind, _, cash in paid(account)] == [
        ("DividendAccrued", D("52.00")), ("DividendReceived", D("52.00")), ("CashBooked", D("-7.80")),
    ]  # fmt: skip
    account.agree()


def test_a_dividend_that_is_not_paid_yet_stays_receivable_and_nothing_is_frozen(account):
    assert account.live()
    assert [kind for kind, _, _ in paid(account)] == ["DividendAccrued"]
    assert account.book.ledgers["writer"].receivable == {"AAPL": D("52.00")}
    account.agree()


# --- stops in a simulation -----------------------------------------------------------------------------------------

NOTHING = dict.fromkeys(
    ("config", "market", "daily", "earnings", "symbols", "capital", "seed", "scenario", "home", "rules"), None
)
OPTIONS = Options(
    **NOTHING, plugins=("com_acc", "protocol"), sets=('sleeves.com_acc.symbols=["AAPL"]',), what_if=(), mode="paper",
    first=date(2026, 2, 2), last=date(2026, 2, 13), pace="fast",
)  # fmt: skip


class Died(BaseException):
    """The engine's process is gone."""


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Runs, or goes on, and dies ahead of the entry of a kind; returns the journal's head and its entries."""

    def run(home, dies=None):
        append = Run.append

        def dying(self, event, **at):
            if event.kind == dies:
                raise Died
            return append(self, event, **at)

        with open_ledger(tmp_path / home) as ledger:
            with monkeypatch.context() as patched, suppress(Died):
                patched.setattr(Run, "append", dying)
                simulate(plan(OPTIONS), ledger)
            assert all(report.ok for report in verify_all(ledger))
            found = ledger.latest()
            assert out_of_balance(balances(found), found.book) == ()
            return found.head, tuple(found.entries())

    return run


@pytest.mark.parametrize("dies", [("DividendAccrued", "DividendReceived"), ("Revalued", "RunEnded")])
def test_a_run_that_dies_around_a_dividend_or_a_mark_has_the_journal_of_one_that_lived(go, dies):
    whole, entries = go("whole")
    due, paid = (e.event for e in entries if e.kind.startswith("Dividend"))
    assert (due.kind, due.per_share, paid.kind, paid.cash) == (
        "DividendAccrued", D("0.26"), "DividendReceived", due.shares * D("0.26"),
    )  # fmt: skip
    for kind in dies:
        go("cut", kind)
    assert go("cut")[0] == whole
