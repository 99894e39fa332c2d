"""Quarterly reinvestment: what is appropriated, from what, and what it lets a ledger do (FK-7, TX-8, CAD-10)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.kernel.reinvest import net_gain
from allusr_sdk.model.events import Filled
from tests.kernel.grove import Grove, mini
from tests.kernel.scenes import aapl, writes

D = Decimal
LAST, FIRST = date(2026, 3, 31), date(2026, 4, 1)


def quarters(world, ledger="rev_acc"):
    return world.events("Reinvested", ledger=ledger)


def test_the_rules_own_example_to_the_cent():
    with Grove() as world:
        world.earn("rev_acc", "10000", on=LAST)
        world.morning(FIRST, LAST)
        (done,) = quarters(world)
        assert (done.quarter, done.gain) == ("2026-Q1", D("10000"))
        assert (done.reserve, done.contracts, done.leaps) == (D("3000"), D("5250"), D("1750"))
        rev = world.book.ledgers["rev_acc"]
        assert (rev.base, rev.equity, rev.own_equity, rev.surplus) == (D("90000"), D("100000"), D("97000"), D("7000"))


@pytest.mark.parametrize(("gain", "leaps"), [("2250", "393.75"), ("0.03", "0.00"), ("100.01", "17.50")])
def test_it_is_whole_to_the_cent_whatever_was_gained(gain, leaps):
    with Grove() as world:
        world.earn("rev_acc", gain, on=LAST)
        world.morning(FIRST, LAST)
        (done,) = quarters(world)
        assert done.reserve + done.contracts + done.leaps == D(gain)
        assert done.leaps == D(leaps)


@pytest.mark.parametrize(
    ("results", "quarter", "gain"),
    [
        ({"2026-Q1": "100"}, "2026-Q1", "100"),
        ({"2026-Q1": "-40", "2026-Q2": "100"}, "2026-Q2", "60"),
        ({"2026-Q1": "-40", "2026-Q2": "10", "2026-Q3": "100"}, "2026-Q3", "70"),
        ({"2026-Q1": "500", "2026-Q2": "-40", "2026-Q3": "100"}, "2026-Q3", "60"),
        ({"2025-Q4": "-40", "2026-Q1": "100"}, "2026-Q1", "100"),
        ({"2026-Q1": "-40"}, "2026-Q2", "-40"),
        ({}, "2026-Q2", "0"),
    ],
)
def test_losses_are_carried_within_the_year(results, quarter, gain):
    assert net_gain({name: D(amount) for name, amount in results.items()}, quarter) == D(gain)


def test_a_loss_reinvests_nothing_and_lowers_what_the_next_quarter_does():
    with Grove() as world:
        world.earn("rev_acc", "-400", on=LAST)
        world.morning(FIRST, LAST)
        assert quarters(world) == []
        (said,) = [e.why for e in world.events("Decided", ledger="rev_acc")]
        assert said == "2026-Q1: net realised -400.00: nothing is reinvested"
        world.earn("rev_acc", "1000", on=date(2026, 6, 30))
        world.morning(date(2026, 7, 1), date(2026, 6, 30))
        assert [(e.quarter, e.gain) for e in quarters(world)] == [("2026-Q2", D("600"))]


def test_a_quarter_is_appropriated_once_however_often_its_first_morning_comes():
    with Grove() as world:
        world.earn("rev_acc", "1000", on=LAST)
        world.morning(FIRST, LAST)
        world.restart()
        world.morning(FIRST, LAST)
        world.morning(date(2026, 4, 2), FIRST)
        assert len(quarters(world)) == 1


def test_generators_and_minis_do_not_reinvest():
    with Grove(lambda tree: [] if "m1" in tree.nodes else [mini()]) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.earn("m1.com_acc", "1000", on=LAST)
        world.earn("com_acc", "1000", on=LAST)
        world.morning(FIRST, LAST)
        assert [e.ledger for e in world.events("Reinvested")] == ["com_acc"]


# --- what it lets a ledger do ---


def test_contracts_budgets_raise_what_revenue_may_deploy_and_a_generator_keeps_to_its_base():
    funds = dict.fromkeys(("gen_acc", "rev_acc"), "40000") | {"com_acc": "0.01"}
    with Grove(propose=writes(), funds=funds) as world:
        for ledger in ("rev_acc", "gen_acc"):
            world.earn(ledger, "40000", on=date(2025, 12, 31))
        world.morning(date(2026, 1, 2), date(2025, 12, 31))
        rev = world.book.ledgers["rev_acc"]
        assert (rev.base, rev.released) == (D("40000"), D("21000"))
        assert {order.ledger: order.quantity for order in world.cycle(aapl())} == {"gen_acc": 2, "rev_acc": 3}


def test_the_tax_reserve_and_the_leap_budget_are_no_free_cash():
    with Grove() as world:
        world.earn("com_acc", "10000", on=LAST)
        world.morning(FIRST, LAST)
        com = world.book.ledgers["com_acc"]
        assert (com.cash, com.free) == (D("100000"), D("97000"))


def bought(world, count, execution, ledger="com_acc"):
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="CAD-9", key="k", execution=execution, instrument="AAPL", quantity=count,
        price=D("100"), fee=D("1.00"), touch=None, opening=True,
    ))  # fmt: skip


def test_shares_that_are_bought_use_up_the_contracts_budget():
    with Grove() as world:
        world.earn("com_acc", "10000", on=LAST)
        world.morning(FIRST, LAST)
        for execution, count in enumerate((20, 100, 10)):
            bought(world, count, f"e{execution}")
        spent = world.events("BudgetSpent")
        assert [(e.budget, e.amount) for e in spent] == [("contracts", D("2001")), ("contracts", D("3249"))]
        assert world.book.ledgers["com_acc"].contracts_budget == 0


def test_shares_that_come_by_revenue_use_up_none():
    with Grove() as world:
        world.earn("rev_acc", "10000", on=LAST)
        world.morning(FIRST, LAST)
        bought(world, 100, "e", ledger="rev_acc")
        assert world.events("BudgetSpent") == []
