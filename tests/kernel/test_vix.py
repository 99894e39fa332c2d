"""The VIX switch through the kernel: confirmation, hysteresis, restart (KS-1, KS-2, KS-4, CAD-14)."""

from datetime import UTC, date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.kernel.switches import TIERS, tier_of
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Filled, SwitchChanged
from allusr_sdk.model.views import Grain, Vix
from tests.builders import CALL, NAN, RULES, THURSDAY, World, contract, market, moment, snapshot, stub
from tests.kernel.scenes import aapl, writes

FRIDAY = date(2026, 2, 13)
MONDAY = date(2026, 2, 9)


def looks(*values, day=THURSDAY, clock="10:00", minutes=5):
    """Instants with a new value of the VIX each."""
    first = moment(day, clock)
    for step, value in enumerate(values):
        at = first + timedelta(minutes=minutes * step)
        yield market(snapshot(at=at), at=at, vix=Vix(value, at))


def walk(world, *values, **more):
    """The tier after each of some values."""
    found = []
    for view in looks(*values, **more):
        world.cycle(view)
        found.append(world.book.tier)
    return found


def throw(world, tier, cause="VIX"):
    """A switch as a journal left it."""
    before = world.book.switches.get(cause, "NONE")
    row = SwitchChanged(rule="KS-1", cause=cause, before=before, after=tier, value=None, threshold=None)
    world.kernel.heard(row, moment(MONDAY, "09:40"))


def ended(world, closes, *, day=FRIDAY, daily=True):
    """A session's end with some closes, the last of them of that day."""
    at = (xnys().session(day).close + timedelta(minutes=15)).astimezone(UTC)
    world.close(market(snapshot(at=at), at=at, vix=Vix(closes[-1], at, tuple(closes), daily=daily)))
    return world.book.tier


# --- up --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "tiers"),
    [
        ((50.0, 50.0, 50.0, 50.0), "NONE NONE NONE NONE"),
        ((50.01, 50.01, 50.01), "NONE NONE HEDGED"),
        ((65.01, 65.01, 65.01), "NONE NONE SAFE"),
        ((80.01, 80.01, 80.01), "NONE NONE HALT"),
        ((90.0, 20.0, 90.0, 90.0), "NONE NONE NONE NONE"),
        ((52.0, 66.0, 81.0, 66.0, 66.0), "NONE NONE HEDGED SAFE SAFE"),
        ((52.0, 66.0, 81.0, 81.0, 81.0), "NONE NONE HEDGED SAFE HALT"),
        ((90.0, 90.0, 50.01), "NONE NONE HEDGED"),
        ((50.01, 50.0, 50.01, 50.01), "NONE NONE NONE NONE"),
        ((66.0, 52.0, 66.0), "NONE NONE HEDGED"),
        ((52.0, 52.0, 52.0, 66.0, 60.0, 66.0, 66.0, 66.0), "NONE NONE HEDGED HEDGED HEDGED HEDGED HEDGED SAFE"),
    ],
)
def test_each_tier_needs_three_samples_in_a_row_above_its_threshold(values, tiers):
    with World(stub()) as world:
        assert walk(world, *values) == tiers.split()


def test_the_count_is_journaled_and_the_row_names_the_three_samples():
    with World(stub()) as world:
        walk(world, 66.0, 67.0, 68.0)
        waits = [(e.rule, e.tier, e.count, e.value) for e in world.events("SwitchWaiting")]
        assert waits == [("KS-2", "SAFE", 1, 66.0), ("KS-2", "SAFE", 2, 67.0), ("KS-2", "NONE", 0, 68.0)]
        row = world.events("SwitchChanged")[0]
        assert (row.rule, row.cause, row.before, row.after) == ("KS-1 KS-2", "VIX", "NONE", "SAFE")
        assert (row.value, row.threshold, row.actor, row.source) == (68.0, 65.0, "system", "VIX")
        assert row.samples == ("2026-02-12T15:00:00Z 66", "2026-02-12T15:05:00Z 67", "2026-02-12T15:10:00Z 68")


