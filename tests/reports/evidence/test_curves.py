"""The curve of a run's journal: equity by day, and what written options did, by hand."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Assigned, Expired, Valued
from allusr_sdk.reports.evidence import evaluated, of_run
from allusr_sdk.reports.evidence.metrics import ENDED, KEPT, TAKEN, WON
from tests.reports.conftest import journal
from tests.reports.journals import PUT, order

__all__ = ["journal"]
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}


def day(number, equity):
    """A ledger's evening of February 2026."""
    amount = Decimal(equity)
    return (f"{number} 16:30", Valued(
        ledger="gen_acc", rule="LG-1", day=date(2026, 2, number), cash=amount, equity=amount, realised=Decimal(0),
        unrealised=Decimal(0), reserved=Decimal(0), at_touch=amount,
    ))  # fmt: skip


def assigned(settlement):
    """The put was assigned."""
    return Assigned(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-2, settlement=Decimal(settlement))


def test_a_run_goes_from_its_capital_over_its_evenings(journal):
    found = of_run(journal(day(11, 404000), day(12, 402000)))
    assert dict(found.path) == {date(2026, 2, 10): 4e5, date(2026, 2, 11): 404e3, date(2026, 2, 12): 402e3}
    assert (found.options, found.written, found.what_if) == ("unknown", {}, False)


def test_a_run_without_an_evening_is_unknown(journal):
    found = evaluated(of_run(journal()), rate=0.04, seed=7, draws=100)
    assert (found.returns, found.first) == (0, None)
    assert {one.value for one in found.estimates} == {None}


def test_a_run_that_loosened_rules_is_a_what_if(journal):
    assert of_run(journal(day(11, 404000), what_if={"LQ-1.spread": "0.2"})).what_if


@pytest.mark.parametrize(
    ("end", "kept", "won"),
    [
        (Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-2, settlement=Decimal(280)), 338.60, 1),
        (assigned("268.40"), 0.0, 1),  # 1.60 in the money, 1.70 taken, 0.007 of it fees a share
        (assigned("268.30"), 0.0, 0),
    ],
)
def test_a_written_option_is_taken_and_ends_in_its_week(journal, end, kept, won):
    sold = order("k1", PUT, -2, [("1.70", -2)])
    rows = of_run(journal(("12 10:05", *sold), day(12, 400000), ("13 16:15", end), day(13, 400338))).written
    assert list(rows) == ["2026-W07"]
    assert rows["2026-W07"][[KEPT, TAKEN, WON, ENDED]].tolist() == pytest.approx([kept, 340.0, won, 1])


def test_what_is_open_has_only_been_taken(journal):
    rows = of_run(journal(("12 10:05", *order("k1", PUT, -2, [("1.70", -2)])), day(12, 400000))).written
    assert rows["2026-W07"][[KEPT, TAKEN, WON, ENDED]].tolist() == pytest.approx([0, 340.0, 0, 0])


def test_the_written_leg_of_a_hedge_is_no_income_and_no_loss_of_income(journal):
    leg = "SPY   260320P00600000"
    wrote = order("h1", leg, -1, [("9.00", -1)], cause="hedge:VIX")
    back = order("h2", leg, 1, [("30.00", 1)], action="close", cause="PE-10")
    assert of_run(journal(("12 10:05", *wrote), day(12, 400000), ("13 10:05", *back), day(13, 398000))).written == {}
