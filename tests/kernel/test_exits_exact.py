"""What an exit leaves with, what holds it, and every number that the journal tells of that (RULE-0, RULE-1, PE-7)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.exits import thaw
from allusr_sdk.kernel.switches import PERMITS
from allusr_sdk.model.events import Broken, Filled, Frozen
from allusr_sdk.model.intents import Close
from allusr_sdk.model.views import Grain
from tests.builders import AT, CALL, RULES, THURSDAY, World, contract, later, moment, quote, stub
from tests.kernel.hedging import BUY, LOWER, PUT, SELL, hedge, scene
from tests.kernel.scenes import NEXT, aapl, held_put, held_shares
from tests.kernel.test_hedges_released import unwinding
from tests.kernel.watchers import closes, held_call, into, thrown, watcher

D = Decimal


def held(world, what, quantity=1, *, cause=""):
    """An option opened the day before."""
    world.kernel.heard(Filled(
        ledger="stub", symbol=what.underlying, rule="CAD-4", key="", execution=what.osi, instrument=what.osi,
        quantity=quantity, price=D("0.80"), fee=D("0.70"), touch=None, opening=True, cause=cause,
    ), AT - timedelta(days=1))  # fmt: skip


def refused(world):
    """The last refusal: its rules, what it is about, its words and its numbers."""
    last = [event for event in world.events("Decided") if event.verdict == "refuse"][-1]
    return last.rule, last.subject, last.why, last.numbers


# --- what leaves ---------------------------------------------------------------------------------------------------


def test_the_books_say_how_much_is_held_whatever_a_wish_says_of_it():
    def wishes(view):
        legs = {p.contract: p for p in view.book.positions.values()}
        if not legs:
            return [hedge(sell=SELL)]
        said = evolve(legs[LOWER], quantity=-1)
        return [Close("SPY", "PE-10", position=said, quote=view.quote(LOWER), sell=view.quote(PUT))]

    with World(stub(), watcher(hedge=wishes)) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene()))
        assert [leg.quantity for leg in order.legs] == [2, -2]
        assert order.position == world.book.ledgers["stub"].positions[f"stub:{LOWER.osi}"]


def test_the_only_long_option_is_sold_from_its_mid_to_its_bid_and_takes_no_cash():
    with World(stub(), watcher(closes())) as world:
        held(world, contract(100))
        (order,) = world.cycle(aapl(quotes=[quote(contract(100), 1.00, 1.04)]))
        assert [leg.quantity for leg in order.legs] == [-1]
        assert (order.prices, order.reserve) == ((D("1.02"), D("1.01"), D("1.00")), 0)


@pytest.mark.parametrize(("urgent", "limits"), [(False, ["0.10", "0.11"]), (True, ["0.12"] * 59)])
@pytest.mark.parametrize("bid", [0.0, -1.0])
def test_a_bid_below_nothing_is_none_and_what_was_written_is_bought_back_by_its_ask(bid, urgent, limits):
    with World(stub(), watcher(closes(rule="PE-11", urgent=urgent))) as world:
        held_put(world)
        (order,) = world.cycle(aapl(quotes=[quote(contract(100), bid, 0.20)]))
        assert (order.legs[0].bid, order.mid, order.prices) == (0, D("0.10"), tuple(map(D, limits)))


@pytest.mark.parametrize("bid", [0.0, -1.0])
def test_a_roll_counts_a_bid_below_nothing_as_none(bid):
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, strike=104)
        (order,) = world.cycle(aapl(quotes=[
            quote(contract(104), bid, 0.06), quote(contract(100, expiry=NEXT), 0.50, 0.52),
        ]))  # fmt: skip
        assert (order.mid, order.legs[0].bid) == (D("-0.48"), 0)
        assert (order.prices[0], order.prices[-1]) == (D("-0.48"), D("-0.46"))


@pytest.mark.parametrize("bid", [0.0, -1.0])
def test_a_spread_that_is_unwound_counts_a_bid_below_nothing_as_none(bid):
    with World(stub(), unwinding()) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene(BUY, quote(LOWER, bid, 0.10))))
        assert (order.mid, order.legs[0].bid) == (D("-9.95"), 0)
        assert (order.prices[0], order.prices[-1]) == (D("-9.95"), D("-9.80"))


def test_what_trades_in_nickels_may_go_one_of_them_from_its_mid():
    index = contract(5400, expiry=NEXT, root="SPXW")

    def wishes(view):
        return [Close("SPX", "PE-10", position=p, quote=view.quote(index)) for p in view.book.positions.values()]

    with World(stub(), watcher(hedge=wishes)) as world:
        held(world, index, cause="hedge:L2")
        (order,) = world.cycle(scene(quote(index, 0.30, 0.50)))
        assert order.prices == (D("0.40"), D("0.35"))


def test_a_rolls_limits_last_for_just_under_five_minutes_of_any_step():
    slow = RULES.tightened({"PE-8.step_seconds": 13})
    with World(stub(), watcher(into(NEXT, 100)), rules=slow) as world:
        held_put(world, strike=110)
        (order,) = world.cycle(aapl(quotes=[
            quote(contract(110), 9.00, 11.00), quote(contract(100, expiry=NEXT), 1.74, 1.76),
        ]))  # fmt: skip
        assert (len(order.prices), order.step_seconds) == (23, 13)


# --- what holds it -------------------------------------------------------------------------------------------------


def test_nothing_is_said_against_a_second_exit_while_the_first_works():
    with World(stub(), watcher(closes())) as world:
        held_put(world)
        assert len(world.cycle(aapl())) == 1
        assert world.cycle(later(aapl())) == ()
        assert world.said("refuse") == []


@pytest.mark.parametrize(("respond", "left"), [(closes(), ("closes",)), (into(NEXT, 100), ("rolls",))])
@pytest.mark.parametrize("lets", ["closes", "rolls"])
def test_a_tier_holds_closes_and_rolls_each_by_its_own_permit(monkeypatch, respond, left, lets):
    only = {"closes": lets == "closes", "rolls": lets == "rolls"}
    monkeypatch.setitem(PERMITS, "SAFE", evolve(PERMITS["SAFE"], **only))
    with World(stub(), watcher(respond)) as world:
        held_put(world, strike=104)
        world.kernel.heard(thrown("LOSS", "SAFE", ledger="stub"))
        assert len(world.cycle(aapl())) == (lets in left)
        assert [text[:4] for text in world.said("refuse")] == ([] if lets in left else ["KS-6"])


def test_the_first_open_break_of_its_symbol_holds_an_exit_and_both_numbers_are_told():
    with World(stub(), watcher(closes())) as world:
        held_put(world)
        for code, theirs in (("B02", "-2"), ("B03", "-3")):
            world.kernel.heard(Broken(
                rule=code, subject=contract(100).osi, symbol="AAPL", action="SYMBOL", what="a put", ours="-1",
                theirs=theirs,
            ))  # fmt: skip
        assert world.cycle(aapl()) == ()
        assert refused(world) == (
            "B02 CC-1", f"stub:{contract(100).osi}", "B02 books and broker disagree: a put",
            {"ours": "-1", "theirs": "-2"},
        )  # fmt: skip


def test_at_the_close_of_end_of_day_data_what_expires_then_settles_and_the_rest_may_leave():
    today, at = contract(100, expiry=THURSDAY), moment(clock="16:00")
    with World(stub(), watcher(closes())) as world:
        for what in (today, contract(100)):
            held(world, what, -1)
        quotes = [quote(what, at=at) for what in (today, contract(100))]
        (order,) = world.cycle(aapl(at=at, quotes=quotes, grain=Grain.EOD))
        assert order.legs[0].instrument == contract(100)
        rule, subject, why, _ = refused(world)
        assert (rule, subject) == ("CAD-1 CC-1", f"stub:{today.osi}")
        assert why == "CAD-1 it traded for the last time at this close and settles"


@pytest.mark.parametrize(("bid", "ask"), [(1.0, 1.0), (0.0, 0.0), (-1.0, 0.0)])
def test_a_quote_that_is_not_sound_is_told_with_both_its_sides(bid, ask):
    with World(stub(), watcher(closes())) as world:
        held_put(world)
        assert world.cycle(aapl(quotes=[quote(contract(100), bid, ask)])) == ()
        osi = contract(100).osi
        assert refused(world) == (
            "RULE-0 CC-1", f"stub:{osi}", "RULE-0 no sound quote to leave at; asked again at the next instant",
            {osi: f"{bid} x {ask}"},
        )  # fmt: skip


def test_a_call_that_no_free_cash_buys_back_waits_and_the_free_cash_is_told():
    with World(stub(), watcher(closes()), funds={"stub": "10100"}) as world:
        held_shares(world)
        held_call(world, 100)
        assert world.cycle(aapl(quotes=[quote(contract(100, right=CALL), 1.94, 2.06)])) == ()
        assert refused(world) == (
            "RULE-1 CC-1", f"stub:{contract(100, right=CALL).osi}", "RULE-1 needs 206.70 a contract of free cash",
            {"free": "149.30"},
        )  # fmt: skip


def test_a_roll_that_free_cash_does_not_pay_waits_and_the_free_cash_is_told():
    with World(stub(), watcher(into(NEXT, 100)), funds={"stub": "10000"}) as world:
        held_put(world)
        rows = [quote(contract(100), 2.00, 2.02), quote(contract(100, expiry=NEXT), 0.50, 0.52)]
        assert world.cycle(aapl(quotes=rows)) == ()
        assert refused(world) == (
            "RULE-1 PE-8", f"stub:{contract(100).osi}", "RULE-1 needs 153.40 a contract of free cash",
            {"free": "79.30"},
        )  # fmt: skip


def test_a_spread_whose_end_costs_more_than_free_cash_waits_and_its_worst_limit_is_what_it_needs():
    with World(stub(), unwinding(), funds={"stub": "1240"}) as world:
        world.fill(world.cycle(scene(BUY, SELL))[0])
        assert world.cycle(later(scene(quote(PUT, 3.00, 3.05), quote(LOWER, 3.50, 3.60)))) == ()
        assert refused(world) == (
            "RULE-1 PE-10", f"stub:{LOWER.osi}", "RULE-1 needs 56.40 a contract of free cash", {"free": "37.20"},
        )  # fmt: skip


# --- freezes -------------------------------------------------------------------------------------------------------


def test_each_freeze_is_lifted_under_the_rule_of_the_weeks_reconciliation():
    with World(stub(), stub("other")) as world:
        for symbol in ("*", "AAPL"):
            world.kernel.heard(Frozen(ledger="other", symbol=symbol, rule="PE-7", why="test"))
        thaw(world.book.ledgers.values(), world.kernel.scribe)
        assert [(e.ledger, e.symbol, e.rule) for e in world.events("Thawed")] == [
            ("other", "*", "PE-7"), ("other", "AAPL", "PE-7"),
        ]  # fmt: skip