def test_a_value_that_falls_back_ends_the_count_and_says_so():
    with World(stub()) as world:
        walk(world, 66.0, 20.0)
        assert [(e.tier, e.count) for e in world.events("SwitchWaiting")] == [("SAFE", 1), ("NONE", 0)]
        assert (world.book.waiting, world.book.samples) == (("NONE", 0), ())


def test_entries_wait_while_samples_wait_and_go_on_when_the_value_falls_back():
    with World(stub(propose=writes())) as world:
        view = aapl()
        assert world.cycle(aapl(vix=Vix(66.0, view.at))) == ()
        assert "KS-2" in world.said("refuse")[0]
        at = view.at + timedelta(minutes=5)
        assert len(world.cycle(aapl(at=at, vix=Vix(20.0, at)))) == 1


def test_one_reading_seen_at_three_instants_is_one_sample():
    with World(stub()) as world:
        for minutes in (0, 1, 2):
            at = moment() + timedelta(minutes=minutes)
            world.cycle(market(snapshot(at=at), at=at, vix=Vix(90.0, moment())))
        assert (world.book.tier, world.book.waiting[1]) == ("NONE", 1)


@pytest.mark.parametrize(("clock", "counts"), [("09:30:14", 0), ("09:30:15", 1), ("16:15:00", 1), ("16:15:01", 0)])
def test_only_the_indexs_own_hours_count(clock, counts):
    with World(stub()) as world:
        at = moment(clock=clock)
        world.cycle(market(snapshot(at=at), at=at, vix=Vix(90.0, at)))
        assert world.book.waiting[1] == len(world.events("SwitchWaiting")) == counts


def test_a_sample_of_the_very_open_is_in_a_row_with_the_next_where_the_rulebook_lets_it_count():
    with World(stub(), rules=RULES.tightened({"KS-2.first_seconds": 0})) as world:
        assert walk(world, 90.0, 90.0, 90.0, clock="09:30") == ["NONE", "NONE", "HALT"]


@pytest.mark.parametrize(("apart", "counts"), [(-1, 1), (0, 2)])
def test_samples_lie_so_many_seconds_apart(apart, counts):
    with World(stub()) as world:
        for seconds in (0, RULES.integer("KS-2.sample_seconds") + apart):
            at = moment() + timedelta(seconds=seconds)
            world.cycle(market(snapshot(at=at), at=at, vix=Vix(90.0, at)))
        assert world.book.waiting[1] == counts


def test_samples_of_two_sessions_are_not_in_a_row():
    with World(stub()) as world:
        walk(world, 90.0, 90.0, clock="15:50")
        assert walk(world, 90.0, 90.0, day=FRIDAY, clock="09:35") == ["NONE", "NONE"]
        assert world.book.waiting == ("HALT", 2)


def test_samples_of_a_session_before_do_not_keep_entries_waiting():
    with World(stub()) as world:
        walk(world, 90.0, 90.0, clock="15:50")
        walk(world, 20.0, day=FRIDAY, clock="09:30")
        assert world.book.waiting == ("NONE", 0)


@pytest.mark.parametrize(("grain", "daily"), [(Grain.GRID, True), (Grain.COARSE, False), (Grain.EOD, False)])
def test_daily_and_coarse_values_are_confirmed_as_they_come(grain, daily):
    with World(stub()) as world:
        world.cycle(market(snapshot(), grain=grain, vix=Vix(66.0, moment(), daily=daily)))
        assert world.book.tier == "SAFE"
        assert world.events("SwitchChanged")[0].rule == "KS-1 CAD-14"


def test_the_close_of_daily_bars_is_confirmed_at_the_closing_step():
    with World(stub()) as world:
        assert ended(world, (60.0, 80.06), day=THURSDAY) == "HALT"
        assert world.book.state == "EMERGENCY"


