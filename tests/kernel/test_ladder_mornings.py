"""What mornings hand over to ladders, in phases (LL-1, LL-4)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.kernel import handover
from allusr_sdk.model.events import ForkIntended, Reinvested, Share
from allusr_sdk.model.intents import Close
from tests.builders import AT, THURSDAY, World, contract, market, quote, snapshot, stub
from tests.kernel.ladder_ledgers import AUGUST, HEDGE, growth, llms
from tests.kernel.ladder_scenes import bought, call, give, planner
from tests.kernel.watchers import watcher


def earn(world, ledger="stub", leaps="393.75", quarter="2025-Q4"):
    part = Decimal(leaps)
    world.kernel.heard(Reinvested(
        ledger=ledger, rule="FK-7", quarter=quarter, gain=part * 3, reserve=part, contracts=part, leaps=part,
    ))  # fmt: skip


def test_a_leap_budget_goes_to_the_ladder_once_and_nets_to_zero():
    with World(stub(), planner()) as world:
        earn(world)
        whole = world.book.equity
        for _ in range(3):
            growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert llms(world).cash == Decimal("393.75")
        assert world.book.ledgers["stub"].leap_budget == 0
        assert world.book.equity == whole
        assert len(world.events("TransferSent")) == len(world.events("TransferTaken")) == 1


def test_a_kill_between_the_two_phases_of_a_transfer_ends_with_one_of_each():
    with World(stub(), planner()) as world:
        earn(world)
        handover.morning(THURSDAY, THURSDAY - timedelta(days=1), world.kernel.scribe, world.host, complete=lambda: None)
        assert len(world.book.unfinished) == 1
        assert "llms" not in world.book.ledgers
        world.restart()
        world.kernel.scribe.at = AT
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert not world.book.unfinished
        assert llms(world).cash == Decimal("393.75")
        assert len(world.events("TransferSent")) == len(world.events("TransferTaken")) == 1


def test_a_budget_waits_until_free_cash_can_pay_it():
    with World(stub(), planner(), funds={"stub": "300"}) as world:
        earn(world, leaps="90")
        world.kernel.heard(Reinvested(
            ledger="stub", rule="FK-7", quarter="2026-Q1", gain=Decimal(400), reserve=Decimal(100),
            contracts=Decimal(0), leaps=Decimal(300),
        ))  # fmt: skip
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert world.events("TransferSent") == []
        assert "waits for free cash" in world.said("hold")[-1]


def test_without_a_ladder_budgets_wait_and_hedges_stay():
    with World(stub()) as world:
        earn(world)
        bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert world.events("TransferSent") == []


def test_hedge_puts_are_handed_over_in_kind_and_stay_hedges_that_their_sleeve_paid():
    with World(stub(), planner()) as world:
        bought(world, HEDGE, ledger="stub", days=3, lots=2, cause="hedge:L2", price="10.00")
        paid, before = world.book.ledgers["stub"].quarter.hedge_cost, world.book.ledgers["stub"].cash
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert "llms_hedge" in world.book.ledgers
        sleeve, hedges = world.book.ledgers["stub"], world.book.ledgers["llms_hedge"]
        (held,) = hedges.positions.values()
        assert (held.quantity, held.amount, held.cause, held.opened) == (
            2, Decimal("2001.40"), "hedge:L2", AT - timedelta(days=3),
        )  # fmt: skip
        assert sleeve.positions == {}
        assert (sleeve.quarter.hedge_cost, sleeve.cash) == (paid, before)
        assert [lot.opened for lot in hedges.lots] == [(AT - timedelta(days=3)).date()]


def test_a_spread_goes_with_both_its_legs_and_calls_stay():
    lower, fear = contract(480, expiry=AUGUST, root="SPY"), call(30, AUGUST, root="VIX")
    with World(stub(), planner()) as world:
        bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
        bought(world, lower, ledger="stub", lots=-1, days=3, cause="hedge:L2", price="4.00")
        bought(world, fear, ledger="stub", days=3, cause="hedge:L2", price="2.00")
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert sorted(p.quantity for p in world.book.ledgers["llms_hedge"].positions.values()) == [-1, 1]
        assert [p.symbol for p in world.book.ledgers["stub"].positions.values()] == ["VIX"]


def test_a_hedge_with_a_working_order_is_handed_over_on_another_morning():
    def plan(view):
        return [
            Close("SPY", "PE-10", "as told", position=p, quote=view.quote(HEDGE)) for p in view.book.positions.values()
        ]

    with World(stub(), planner(), watcher(hedge=plan)) as world:
        bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
        (order,) = world.cycle(market(snapshot("SPY", 600.0, [quote(HEDGE, 9.90, 10.10)])))
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert "llms_hedge" not in world.book.ledgers
        world.cancel(order)
        growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
        assert len(world.book.ledgers["llms_hedge"].positions) == 1


def test_a_quarter_that_is_over_is_stated_once_for_each_ladder():
    first, before = date(2026, 4, 1), date(2026, 3, 31)
    with World(stub(), planner()) as world:
        give(world, "1000")
        bought(world, call(130), days=60, price="4.00")
        growth(world).morning(first, before)
        (state,) = world.events("LadderStated")
        assert (state.ledger, state.quarter, state.budget) == ("llms", "2026-Q1", Decimal("599.30"))
        assert (state.cost, state.value, len(state.rungs)) == (Decimal("400.70"), Decimal("400.00"), 1)
        cut = growth(world)
        cut.booked = (state,)
        cut.morning(first, before)
        growth(world).morning(date(2026, 4, 2), first)
        assert len(world.events("LadderStated")) == 1


def test_a_full_fork_has_ladders_of_its_own_and_a_mini_has_none():
    for form, node, ledgers in (("FULL", "f1", {"f1.llms", "f1.llms_hedge"}), ("MINI", "m1", set())):
        with World(stub(), planner()) as world:
            name = f"{node}.stub"
            world.kernel.heard(ForkIntended(
                ledger="stub", rule="FK-4", key="k", node=node, form=form, amount=Decimal(100_000), week="2026-W06",
                parent="root", root="root", generation=1,
                shares=(Share(ledger=name, style="stub", amount=Decimal(100_000)),),
            ))  # fmt: skip
            growth(world).complete()
            earn(world, ledger=name)
            bought(world, HEDGE, ledger=name, days=3, cause="hedge:L2", price="10.00")
            growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
            growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
            found = {one for one in world.book.ledgers if "llms" in one}
            assert found == ledgers
            assert all(world.book.ledgers[one].node == node for one in found)


def test_a_second_transfer_under_one_key_is_no_transfer():
    with World(stub(), planner()) as world:
        give(world, "600")
        sent = world.events("TransferSent")[0]
        with pytest.raises(KernelError, match="already begun"):
            world.kernel.heard(sent)
