"""What a pass does for what is held, whatever holds entries (RULE-0, PE-4, PE-7, PE-11)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk.kernel.exits import thaw
from allusr_sdk.model.events import Filled, Funded
from allusr_sdk.model.views import Vix
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
    stub,
)
from tests.kernel.scenes import NEXT, STRIKES, aapl, held_put, held_shares, writes


def test_exits_are_ordered_before_entries_whichever_sleeve_comes_first():
    with World(stub("first", writes()), stub("second"), Protocol) as world:
        held_put(world, ledger="second", strike=110)
        orders = world.cycle(aapl())
        assert [(o.ledger, o.cause) for o in orders] == [("second", "PE-11"), ("first", "entry")]
        assert orders[0].prices[0] == orders[0].legs[0].ask


def test_a_jump_to_level_three_logs_every_level_freezes_the_sleeve_and_closes():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        orders = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))
        assert [(e.before, e.after) for e in world.events("LevelChanged")] == [(0, 1), (1, 2), (2, 3)]
        assert [(e.symbol, e.rule) for e in world.events("Frozen")] == [("AAPL", "PE-11"), ("*", "PE-11")]
        assert [(o.cause, o.quantity, o.step_seconds) for o in orders] == [("PE-11", 1, 5)]


def test_a_frozen_sleeve_has_its_working_entries_cancelled_and_its_symbols_refused():
    with World(stub(propose=writes(99.0, -0.42)), Protocol) as world:
        held_put(world, strike=104, ledger="stub")
        world.kernel.heard(Funded(ledger="other", amount=Decimal(1), rule="CAD-12"))
        view = aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES), spread=1.0)
        world.cycle(view)
        assert set(world.book.ledgers["stub"].frozen) == {"AAPL", "*"}
        assert "frozen" in world.said("refuse")[-1]


def test_working_entries_of_a_frozen_or_safe_account_are_cancelled_and_exits_are_not():
    with World(stub(propose=writes())) as world:
        view = aapl()
        entry = world.cycle(view)[0]
        assert world.kernel.cancels() == ()
        world.cycle(later(view, vix=Vix(65.01, view.at + timedelta(minutes=5))))
        assert world.book.tier == "SAFE"
        assert world.kernel.cancels() == (entry.key,)


def test_freezes_thaw_when_no_position_is_left_at_level_two():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        order = world.cycle(aapl(quotes=board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)))[0]
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
        assert world.said("refuse") == [
            "RULE-0 PE-11: RULE-0 no sound quote to leave at; asked again at the next instant"
        ]
        at = moment(clock="10:05")
        assert len(world.cycle(aapl(at=at, quotes=board("AAPL", 100.0, [FRIDAY], [110], at=at)))) == 1


def test_shares_that_must_leave_without_a_sound_market_are_refused_by_name():
    with World(stub(), Protocol) as world:
        held_shares(world, price="120")
        view = aapl()
        crossed = evolve(view.snapshots["AAPL"], bid=NAN)
        assert world.cycle(evolve(view, snapshots={"AAPL": crossed})) == ()
        assert world.said("refuse")[-1].startswith("RULE-0 PE-3: ")


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