def restarted(values, at=None):
    """The tiers after some values, and the journal's own words, with a new kernel before the one at `at`."""
    with World(stub()) as world:
        found = []
        for step, view in enumerate(looks(*values, clock="09:45")):
            if step == at:
                world.restart()
            world.cycle(view)
            found.append((world.book.tier, world.book.waiting))
        moves = [e for e in world.events() if e.kind in ("SwitchChanged", "SwitchWaiting", "StateChanged")]
        return found, moves


levels = st.sampled_from([20.0, 50.0, 50.01, 60.0, 65.01, 70.0, 80.01, 90.0])


@settings(max_examples=25)
@given(st.lists(levels, min_size=2, max_size=9), st.data())
def test_a_restart_between_two_instants_changes_nothing(values, data):
    at = data.draw(st.integers(1, len(values) - 1))
    assert restarted(values, at) == restarted(values)


@settings(max_examples=25)
@given(st.lists(levels, min_size=1, max_size=10))
def test_the_tier_is_the_gravest_that_three_samples_in_a_row_have_reached(values):
    with World(stub()) as world:
        found = walk(world, *values, clock="09:45")
    reached = [TIERS.index(tier_of(v, RULES)[0]) for v in values]
    best = 0
    for i, tier in enumerate(found):
        if i >= 2:
            best = max(best, min(reached[i - 2 : i + 1]))
        assert TIERS.index(tier) == best


# --- down ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "closes", "day", "after"),
    [
        ("HEDGED", (44.9, 44.9), FRIDAY, "NONE"),
        ("HEDGED", (44.9, 44.9), THURSDAY, "HEDGED"),
        ("HEDGED", (45.0, 44.9), FRIDAY, "HEDGED"),
        ("HEDGED", (44.9,), FRIDAY, "HEDGED"),
        ("HEDGED", (NAN, 44.9), FRIDAY, "HEDGED"),
        ("SAFE", (57.9, 57.9), THURSDAY, "HEDGED"),
        ("SAFE", (10.0, 10.0), FRIDAY, "HEDGED"),
        ("SAFE", (57.9, 58.0), THURSDAY, "SAFE"),
        ("HALT", (10.0, 10.0), FRIDAY, "HALT"),
    ],
)
def test_tiers_are_left_by_two_closes_one_at_a_time_and_hedged_only_with_its_week(before, closes, day, after):
    with World(stub()) as world:
        throw(world, before)
        assert ended(world, closes, day=day) == after


def test_the_way_down_is_journaled_with_the_closes_and_their_mark():
    with World(stub()) as world:
        throw(world, "SAFE")
        ended(world, (57.0, 56.0))
        row = world.events("SwitchChanged")[-1]
        assert (row.rule, row.before, row.after, row.value, row.threshold) == ("KS-4", "SAFE", "HEDGED", 56.0, 58.0)
        assert row.samples == ("57", "56")


def test_within_a_session_no_calm_lowers_a_tier():
    with World(stub()) as world:
        throw(world, "HEDGED")
        assert walk(world, *[12.0] * 5, day=FRIDAY) == ["HEDGED"] * 5


def test_a_close_that_is_missing_keeps_the_tier():
    with World(stub()) as world:
        throw(world, "SAFE")
        at = moment(FRIDAY, "16:15")
        world.close(market(snapshot(at=at), at=at, vix=Vix(40.0, moment(THURSDAY, "16:15"), (40.0, 40.0), daily=True)))
        assert world.book.tier == "SAFE"


def test_safe_is_kept_while_a_short_call_lacks_its_shares():
    with World(stub()) as world:
        throw(world, "SAFE")
        world.kernel.heard(Filled(
            ledger="stub", symbol="AAPL", rule="X", key="", execution="e", instrument=contract(110, right=CALL).osi,
            quantity=-1, price=Decimal("0.50"), fee=Decimal("0.70"), touch=None, opening=True,
        ), moment())  # fmt: skip
        assert ended(world, (40.0, 40.0), day=THURSDAY) == "SAFE"
