"""A quarter's appropriation and what a budget pays, entry by entry (FK-7, TX-8)."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from attrs import evolve

from allusr_sdk.kernel.reinvest import quarter, spent
from allusr_sdk.model.events import BudgetSpent, Decided, Filled, Reinvested
from allusr_sdk.model.positions import Book, LedgerBook, Quarter
from tests.builders import RULES
from tests.kernel.grove import Grove

D = Decimal
LAST, FIRST = date(2026, 3, 31), date(2026, 4, 1)
REVENUE = LedgerBook("rev_acc", realised=D(1000), quarter=Quarter("2026-Q1"))
COMPOUNDING = LedgerBook("com_acc", contracts_budget=D(500))
PURCHASE = Filled(
    ledger="com_acc", symbol="AAPL", rule="CAD-9", key="k", execution="e", instrument="AAPL", quantity=2,
    price=D(100), fee=D(1), touch=None, opening=True,
)  # fmt: skip


def test_a_gain_is_appropriated_under_its_rules():
    with Grove() as world:
        world.earn("rev_acc", "10000", on=LAST)
        world.morning(FIRST, LAST)
        assert world.events("Reinvested", ledger="rev_acc") == [Reinvested(
            ledger="rev_acc", rule="FK-7 TX-8", quarter="2026-Q1", gain=D(10000), reserve=D(3000), contracts=D(5250),
            leaps=D(1750),
        )]  # fmt: skip


def test_a_quarter_without_a_gain_is_told_with_its_result():
    with Grove() as world:
        world.earn("rev_acc", "-400", on=LAST)
        world.morning(FIRST, LAST)
        assert world.events("Decided", ledger="rev_acc") == [Decided(
            ledger="rev_acc", rule="FK-7", subject="reinvestment", verdict="skip",
            why="2026-Q1: net realised -400.00: nothing is reinvested", numbers={"gain": "-400.00"},
        )]  # fmt: skip


@pytest.mark.parametrize(("changed", "count"), [
    ({}, 1), ({"closing": "2x"}, 0), ({"closed": date(2026, 3, 30)}, 0), ({"reinvested": "2026-Q1"}, 0),
    ({"reinvested": "2025-Q4"}, 1), ({"name": "m1", "style": "rev_acc"}, 1), ({"name": "m1", "style": "gen_acc"}, 0),
])  # fmt: skip
def test_what_is_closing_or_closed_or_has_reinvested_does_not(changed, count):
    ledger, written = evolve(REVENUE, **changed), []
    scribe = SimpleNamespace(book=Book({ledger.name: ledger}), write=written.append)
    quarter(FIRST, LAST, scribe, RULES)
    assert [event.gain for event in written] == [D(1000)] * count


@pytest.mark.parametrize(("count", "amount"), [(1, 101), (2, 201), (5, 500)])
def test_what_shares_cost_is_taken_off_the_contracts_budget_as_far_as_it_goes(count, amount):
    assert spent(evolve(PURCHASE, quantity=count), COMPOUNDING) == BudgetSpent(
        ledger="com_acc", symbol="AAPL", rule="FK-7", key="k/e", budget="contracts", amount=D(amount)
    )


@pytest.mark.parametrize("changed", [
    {"quantity": 0}, {"quantity": -2}, {"opening": False}, {"instrument": "AAPL  260213P00100000"},
])  # fmt: skip
def test_what_is_no_purchase_of_shares_takes_nothing_off(changed):
    assert spent(evolve(PURCHASE, **changed), COMPOUNDING) is None
