"""What holds a rung back beside LL-1 and LL-2, one thing at a time, each on both sides of its limit (CAD-7, KS-11)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.events import Frozen, IntentRecorded, Quarantined
from allusr_sdk.model.views import Grain
from tests.builders import AT, RULES, THURSDAY, World, contract, moment, stub
from tests.kernel.ladder_ledgers import llms
from tests.kernel.ladder_scenes import bought, buys, call, give, long_calls


def asked(world, view=None):
    """What the ladder gets: the orders, or the last refusal."""
    orders = world.cycle(view or long_calls())
    return orders, "" if orders else world.said("refuse")[-1]


def intends(world, key, what, *, seconds=30, ledger="stub", opening=True):
    """An order that was sent some seconds ago."""
    world.kernel.heard(IntentRecorded(
        ledger=ledger, symbol=what.underlying, rule="CAD-4", key=key, action="sell", legs=((what.osi, -1),),
        limit=Decimal("1.00"), mid=Decimal("1.00"), worst=Decimal("1.00"), opening=opening, cause="entry",
    ), AT - timedelta(seconds=seconds))  # fmt: skip


def test_one_order_has_fifty_contracts_at_most_whatever_the_budget():
    with World(stub(), buys(130, lots=99)) as world:
        give(world, "60000")
        ((order,), _) = asked(world)
        assert order.quantity == 50
        assert order.reserve == 50 * (order.prices[-1] * 100 + Decimal("0.70"))


def test_a_rung_at_the_end_of_day_has_its_last_limit_alone():
    view = evolve(long_calls(at=moment(THURSDAY, "16:00")), grain=Grain.EOD)
    with World(stub(), buys(130)) as world:
        give(world)
        ((last,), _) = asked(world, view)
    with World(stub(), buys(130)) as world:
        give(world)
        ((walked,), _) = asked(world)
    assert len(last.prices) == 1
    assert len(walked.prices) > 1
    assert (walked.rule, walked.step_seconds, walked.cause) == ("LL-1 LL-2", 10, "ladder")


@pytest.mark.parametrize(
    ("clock", "held"),
    [("09:44:59", True), ("09:45:00", False), ("15:29:59", False), ("15:30:00", True), ("15:59:00", True)],
)
def test_a_rung_keeps_off_the_first_fifteen_minutes_and_the_last_thirty(clock, held):
    with World(stub(), buys(130)) as world:
        give(world)
        orders, why = asked(world, long_calls(at=moment(THURSDAY, clock), grain=Grain.COARSE))
        assert (len(orders), "CAD-7" in why) == ((0, True) if held else (1, False))


@pytest.mark.parametrize(("count", "seconds", "why"), [
    (29, 59, ""), (30, 59, "KS-11 30 orders a minute"), (30, 60, ""),
    (199, 600, ""), (200, 600, "KS-11 200 orders a day"),
])  # fmt: skip
def test_orders_keep_their_pace(count, seconds, why):
    with World(stub(), buys(130)) as world:
        give(world)
        for number in range(count):
            intends(world, f"k{number}", contract(50 + number), seconds=seconds)
        orders, said = asked(world)
        assert bool(orders) is not bool(why)
        assert why in said


@pytest.mark.parametrize(("changed", "why"), [
    ({"KS-11.notional_max": 650}, "KS-11 650.70 in one order > 650"), ({"KS-11.notional_max": 651}, ""),
    ({"KS-11.buy_cap": 1.001}, "KS-11 limit 6.50 is over"), ({"KS-11.restricted": ["AAPL"]}, "restricted list"),
    ({"KS-11.restricted": ["SPY"]}, ""),
])  # fmt: skip
def test_what_an_order_may_cost_and_buy_is_limited_by_the_rulebook(changed, why):
    with World(stub(), buys(130), rules=RULES.tightened(changed)) as world:
        give(world)
        orders, said = asked(world)
        assert bool(orders) is not bool(why)
        assert why in said


@pytest.mark.parametrize(("what", "ledger", "why"), [
    (call(130), "stub", "KS-11 duplicate of, or across, the working order w"), (call(135), "stub", ""),
    (call(130), "llms", "KS-11 duplicate of, or across, the working order w"),
])  # fmt: skip
def test_nothing_is_bought_of_which_anybodys_order_works(what, ledger, why):
    with World(stub(), buys(130)) as world:
        give(world)
        intends(world, "w", what, seconds=600, ledger=ledger, opening=ledger == "stub")
        orders, said = asked(world)
        assert bool(orders) is not bool(why)
        assert why in said


@pytest.mark.parametrize(("lots", "strike", "why"), [
    (-1, 130, "CAD-13 SELF_CROSS: stub holds the other side"), (1, 130, ""), (-1, 135, ""),
])  # fmt: skip
def test_nothing_is_bought_that_another_ledger_has_written(lots, strike, why):
    with World(stub(), buys(130)) as world:
        give(world)
        bought(world, call(strike), ledger="stub", lots=lots, cause="entry")
        orders, said = asked(world)
        assert bool(orders) is not bool(why)
        assert why in said


@pytest.mark.parametrize(("event", "why"), [
    (Frozen(ledger="llms", symbol="AAPL", rule="PE-7", why="w"), "RULE-0 purchases of AAPL are frozen by PE-7"),
    (Frozen(ledger="llms", symbol="*", rule="RULE-0", why="w"), "RULE-0 purchases of the ladder are frozen by RULE-0"),
    (Frozen(ledger="llms", symbol="SPY", rule="PE-7", why="w"), ""),
    (Frozen(ledger="stub", symbol="*", rule="PE-7", why="w"), ""),
    (Quarantined(ledger="llms", plugin="p", rule="RULE-0", why="looked at"), "the ladder is quarantined: looked at"),
])  # fmt: skip
def test_a_freeze_of_the_ladder_or_of_the_symbol_holds_it(event, why):
    with World(stub(), buys(130)) as world:
        give(world)
        world.kernel.heard(event)
        orders, said = asked(world)
        assert bool(orders) is not bool(why)
        assert why in said


def test_another_symbol_that_was_sent_holds_no_rung():
    with World(stub(), buys(130)) as world:
        give(world)
        intends(world, "w", contract(500, root="SPY"), seconds=600, ledger="llms")
        world.kernel.heard(Frozen(ledger="llms", symbol="SPY", rule="PE-7", why="w"))
        assert "a rung is being bought" in asked(world)[1]
        assert llms(world).working


@pytest.mark.parametrize(("budget", "count"), [("650.70", 1), ("650.69", 0)])
def test_a_budget_that_just_pays_a_rung_buys_it(budget, count):
    rules = RULES.tightened({"KS-11.notional_max": 650.7})
    with World(stub(), buys(130), rules=rules) as world:
        give(world, budget)
        assert len(asked(world)[0]) == count
