"""What a hedge may be, what holds it and what stands beside it, and every number that the journal tells of that."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.views import Grain
from tests.builders import AT, CALL, RULES, THURSDAY, World, contract, moment, quote, stub
from tests.kernel.hedging import AUGUST, BUY, LOWER, PUT, SELL, hedge, scene, wishing
from tests.kernel.scenes import held_put
from tests.kernel.watchers import thrown, watcher

D = Decimal
FEAR = contract(30, expiry=AUGUST, root="VIX", right=CALL)
SHOWN = {"trigger": "L2", PUT.osi: "9.9 x 10.1"}


def refused(world):
    """The only refusal: its rules, what it is about, its words and its numbers."""
    (found,) = [event for event in world.events("Decided") if event.verdict == "refuse"]
    return found.rule, found.subject, found.why, found.numbers


# --- what a hedge may be -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wish", "why"), [
    (evolve(hedge(), rule=7), "answered with a Hedge whose rule is no text"),
    (evolve(hedge(), buy="a put"), "answered with a hedge whose quote is none"),
    (evolve(hedge(), sell="a put"), "answered with a hedge whose quote is none"),
    (hedge(quote(FEAR, 9.8, 10.2), quote(FEAR, 3.9, 4.1)), f"answered with a spread of {FEAR} and {FEAR}"),
])  # fmt: skip
def test_what_makes_a_wish_no_hedge_is_told_as_the_protocols_fault(wish, why):
    with World(stub(), wishing(wish)) as world:
        assert world.cycle(scene()) == ()
        (fault,) = world.events("PluginFaulted")
        assert (fault.plugin, fault.where, fault.error) == ("watcher", "hedge", why)
        (frozen,) = world.events("Frozen")
        assert frozen.why == f"the protocol failed on hedge: {why}"


def test_a_protocol_that_raises_over_hedges_is_told_with_the_question_it_was_asked():
    def raises(view):
        raise RuntimeError("no")

    with World(stub(), watcher(hedge=raises)) as world:
        world.cycle(scene())
        (fault,) = world.events("PluginFaulted")
        assert (fault.plugin, fault.where) == ("watcher", "hedge")


def test_a_spread_that_costs_nothing_at_its_middle_rests_on_a_wrong_quote():
    same = quote(PUT, 3.95, 4.05)
    with World(stub(), wishing(hedge(same, SELL))) as world:
        assert world.cycle(scene(same, SELL)) == ()
        assert refused(world)[2] == "KS-11 no sound quote of this instant to buy it at"


@pytest.mark.parametrize(("age", "orders"), [(5, 1), (5.001, 0)])
def test_a_quote_of_just_five_seconds_is_young_enough(age, orders):
    with World(stub(), wishing(hedge(evolve(BUY, at=AT - timedelta(seconds=age))))) as world:
        assert len(world.cycle(scene())) == orders


@pytest.mark.parametrize(("lots", "why"), [(2, "as told"), (200, "as told"), (250, "as told; capped at 200")])
def test_the_journal_says_where_a_hedge_was_capped(lots, why):
    with World(stub(), wishing(hedge(lots=lots)), funds={"stub": "9000000"}) as world:
        world.cycle(scene())
        assert {event.why for event in world.events("IntentRecorded")} == {why}


def test_a_spread_walks_in_cents_where_its_legs_trade_in_nickels():
    bought, sold = (quote(contract(k, expiry=AUGUST, root="SPXW"), *at) for k, at in (
        (5400, (9.90, 10.10)), (4800, (3.95, 4.05)),
    ))  # fmt: skip
    with World(stub(), wishing(hedge(bought, sold))) as world:
        (order,) = world.cycle(scene(bought, sold))
        assert (order.prices[:3], order.prices[-1]) == ((D("6.00"), D("6.01"), D("6.02")), D("6.15"))


# --- what holds it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rules", "halted", "tier", "why"), [
    (RULES, (), "HALT", "KS-6 tier HALT sends nothing by itself"),
    (RULES.tightened({"KS-11.restricted": ["SPY"]}), (), "SAFE", "KS-11 SPY is on the restricted list"),
    (RULES, ("SPY",), "SAFE", "KS-11 trading in SPY is halted"),
])  # fmt: skip
def test_what_holds_a_hedge_is_told_by_its_rule_with_trigger_and_quotes(rules, halted, tier, why):
    with World(stub(), wishing(hedge()), rules=rules) as world:
        world.kernel.heard(thrown("LOSS", tier, ledger="stub"))
        assert world.cycle(evolve(scene(), halted=frozenset(halted))) == ()
        assert refused(world) == (f"{why.split()[0]} PE-9 PE-10", "hedge", why, SHOWN)


def test_a_spread_on_an_unsound_quote_is_told_by_its_rule_with_both_its_quotes():
    with World(stub(), wishing(hedge(evolve(BUY, at=AT - timedelta(seconds=6)), SELL))) as world:
        assert world.cycle(scene()) == ()
        assert refused(world) == (
            "KS-11 PE-9 PE-10", "hedge", "KS-11 no sound quote of this instant to buy it at",
            {**SHOWN, LOWER.osi: "3.95 x 4.05"},
        )  # fmt: skip


@pytest.mark.parametrize(("expiry", "orders"), [(THURSDAY, 0), (AUGUST, 1)])
def test_at_the_close_of_end_of_day_data_a_hedge_that_expires_then_is_bought_no_more(expiry, orders):
    at = moment(clock="16:00")
    bought = quote(contract(540, expiry=expiry, root="SPY"), 9.90, 10.10, at=at)
    with World(stub(), wishing(hedge(bought))) as world:
        assert len(world.cycle(scene(bought, at=at, grain=Grain.EOD))) == orders
        if not orders:
            why = "CAD-1 it traded for the last time at this close and settles"
            assert refused(world)[:3] == ("CAD-1 PE-9 PE-10", "hedge", why)


def test_a_hedge_that_free_cash_does_not_pay_is_told_with_what_it_needs_and_what_is_free():
    with World(stub(), wishing(hedge(lots=1)), funds={"stub": "10900"}) as world:
        held_put(world)
        assert world.cycle(scene()) == ()
        assert refused(world) == (
            "PE-9 PE-10", "hedge", "PE-9 costs 1,010.70, free cash 979.30",
            {**SHOWN, "need": "1010.70", "free": "979.30"},
        )  # fmt: skip


@pytest.mark.parametrize(("trigger", "ledgers"), [("L2", ["first", "second"]), ("VIX50", ["first"])])
def test_two_sleeves_buy_one_hedge_by_the_same_trigger_and_by_no_other(trigger, ledgers):
    def wishes(view):
        return [hedge(view.quote(PUT), trigger="L2" if view.book.name == "first" else trigger)]

    with World(stub("first"), stub("second"), watcher(hedge=wishes)) as world:
        assert [order.ledger for order in world.cycle(scene())] == ledgers
        assert len(world.said("refuse")) == 2 - len(ledgers)
