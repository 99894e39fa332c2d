"""What a pass does for what is held, whatever holds entries (RULE-0, PE-4, PE-7, PE-11)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from allusr_protocol.engine import Protocol
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.kernel.exits import thaw
from allusr_sdk.model.events import Filled
from allusr_sdk.model.intents import Note, Shares
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    CALL,
    FRIDAY,
    NAN,
    World,
    board,
    contract,
    later,
    moment,
    quote,
    stub,
)
from tests.kernel.scenes import NEXT, STRIKES, aapl, held_put, held_shares, writes
from tests.kernel.watchers import closes, held_call, into, thrown, watcher


def test_exits_are_ordered_before_entries_whichever_sleeve_comes_first():
    with World(stub("first", writes()), stub("second"), Protocol) as world:
        held_put(world, ledger="second", strike=110)
        orders = world.cycle(aapl())
        assert [(o.ledger, o.cause) for o in orders] == [("second", "PE-11"), ("first", "entry")]
        assert orders[0].prices[0] == orders[0].legs[0].ask


def test_level_two_freezes_symbol_and_sleeve_and_refuses_its_entries():
    with World(stub(propose=writes(99.0, -0.42)), watcher(level=2)) as world:
        held_put(world, strike=104)
        world.cycle(aapl())
        assert world.book.ledgers["stub"].frozen == {"AAPL": "PE-7", "*": "PE-7"}
        assert world.book.ledgers["stub"].switches == {}
        assert "frozen" in world.said("refuse")[-1]


def test_working_entries_of_a_frozen_or_safe_account_are_cancelled_and_exits_are_not():
    with World(stub(propose=writes())) as world:
        view = aapl()
        entry = world.cycle(view)[0]
        assert list(world.kernel.cancels()) == []
        world.kernel.heard(thrown("LOSS", "SAFE"))
        assert list(world.kernel.cancels()) == [entry.key]
        world.cancel(entry)
        held_put(world, strike=110)
        world.cycle(later(view))
        assert world.book.ledgers["stub"].working == {}


def test_exits_go_on_working_while_the_account_is_safe():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100)
        exit_order = world.cycle(aapl())[0]
        world.kernel.heard(thrown("LOSS", "SAFE"))
        assert exit_order.key in world.book.ledgers["stub"].working
        assert list(world.kernel.cancels()) == []


def test_freezes_thaw_when_no_position_is_left_at_level_two():
    with World(stub(), Protocol) as world:
        held_put(world, strike=104.5, price="3.00")
        rows = board("AAPL", 100.0, [FRIDAY, NEXT, date(2026, 3, 13)], STRIKES)
        order = world.cycle(aapl(quotes=rows))[0]
        thaw(world.book.ledgers.values(), world.kernel.scribe)
        assert world.book.ledgers["stub"].frozen
        world.fill(order)
        thaw(world.book.ledgers.values(), world.kernel.scribe)
        assert world.book.ledgers["stub"].frozen == {}
        assert [e.symbol for e in world.events("Thawed")] == ["*", "AAPL"]


def test_a_covered_call_pushed_upward_freezes_nothing():
    with World(stub(), Protocol) as world:
        held_shares(world)
        world.kernel.heard(Filled(
            ledger="stub", symbol="AAPL", rule="CAD-6", key="", execution="e", quantity=-1, price=Decimal("0.50"),
            instrument=contract(95, right=CALL).osi, fee=Decimal("0.70"), touch=None, opening=True,
        ), AT - timedelta(days=1))  # fmt: skip
        world.cycle(aapl())
        assert [e.after for e in world.events("LevelChanged")] == [1, 2]
        assert world.book.ledgers["stub"].frozen == {}


def test_shares_at_level_two_freeze_their_symbol_and_not_the_sleeve():
    with World(stub(), Protocol) as world:
        held_shares(world, price="111")
        world.cycle(aapl())
        assert world.book.ledgers["stub"].frozen == {"AAPL": "PE-3"}


def test_shares_leave_at_level_three_through_an_order():
    with World(stub(), Protocol) as world:
        held_shares(world, price="120")
        orders = world.cycle(aapl())
        assert [(o.symbol, o.selling, o.quantity, o.rule) for o in orders] == [("AAPL", True, 100, "PE-3")]
        assert all(a > b for a, b in pairwise(orders[0].prices))


def test_an_exit_waits_for_a_sound_quote_says_so_and_is_asked_again():
    rows = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)
    blind = [evolve(q, ask=NAN) if q.contract == contract(110) else q for q in rows]
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        assert world.cycle(aapl(quotes=blind)) == ()
        assert "RULE-0 PE-11: RULE-0 no sound quote to leave at; asked again at the next instant" in world.said(
            "refuse"
        )
        at = moment(clock="10:05")
        assert len(world.cycle(aapl(at=at, quotes=board("AAPL", 100.0, [FRIDAY], [110], at=at)))) == 1


def test_shares_that_must_leave_without_a_sound_market_are_refused_by_name():
    with World(stub(), Protocol) as world:
        held_shares(world, price="120")
        view = aapl()
        crossed = evolve(view.snapshots["AAPL"], bid=NAN)
        assert world.cycle(evolve(view, snapshots={"AAPL": crossed})) == ()
        assert any(text.startswith("RULE-0 PE-3: ") for text in world.said("refuse"))


def test_one_exit_works_at_a_time():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        view = aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES))
        assert len(world.cycle(view)) == 1
        assert world.cycle(later(view)) == ()


def test_exits_are_held_by_no_window_tier_or_liquidity():
    at = moment(clock="15:30")
    dry = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES, at=at, oi=0, volume=0)
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        world.kernel.heard(thrown("VIX", "SAFE"))
        orders = world.cycle(aapl(at=at, quotes=dry, vix=Vix(70.0, at), earnings={}))
        assert world.book.tier == "SAFE"
        assert [o.cause for o in orders] == ["PE-11"]


def test_a_roll_is_one_combo_that_carries_its_chain_and_its_fills_book_it():
    with World(stub(), Protocol) as world:
        held_put(world, strike=104.5, price="3.00")
        fourth = date(2026, 3, 13)
        rows = board("AAPL", 100.0, [FRIDAY, NEXT, fourth], STRIKES)
        order = world.cycle(aapl(quotes=rows))[0]
        assert (order.cause, len(order.legs), order.rolls) == ("roll", 2, 1)
        assert [leg.quantity for leg in order.legs] == [1, -1]
        world.fill(order)
        rolled = next(iter(world.book.ledgers["stub"].positions.values()))
        assert (rolled.quantity, rolled.rolls, rolled.first_credit) == (-1, 1, Decimal("3.00"))
        assert rolled.watch.level == 0
        assert world.book.ledgers["stub"].working == {}


def test_a_roll_has_five_minutes_of_rungs_on_a_grid_and_one_on_coarse_data():
    rows = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES, half=0.04)
    found = {}
    for grain in (Grain.GRID, Grain.COARSE):
        with World(stub(), watcher(into(NEXT, 100))) as world:
            held_put(world, strike=104)
            order = world.cycle(aapl(quotes=rows, grain=grain))[0]
            found[grain] = len(order.prices) * order.step_seconds
            assert order.prices[-1] <= order.mid + max(abs(order.mid) * Decimal("0.05"), Decimal("0.01"))
    assert 0 < found[Grain.GRID] < 300
    assert found[Grain.COARSE] <= 60


# --- how many ------------------------------------------------------------------------------------------------------


def test_a_close_may_ask_for_a_part_of_the_position():
    with World(stub(), watcher(closes(lots=2))) as world:
        held_put(world, strike=100, lots=3)
        order = world.cycle(aapl())[0]
        assert order.quantity == 2
        world.fill(order)
        assert [p.quantity for p in world.book.positions] == [-1]


@pytest.mark.parametrize("lots", [0, -1, 4])
def test_a_close_of_more_than_is_held_or_of_nothing_is_a_fault_of_the_protocol(lots):
    with World(stub(), watcher(closes(lots=lots))) as world:
        held_put(world, strike=100, lots=3)
        assert world.cycle(aapl()) == ()
        assert "of 3 contracts" in world.events("PluginFaulted")[0].error
        assert world.book.ledgers["stub"].frozen == {"*": "RULE-0"}


def test_a_close_above_fifty_contracts_leaves_in_parts_of_fifty_at_once():
    with World(stub(), watcher(closes()), funds={"stub": "2000000"}) as world:
        held_put(world, strike=100, lots=120)
        orders = world.cycle(aapl())
        assert [(o.quantity, o.delay) for o in orders] == [(50, 0), (50, 0), (20, 0)]
        assert len({o.key for o in orders}) == 3
        assert {o.group for o in orders} == {orders[0].key}
        assert world.cycle(later(aapl())) == ()


def test_a_roll_sells_no_more_than_a_tenth_of_the_contracts_volume_and_the_rest_is_asked_again():
    with World(stub(), watcher(into(NEXT, 100)), funds={"stub": "2000000"}) as world:
        held_put(world, strike=100, lots=60)
        view = aapl(volumes=(300.0, 300.0))
        (order,) = world.cycle(view)
        assert [leg.quantity for leg in order.legs] == [30, -30]
        world.fill(order)
        (again,) = world.cycle(later(view))
        assert again.quantity == 30


def test_a_roll_into_a_contract_that_does_not_trade_is_refused_by_name():
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, strike=100)
        assert world.cycle(aapl(volumes=(9.0, 9.0))) == ()
        assert world.said("refuse")[-1].startswith("LQ-1 PE-8: LQ-1 volume 9 < 100")


def test_a_roll_into_what_another_ledger_owns_is_refused():
    with World(stub("first"), stub("second"), watcher(into(NEXT, 100))) as world:
        held_put(world, ledger="first", strike=100)
        world.kernel.heard(Filled(
            ledger="second", symbol="AAPL", rule="PE-10", key="", execution="h", touch=None, quantity=1, opening=True,
            instrument=contract(100, expiry=NEXT).osi, price=Decimal("2.00"), fee=Decimal("0.70"), cause="hedge:L2",
        ), AT - timedelta(days=1))  # fmt: skip
        assert world.cycle(aapl()) == ()
        assert world.said("refuse")[-1].startswith("CAD-13 PE-8: CAD-13 SELF_CROSS: second holds the other side")


def test_a_close_never_looks_at_the_volume_of_what_it_buys_back():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100, lots=40)
        assert world.cycle(aapl(volumes=(0.0, 0.0)))[0].quantity == 40


def test_calls_are_bought_back_only_with_cash_that_secures_nothing_else():
    with World(stub(), watcher(closes())) as world:
        held_shares(world, 300, price="1333")
        held_call(world, 100, lots=3, price="0.01")
        free = world.book.ledgers["stub"].cash
        orders = world.cycle(aapl())
        assert free < 3 * orders[0].prices[-1] * 100
        assert orders[0].quantity < 3
        assert 0 < orders[0].reserve <= free
        assert world.book.ledgers["stub"].cash >= world.book.ledgers["stub"].reserved


def test_shares_that_back_a_call_are_not_sold():
    def leave(position, view):
        return [Shares("AAPL", "PE-3", quantity=-position.quantity, position=position)] if not position.contract else []

    with World(stub(), watcher(leave)) as world:
        held_shares(world, 200)
        held_call(world, 105)
        assert world.cycle(aapl()) == ()
        assert world.said("refuse")[-1] == "RULE-1 PE-3: RULE-1 200 shares to sell, 100 back no call"


# --- what holds an exit --------------------------------------------------------------------------------------------


def test_nothing_is_sent_while_trading_in_the_symbol_is_halted_and_it_is_asked_again():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100)
        view = aapl()
        assert world.cycle(evolve(view, halted=frozenset({"AAPL"}))) == ()
        assert "KS-11 CC-1: KS-11 trading in AAPL is halted" in world.said("refuse")[-1]
        assert len(world.cycle(later(view))) == 1


def test_an_exit_of_one_position_does_not_wait_for_another_of_its_symbol():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100)
        held_put(world, strike=99)
        orders = world.cycle(aapl())
        assert sorted(o.legs[0].instrument.strike for o in orders) == [99, 100]
        assert len({o.key for o in orders}) == 2


def test_a_switch_that_lets_nothing_through_holds_exits_too_and_says_so():
    with World(stub(), watcher(closes())) as world:
        held_put(world, strike=100)
        world.kernel.heard(thrown("USER", "HALT", ledger="stub"))
        assert world.cycle(aapl()) == ()
        assert world.said("refuse")[-1].startswith("KS-6 CC-1: ")


def test_a_note_of_the_protocol_is_remembered():
    with World(stub(), watcher(lambda position, view: [Note("AAPL", "PE-8", key="k", text="t")])) as world:
        held_put(world, strike=100)
        world.cycle(aapl())
        assert world.book.ledgers["stub"].notes == {"k": "t"}


# --- prices (KS-11.5) ----------------------------------------------------------------------------------------------

cents = st.integers(0, 3000)


@settings(max_examples=25)
@given(cents, st.integers(1, 800), st.booleans(), st.sampled_from([Grain.GRID, Grain.COARSE, Grain.EOD]))
def test_no_limit_of_an_exit_lies_beyond_its_cap(bid, width, urgent, grain):
    low, high = Decimal(bid) / 100, Decimal(bid + width) / 100
    found = quote(contract(100), float(low), float(high))
    with World(stub(), watcher(closes(rule="PE-11" if urgent else "CC-1", urgent=urgent))) as world:
        held_put(world, strike=100)
        orders = world.cycle(aapl(quotes=[found], grain=grain))
        mid, tick = (low + high) / 2, Decimal("0.05") if low + high >= 6 else Decimal("0.01")
        cap = max(mid * Decimal("1.25"), tick) if urgent else max(mid * Decimal("1.05"), mid + tick)
        assert len(orders) == 1
        assert max(orders[0].prices) <= cap
        assert min(orders[0].prices) > 0
        assert list(orders[0].prices) == sorted(orders[0].prices)
        assert len(orders[0].prices) * orders[0].step_seconds <= (299 if grain is Grain.GRID else 110)
