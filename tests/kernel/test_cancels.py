"""Which working orders are cancelled, and by which rule (KS-6, PE-7, CAD-7, ORD-3, KS-10)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Frozen, IntentRecorded, SwitchChanged
from allusr_sdk.model.views import Grain
from tests.builders import AT, CALL, World, contract, market, moment, snapshot, stub
from tests.kernel.scenes import held_shares


def intend(world, key, *, right="P", opening=True, cause="entry", ledger="stub", shares=False, strike=95):
    """A working order: a written option, a purchase of shares, or what leaves."""
    what = "AAPL" if shares else contract(strike, right=CALL).osi if right == "C" else contract(strike).osi
    signed = 1 if shares == opening and cause != "roll" else -1
    left = ((contract(80).osi, 1),) if cause == "roll" else ()
    world.kernel.heard(IntentRecorded(
        ledger=ledger, symbol="AAPL", rule="CAD-4", key=key, action="sell", legs=(*left, (what, signed)),
        limit=Decimal("1.00"), mid=Decimal("1.00"), worst=Decimal("1.00"), opening=opening, cause=cause,
    ), AT)  # fmt: skip


def working(world):
    """One order of each kind, in a sleeve and in another."""
    held_shares(world, 300)
    intend(world, "put")
    intend(world, "call", right="C")
    intend(world, "shares", shares=True)
    intend(world, "close", opening=False, cause="PE-11")
    intend(world, "roll", opening=False, cause="roll")
    intend(world, "hedge", cause="hedge:L2")
    intend(world, "others", ledger="other", strike=90)


def throw(world, tier, cause="VIX", ledger=""):
    world.kernel.heard(SwitchChanged(
        ledger=ledger, rule="KS-1", cause=cause, before="NONE", after=tier, value=None, threshold=None,
    ), AT)  # fmt: skip


ENTRIES = {"put", "call", "shares"}
MINE = ENTRIES | {"close", "roll", "hedge"}


@pytest.mark.parametrize(
    ("tier", "cause", "ledger", "keys", "rule"),
    [
        ("HEDGED", "VIX", "", set(), ""),
        ("SAFE", "VIX", "", ENTRIES | {"others"}, "KS-6"),
        ("FREEZE", "LOSS", "", ENTRIES | {"others"}, "KS-10"),
        ("SAFE", "WEEK", "", ENTRIES | {"others"}, "KS-10"),
        ("SAFE", "STALE", "", ENTRIES | {"others"}, "KS-5"),
        ("SAFE", "STALE", "stub", ENTRIES, "PE-5"),
        ("SAFE", "L3", "stub", ENTRIES, "PE-11"),
        ("CALLS", "PIVOT", "stub", {"put"}, "ORD-3"),
        ("SAFE", "USER", "stub", ENTRIES, "KS-6"),
        ("HALT", "USER", "stub", MINE, "KS-6"),
        ("HALT", "VIX", "", MINE | {"others"}, "KS-6"),
    ],
)
def test_what_each_switch_cancels(tier, cause, ledger, keys, rule):
    with World(stub(), stub("other")) as world:
        working(world)
        throw(world, tier, cause, ledger)
        gone = world.kernel.cancels()
        assert set(gone) == keys
        assert {named for named, _ in gone.values()} == ({rule} if keys else set())
        assert all(f"{cause} at {tier}" in why for _, why in gone.values())


def test_an_order_that_two_switches_stop_is_cancelled_by_the_graver_one():
    with World(stub()) as world:
        intend(world, "put")
        throw(world, "FREEZE", "LOSS")
        throw(world, "HALT", "USER")
        assert world.kernel.cancels() == {"put": ("KS-6", "stopped by kill switch USER at HALT")}


def test_the_row_counts_what_it_asks_to_be_cancelled():
    with World(stub(), stub("other")) as world:
        working(world)
        world.kernel.throw("USER", "SAFE", rule="KS-6", reason="test")
        assert world.events("SwitchChanged")[0].cancels == 4


@pytest.mark.parametrize(
    ("symbol", "rule", "keys"),
    [("*", "PE-7", ENTRIES), ("AAPL", "PE-7", ENTRIES), ("AAPL", "PE-3", {"put", "shares"}), ("MSFT", "PE-7", set())],
)
def test_a_freeze_cancels_entries_of_its_sleeve_or_symbol_and_never_a_roll_or_hedge(symbol, rule, keys):
    with World(stub(), stub("other")) as world:
        working(world)
        world.kernel.heard(Frozen(ledger="stub", symbol=symbol, rule=rule, why="test"), AT)
        gone, what = world.kernel.cancels(), "the sleeve" if symbol == "*" else symbol
        assert set(gone) == keys
        assert set(gone.values()) <= {("PE-7", f"entries of {what} are frozen by {rule}")}


@pytest.mark.parametrize(
    ("clock", "grain", "keys"),
    [
        ("10:59", Grain.GRID, set()),
        ("11:00", Grain.GRID, ENTRIES | {"others"}),
        ("14:00", Grain.GRID, ENTRIES | {"others"}),
        ("11:00", Grain.COARSE, set()),
        ("16:00", Grain.EOD, set()),
    ],
)
def test_entry_orders_end_at_eleven_and_what_reduces_risk_goes_on(clock, grain, keys):
    with World(stub(), stub("other")) as world:
        working(world)
        at = moment(clock=clock)
        world.cycle(market(snapshot(at=at), at=at, grain=grain))
        gone = world.kernel.cancels()
        assert set(gone) == keys
        assert set(gone.values()) == ({("CAD-7", "entry orders end at 11:00")} if keys else set())


def test_before_any_market_is_seen_and_without_orders_nothing_is_cancelled():
    with World(stub()) as world:
        assert world.kernel.cancels() == {}
        intend(world, "put")
        assert world.kernel.cancels() == {}
        world.cycle(market(snapshot(at=AT + timedelta(minutes=5)), at=AT + timedelta(minutes=5)))
        assert world.kernel.cancels() == {}


@pytest.mark.parametrize(
    ("leaves", "gone"),
    [
        ({"strike": 95}, {"entry"}), ({"strike": 90}, set()), ({"right": "C"}, set()),
        ({"strike": 95, "ledger": "other"}, set()), ({"strike": 95, "cause": "roll"}, set()),
    ],
    ids=["closes it", "closes another", "closes the call", "closes its own", "writes it too"],
)  # fmt: skip
def test_an_entry_goes_when_another_ledger_leaves_against_it(leaves, gone):
    with World(stub(), stub("other")) as world:
        intend(world, "entry", ledger="other")
        intend(world, "exit", opening=False, **{"cause": "PE-11", **leaves})
        found = world.kernel.cancels()
        assert set(found) == gone
        assert {rule for rule, _ in found.values()} <= {"CAD-13"}


def test_two_exits_that_cross_each_other_both_go_on():
    with World(stub(), stub("other")) as world:
        intend(world, "writes 95", opening=False, cause="roll")
        intend(world, "buys 95", opening=False, cause="PE-11", ledger="other")
        assert world.kernel.cancels() == {}
