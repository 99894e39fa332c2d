"""Hedges are released leg by leg, and none secures less than it did."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk.model.intents import Close, Note
from tests.builders import World, contract, later, quote, stub
from tests.kernel.hedging import AUGUST, BUY, LOWER, PUT, SELL, hedge, one, scene, wishing
from tests.kernel.watchers import watcher


def releasing(*, first):
    """Buys a spread, then wishes to close its long or its short leg."""

    def wishes(view):
        held = sorted(view.book.positions.values(), key=lambda p: p.quantity, reverse=first == "long")
        if not held and not view.book.notes:
            return [hedge(sell=SELL), Note("SPY", "PE-10", key="bought", text="yes")]
        return [Close("SPY", "PE-10", "as told", position=p, quote=view.quote(p.contract)) for p in held[:1]]

    return watcher(hedge=wishes)


def test_the_long_leg_of_a_spread_is_not_sold_while_it_secures_the_short_one():
    with World(stub(), releasing(first="long")) as world:
        world.fill(world.cycle(scene())[0])
        assert world.cycle(later(scene())) == ()
        assert world.said("refuse")[-1] == "RULE-1 PE-10: RULE-1 its short leg is bought back first"


def test_a_spread_is_released_short_leg_first_and_leaves_nothing():
    with World(stub(), releasing(first="short")) as world:
        view = scene()
        world.fill(world.cycle(view)[0])
        sides = []
        for _ in range(2):
            view = later(view)
            (order,) = world.cycle(view)
            sides.append(order.selling)
            assert (order.reserve > 0) is not order.selling
            world.fill(order)
        assert sides == [False, True]
        assert world.book.positions == ()


def unwinding(*, pair=LOWER, sold=PUT, lots=None):
    """Buys a spread, then wishes both its legs away at once."""

    def wishes(view):
        legs = {p.contract: p for p in view.book.positions.values()}
        if not legs and not view.book.notes:
            return [hedge(sell=SELL), Note("SPY", "PE-10", key="bought", text="yes")]
        quotes = {c: view.quote(c) for c in (pair, sold)}
        closes = {"position": legs[pair], "quote": quotes[pair], "sell": quotes[sold], "lots": lots} if legs else {}
        return [Close("SPY", "PE-10", "as told", **closes)] if legs else []

    return watcher(hedge=wishes)


def test_both_legs_of_a_spread_leave_in_one_combo_that_needs_no_cash():
    with World(stub(), unwinding()) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene()))
        assert (order.action, order.opening, order.reserve) == ("close", False, 0)
        assert [(leg.instrument, leg.quantity) for leg in order.legs] == [(LOWER, 2), (PUT, -2)]
        assert (order.prices[0], order.prices[-1]) == (Decimal("-6.00"), Decimal("-5.85"))
        assert not any(order.opens(leg) for leg in order.legs)
        assert world.cycle(later(scene(), 2)) == ()
        world.fill(order)
        assert world.book.positions == ()


def test_of_a_spread_as_much_leaves_as_is_asked_for():
    with World(stub(), unwinding(lots=1)) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene()))
        assert [leg.quantity for leg in order.legs] == [1, -1]


def test_a_leg_that_is_not_held_leaves_with_none():
    other = contract(530, expiry=AUGUST, root="SPY")
    shown = scene(BUY, SELL, quote(other, 8.0, 8.2))
    with World(stub(), unwinding(sold=other)) as world:
        world.fill(world.cycle(shown)[0])
        assert world.cycle(later(shown)) == ()
        assert world.said("refuse")[-1] == f"RULE-1 PE-10: RULE-1 no {other} is held to be sold with it"


def test_a_bought_leg_leads_no_combo():
    with World(stub(), unwinding(pair=PUT, sold=LOWER)) as world:
        world.fill(world.cycle(scene())[0])
        assert world.cycle(later(scene())) == ()
        assert "together with" in world.events("Frozen")[-1].why


def test_a_close_for_cents_may_go_one_tick_from_its_mid():
    cheap = quote(PUT, 0.05, 0.06)

    def wishes(view):
        held = next(iter(view.book.positions.values()), None)
        if held is None:
            return [hedge(sell=SELL, lots=1)] if not view.book.notes else []
        short = next(p for p in view.book.positions.values() if p.short)
        return [Close("SPY", "PE-10", position=short, quote=view.quote(short.contract))]

    with World(stub(), watcher(hedge=wishes)) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene(BUY, evolve(cheap, contract=LOWER))))
        assert order.prices == (Decimal("0.05"), Decimal("0.06"))


def test_a_long_option_without_a_bid_is_not_sold():
    dead = evolve(BUY, bid=0.0, ask=0.05)
    with World(stub(), releasing(first="long")) as world:
        world.fill(world.cycle(scene(BUY, SELL))[0])
        world.kernel.cycle(later(scene(dead, SELL)))
        assert "no sound quote to leave at" in world.said("refuse")[-1]


def test_a_long_option_is_sold_between_its_mid_and_five_percent_under_it():
    def wishes(view):
        held = next(iter(view.book.positions.values()), None)
        return [Close("SPY", "PE-10", position=held, quote=view.quote(held.contract))] if held else [hedge(lots=1)]

    wide = quote(PUT, 9.00, 11.00)
    with World(stub(), watcher(hedge=wishes)) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene(wide)))
        assert order.selling
        assert (order.prices[0], order.prices[-1]) == (Decimal("10.00"), Decimal("9.50"))


def test_a_hedge_is_no_exposure_of_its_symbol():
    with World(stub(), wishing(hedge(sell=SELL))) as world:
        world.fill(world.cycle(scene())[0])
        assert one(world).exposure("SPY") == 0
        assert one(world).uncovered("SPY") == 0


def test_a_hedge_that_nobody_sold_is_no_entry_that_was_tried():
    def asks(view):
        return [hedge(view.quote(PUT))]

    with World(stub(), watcher(hedge=asks)) as world:
        world.cancel(world.cycle(scene())[0])
        assert one(world).tried == {}
        assert [o.quantity for o in world.cycle(later(scene()))] == [2]


def test_a_spread_whose_legs_have_crossed_is_unwound_for_a_debit_and_two_fees_a_contract():
    with World(stub(), unwinding()) as world:
        world.fill(world.cycle(scene())[0])
        (order,) = world.cycle(later(scene(quote(PUT, 3.00, 3.05), quote(LOWER, 3.10, 3.20))))
        assert (order.quantity, order.prices) == (2, (Decimal("0.12"), Decimal("0.13")))
        assert order.reserve == 2 * (13 + 2 * Decimal("0.70"))
