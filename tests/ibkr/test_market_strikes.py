"""Which options are quoted, and at which instants a market of now is decided on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.execution.ibkr.market import clock
from allusr_sdk.execution.ibkr.market.clock import due, refuse_stamps
from allusr_sdk.execution.ibkr.market.strikes import Scene, Side, chosen, needed, rested_on
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.intents import Band
from allusr_sdk.model.options import Contract, Right

WEDNESDAY = date(2026, 2, 11)
FRIDAY, NEXT, FAR = date(2026, 2, 13), date(2026, 2, 20), date(2026, 3, 20)
AT = datetime(2026, 2, 11, 15, 0, tzinfo=UTC)
BAND = Band("CAD-8", 0.40, 0.45, 0, 5, "sessions")
SCENE = Scene(at=AT, calendar=xnys(), spot=100.0, rate=0.04, volatility=lambda expiry: 0.30)
LISTED = [
    Contract("AAPL", expiry, right, Decimal(half) / 2)
    for expiry in (FRIDAY, NEXT, FAR)
    for right in Right
    for half in range(160, 241)
]


def sides(found):
    return list(dict.fromkeys(Side.of(each) for each in found))


def test_the_strikes_nearest_to_the_band_come_first_puts_and_the_end_of_the_week_before_others():
    found = chosen(LISTED, [BAND], (), SCENE, WEDNESDAY, 10)
    assert len(found) == len(set(found)) == 10
    assert found[0] == Contract("AAPL", FRIDAY, Right.PUT, Decimal("99.5"))
    counts = {side: sum(Side.of(each) == side for each in found) for side in sides(found)}
    assert counts[Side("AAPL", FRIDAY, Right.PUT)] == 5
    assert {side.expiry for side in counts} <= {FRIDAY, NEXT}


def test_what_was_looked_at_before_comes_before_everything_else():
    looked = Side("AAPL", NEXT, Right.CALL)
    found = chosen(LISTED, [BAND], {looked}, SCENE, WEDNESDAY, 10)
    assert Side.of(found[0]) == looked
    assert sum(Side.of(each) == looked for each in found) == 5


def test_each_strike_in_a_band_is_among_them():
    found = chosen(LISTED, [BAND], (), SCENE, WEDNESDAY, 10)
    near = [each for each in LISTED if Side.of(each) == Side("AAPL", FRIDAY, Right.PUT)]
    inside = [each for each, delta in zip(near, SCENE.deltas(near), strict=True) if 0.40 <= delta <= 0.45]
    assert inside
    assert set(inside) <= set(found)


def test_a_decision_rests_on_the_nearer_half_of_each_side():
    found = chosen(LISTED, [BAND], (), SCENE, WEDNESDAY, 10)
    rests = rested_on(found)
    counts = [sum(Side.of(each) == side for each in rests) for side in sides(found)]
    assert counts == [3, 2, 1]
    assert found[0] in rests
    delta = dict(zip(found, SCENE.deltas(found), strict=True))
    assert {each for each in found if each.expiry == FRIDAY and each.is_put and 0.40 <= delta[each] <= 0.45} <= rests
    assert rested_on(()) == frozenset()


def test_expiries_in_reach_and_the_ends_of_two_weeks_are_asked_for():
    days = [date(2026, 2, 10), date(2026, 2, 12), FRIDAY, date(2026, 2, 18), NEXT, FAR]
    assert needed(days, [BAND], WEDNESDAY, xnys()) == (date(2026, 2, 12), FRIDAY, date(2026, 2, 18), NEXT)
    assert needed(days, [Band("CAD-8", 0.4, 0.5, 30, 45, "calendar")], WEDNESDAY, xnys()) == (FRIDAY, NEXT, FAR)


# --- instants ------------------------------------------------------------------------------------------------------

SESSION = xnys().session(WEDNESDAY)


def clocked(text):
    return datetime.fromisoformat(f"2026-02-11T{text}-05:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "last", "at"),
    [
        ("09:29:59", None, None), ("09:30:00", None, "09:30:00"), ("10:05:20", None, "10:05:00"),
        ("10:05:20", "10:05:00", None), ("10:05:20", "10:00:00", "10:05:00"), ("10:07:00", "10:00:00", None),
        ("16:00:30", "15:55:00", "16:00:00"), ("16:05:00", "15:55:00", None),
    ],
)  # fmt: skip
def test_an_instant_of_the_grid_is_taken_once_and_one_that_was_missed_is_left_out(now, last, at):
    expected = None if at is None else clocked(at)
    assert due(SESSION, clocked(now), 5, None if last is None else clocked(last)) == expected


def test_instants_of_stamps_are_refused_where_the_gateway_s_clock_is_of_now():
    with pytest.raises(InputError, match=r"CAD-14: ibkr\.grid = 0 is for a simulator"):
        refuse_stamps(datetime.now(UTC) + timedelta(hours=1))
    refuse_stamps(datetime.now(UTC) - clock.NOW - timedelta(hours=1))
