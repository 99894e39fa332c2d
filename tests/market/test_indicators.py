"""ATR and average volume, with their fallbacks."""

import math
from datetime import date

import pytest

from allusr_sdk.market.indicators import average_true_range, average_volume, sma, true_ranges, wilder
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.views import Bar

CALENDAR = xnys()
DAY = date(2026, 2, 12)


class Known:
    """Bars of some sessions, all alike: a range of 2 dollars around 100."""

    def __init__(self, days, volume=1000.0):
        self.bars = [Bar(day, 100, 101, 99, 100, volume) for day in sorted(days)]

    def before(self, symbol, day, count):
        first = CALENDAR.before(day, count).day
        return [bar for bar in self.bars if first <= bar.day < day]

    def on(self, symbol, day):
        return next((bar for bar in self.bars if bar.day == day), None)


def sessions(count, *, but=()):
    """The days of the last sessions before DAY, without some counted back from the newest (1)."""
    return [CALENDAR.before(DAY, i).day for i in range(1, count + 1) if i not in but]


def atr(bars, **options):
    return average_true_range(bars, "XYZ", DAY, CALENDAR, **options)


def test_the_range_counts_a_gap_from_the_close_before():
    bars = [Bar(DAY, 10, 11, 9, 10), Bar(DAY, 14, 15, 13, 14), Bar(DAY, 8, 9, 7, 8)]
    assert true_ranges(bars) == [2, 5, 7]


def test_both_averages_of_a_rising_range():
    assert sma([1, 2, 3, 4, 5, 6], 5) == 4.0
    assert wilder([1, 2, 3, 4, 5, 6], 5) == pytest.approx((4 * 3 + 6) / 5)


def test_six_consecutive_sessions_give_the_average():
    assert atr(Known(sessions(6))) == (2.0, "SMA5")
    assert atr(Known(sessions(60)), method="wilder") == (2.0, "WILDER5")


@pytest.mark.parametrize("age", [1, 2, 3])
def test_where_the_newest_bars_are_missing_the_last_valid_value_is_widened(age):
    value, how = atr(Known(sessions(12)[age:]))
    assert value == pytest.approx(2.2)
    assert how == f"1.1 x SMA5 of {sessions(12)[age]}"


def test_a_value_older_than_three_sessions_is_not_carried():
    value, how = atr(Known(sessions(12)[4:]), last_price=250.0)
    assert (value, how) == (5.0, "2% of 250.00: no 6 daily bars")


def test_a_hole_is_not_bridged():
    value, how = atr(Known(sessions(20, but=(5,))))
    assert (value, how) == (2.0, "2% of 100.00: no 6 daily bars")


def test_without_bars_and_price_there_is_no_atr():
    assert atr(Known([])) is None
    assert atr(Known([]), last_price=math.nan) is None


def test_bars_of_the_day_itself_are_not_used():
    known = Known([*sessions(6), DAY])
    known.bars[-1] = Bar(DAY, 100, 200, 50, 100)
    assert atr(known) == (2.0, "SMA5")


def test_average_volume_is_known_only_with_every_session():
    assert average_volume(Known(sessions(20)), "XYZ", DAY) == 1000.0
    assert average_volume(Known(sessions(20, but=(7,))), "XYZ", DAY) is None
    assert average_volume(Known(sessions(20), volume=math.nan), "XYZ", DAY) is None
