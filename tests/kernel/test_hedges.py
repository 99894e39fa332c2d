"""Hedges: asked once a sleeve, validated, paid with free cash, journaled with their trigger."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.events import Frozen, IntentRecorded
from allusr_sdk.model.intents import Close, Note, Sell, Skip
from allusr_sdk.model.views import Grain
from tests.builders import AT, CALL, GEN_BAND, World, contract, later, quote, stub
from tests.kernel.hedging import AUGUST, BUY, LOWER, PUT, SELL, hedge, one, scene, wishing
from tests.kernel.scenes import aapl, held_put
from tests.kernel.watchers import closes, thrown, watcher

INDEX = contract(5400, expiry=AUGUST, root="SPXW")
FEAR = contract(30, expiry=AUGUST, root="VIX", right=CALL)


def test_a_put_is_bought_from_its_mid_and_stands_in_the_books_under_its_trigger():
    with World(stub(), wishing(hedge())) as world:
        (order,) = world.cycle(scene())
        assert (order.cause, order.opening, order.action) == ("hedge:L2", True, "hedge")
        assert (order.prices[0], order.prices[-1]) == (Decimal("10.00"), Decimal("10.10"))
        assert order.reserve == 2 * (order.prices[-1] * 100 + Decimal("0.70"))
        recorded = world.events("IntentRecorded")[-1]
        assert isinstance(recorded, IntentRecorded)
        assert (recorded.action, recorded.cause, recorded.rule) == ("hedge", "hedge:L2", "PE-9 PE-10")
        world.fill(order)
        held = world.book.positions[0]
        assert (held.quantity, held.cause, held.hedges) == (2, "hedge:L2", True)
        assert one(world).hedged == {"L2": "2026-W07"}
        assert one(world).quarter.hedge_cost == 2 * (order.prices[-1] * 100 + Decimal("0.70"))


def test_a_debit_spread_is_one_combo_whose_legs_both_open_and_whose_short_leg_needs_no_cash():
    with World(stub(), wishing(hedge(sell=SELL))) as world:
        (order,) = world.cycle(scene())
        assert [leg.quantity for leg in order.legs] == [2, -2]
        assert [order.opens(leg) for leg in order.legs] == [True, True]
        assert (order.mid, order.prices[-1]) == (Decimal("6"), Decimal("6.15"))
        world.fill(order)
        assert sorted(p.quantity for p in world.book.positions) == [-2, 2]
        assert all(p.hedges for p in world.book.positions)
        assert one(world).reserved == 0
        assert one(world).wheel("SPY") == "CASH"


def test_a_spread_never_costs_more_than_five_percent_over_its_first_mid():
    wide = hedge(quote(PUT, 9.00, 11.00), quote(LOWER, 3.00, 5.00))
    with World(stub(), wishing(wide)) as world:
        (order,) = world.cycle(scene(wide.buy, wide.sell))
        assert order.prices[-1] <= order.mid * Decimal("1.05")
        assert len(order.prices) <= 11


@pytest.mark.parametrize("contract_", [INDEX, FEAR])
def test_index_puts_and_vix_calls_are_bought_in_their_own_underlying(contract_):
    wish = hedge(quote(contract_, 9.80, 10.20))
    with World(stub(), wishing(wish)) as world:
        (order,) = world.cycle(scene(wish.buy))
        assert order.symbol == contract_.underlying
        assert all(price % Decimal("0.05") == 0 for price in order.prices)


def test_more_than_fifty_contracts_leave_in_parts():
    with World(stub(), wishing(hedge(lots=70)), funds={"stub": "2000000"}) as world:
        orders = world.cycle(scene())
        assert [o.quantity for o in orders] == [50, 20]
        assert sum(o.reserve for o in orders) == 70 * (orders[0].prices[-1] * 100 + Decimal("0.70"))


def test_a_hedge_works_once_at_a_time():
    with World(stub(), watcher(hedge=lambda view: [hedge(view.quote(PUT))])) as world:
        assert len(world.cycle(scene())) == 1
        assert world.cycle(later(scene())) == ()
        assert world.said("refuse")[-1].startswith("KS-11 PE-9 PE-10: KS-11 duplicate of, or across, the working order")


def test_exits_are_ordered_before_hedges():
    with World(stub(), watcher(closes(), hedge=lambda view: [hedge()])) as world:
        held_put(world, strike=100)
        view = scene()
        both = evolve(view, snapshots={**view.snapshots, **aapl().snapshots})
        assert [o.action for o in world.cycle(both)] == ["close", "hedge"]


def test_a_hedge_is_paid_with_cash_that_secures_no_put():
    with World(stub(), wishing(hedge(lots=1)), funds={"stub": "10900"}) as world:
        held_put(world, strike=100, price="0.80")
        assert world.cycle(scene()) == ()
        assert world.said("refuse")[-1].startswith("PE-9 PE-10: PE-9 costs 1,010.70, free cash")
    with World(stub(), wishing(hedge(lots=1)), funds={"stub": "10900"}) as world:
        held_put(world, strike=99, price="0.80")
        assert len(world.cycle(scene())) == 1
        assert one(world).cash >= one(world).reserved


@pytest.mark.parametrize(("tier", "count"), [("HEDGED", 1), ("FREEZE", 1), ("SAFE", 1), ("HALT", 0)])
def test_switches_let_hedges_through_until_a_halt(tier, count):
    with World(stub(), wishing(hedge())) as world:
        world.kernel.heard(thrown("LOSS", tier, ledger="stub"))
        assert len(world.cycle(scene())) == count


def test_a_freeze_of_the_sleeve_holds_no_hedge():
    with World(stub(), wishing(hedge())) as world:
        world.kernel.heard(Frozen(ledger="stub", symbol="*", rule="PE-7", why="test"))
        assert len(world.cycle(scene())) == 1


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (hedge(quote(PUT, 0.0, 10.1)), "no sound quote"),
        (hedge(quote(PUT, 10.1, 9.9)), "no sound quote"),
        (hedge(evolve(BUY, at=AT - timedelta(seconds=6))), "no sound quote"),
        (hedge(quote(PUT, 3.00, 3.10), SELL), "no sound quote"),
    ],
)
def test_a_hedge_on_a_quote_that_is_not_sound_is_refused_and_said(wish, why):
    with World(stub(), wishing(wish)) as world:
        assert world.cycle(scene()) == ()
        assert why in world.said("refuse")[-1]


def test_a_hedge_in_a_halted_symbol_waits():
    with World(stub(), wishing(hedge())) as world:
        assert world.cycle(evolve(scene(), halted=frozenset({"SPY"}))) == ()
        assert "halted" in world.said("refuse")[-1]


def test_the_other_side_of_a_contract_that_a_ledger_holds_is_not_bought():
    written = contract(100)
    with World(stub(), wishing(hedge(quote(written, 0.90, 1.00)))) as world:
        held_put(world, strike=100)
        assert world.cycle(aapl(quotes=[quote(written, 0.90, 1.00)])) == ()
        assert "SELF_CROSS" in world.said("refuse")[-1]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (hedge(lots=0), "hedge of 0 contracts"),
        (hedge(trigger=""), "by trigger ''"),
        (evolve(hedge(), symbol="QQQ"), "for QQQ"),
        (hedge(SELL, BUY), "a spread of"),
        (hedge(BUY, quote(contract(480, expiry=date(2026, 9, 18), root="SPY"), 4, 4.1)), "a spread of"),
        (hedge(BUY, quote(contract(480, expiry=AUGUST, root="SPY", right=CALL), 4, 4.1)), "a spread of"),
        (hedge(BUY, BUY), "a spread of"),
        (Sell("SPY", "CAD-4", quote=BUY, delta=-0.4, band=GEN_BAND), "a Sell"),
    ],
)
def test_a_wish_that_is_no_hedge_freezes_the_sleeve(wish, why):
    with World(stub(), wishing(wish)) as world:
        assert world.cycle(scene()) == ()
        assert why in world.events("PluginFaulted")[-1].error
        assert one(world).frozen == {"*": "RULE-0"}


def test_a_protocol_that_raises_over_hedges_freezes_the_sleeve_and_exits_go_on():
    def raises(view):
        raise RuntimeError("no")

    with World(stub(), watcher(closes(), hedge=raises)) as world:
        held_put(world, strike=100)
        assert [o.action for o in world.cycle(aapl())] == ["close"]
        assert one(world).frozen == {"*": "RULE-0"}


def test_a_position_that_is_no_hedge_cannot_be_released_as_one():
    def release(view):
        held = next(iter(view.book.positions.values()))
        return [Close("AAPL", "PE-10", position=held, quote=view.quote(held.contract))]

    with World(stub(), watcher(hedge=release)) as world:
        held_put(world, strike=100)
        assert world.cycle(aapl()) == ()
        assert "which is no hedge of stub" in world.events("PluginFaulted")[-1].error


def test_the_protocol_sees_the_levels_of_this_very_instant_and_each_sleeve_apart():
    seen = []

    def look(view):
        seen.append((view.book.name, [p.watch.level for p in view.book.positions.values()]))
        return [Skip("SPX", "PE-10", "none", verdict="skip"), Note("SPX", "PE-10", key="k", text=view.book.name)]

    with World(stub("first"), stub("second"), watcher(hedge=look, level=2)) as world:
        held_put(world, ledger="first", strike=104)
        world.cycle(aapl())
        assert seen == [("first", [2]), ("second", [])]
        assert [d.ledger for d in world.events("Decided") if d.subject == "hedge"] == ["first", "second"]
        assert world.book.ledgers["second"].notes == {"k": "second"}


def test_hedges_have_no_level():
    with World(stub(), watcher(level=3, hedge=lambda view: [hedge()] if not view.book.positions else [])) as world:
        world.fill(world.cycle(scene())[0])
        world.cycle(later(scene()))
        assert world.events("LevelChanged") == []
        assert world.events("SwitchChanged") == []


@pytest.mark.parametrize(("strike", "orders"), [(31, 1), (30, 0), (29, 0)])
def test_a_call_spread_sells_the_higher_strike(strike, orders):
    sold = contract(strike, expiry=AUGUST, root="VIX", right=CALL)
    wish = hedge(quote(FEAR, 9.80, 10.20), quote(sold, 3.95, 4.05))
    with World(stub(), wishing(wish)) as world:
        assert len(world.cycle(scene(wish.buy, wish.sell))) == orders


@pytest.mark.parametrize("sell", [None, SELL])
def test_on_end_of_day_data_a_hedge_has_one_limit_the_last_of_its_walk(sell):
    with World(stub(), wishing(hedge(sell=sell))) as world:
        (order,) = world.cycle(scene(grain=Grain.EOD))
        assert order.prices == (Decimal("10.10") if sell is None else Decimal("6.15"),)


@pytest.mark.parametrize(("funds", "orders"), [("2021.40", 1), ("2021.39", 0)])
def test_a_hedge_may_take_all_the_free_cash_there_is(funds, orders):
    with World(stub(), wishing(hedge()), funds={"stub": funds}) as world:
        assert len(world.cycle(scene())) == orders
