"""What a session freezes: the last prices before it, and the ranges that are made of them (PE-1)."""

import pytest

from allusr_sdk.kernel.days import Days
from tests.builders import FRIDAY, NAN, RULES, THURSDAY, Tape, market, moment, snapshot
from tests.kernel.values import WEDNESDAY


def seen(day, clock="10:00", **spots):
    """An instant of a market that has no daily bars: a range is two percent of the last price before the session."""
    at = moment(day, clock)
    return market(*(snapshot(name, spot, at=at) for name, spot in spots.items()), at=at, tape=Tape())


def turned(*views):
    days = Days(RULES)
    for view in views:
        days.turn(view)
    return days


def test_a_range_rests_on_the_last_price_before_the_session():
    last = seen(FRIDAY, AAPL=300.0)
    days = turned(seen(THURSDAY, AAPL=100.0), seen(THURSDAY, "15:55", AAPL=110.0), last)
    assert days.atr("AAPL", last).value == pytest.approx(2.2)


def test_a_range_stays_the_same_all_session_and_the_next_one_has_another():
    thursday, friday = seen(THURSDAY, AAPL=200.0), seen(FRIDAY, AAPL=300.0)
    days = turned(seen(WEDNESDAY, AAPL=100.0), thursday)
    assert days.atr("AAPL", thursday).value == pytest.approx(2.0)
    days.turn(seen(THURSDAY, "15:55", AAPL=250.0))
    assert days.atr("AAPL", thursday).value == pytest.approx(2.0)
    days.turn(friday)
    assert days.atr("AAPL", friday).value == pytest.approx(5.0)


def test_a_symbol_that_a_session_did_not_bring_keeps_its_price_of_before():
    friday = seen(FRIDAY, AAPL=110.0)
    days = turned(seen(WEDNESDAY, AAPL=100.0, MSFT=400.0), seen(THURSDAY, AAPL=105.0), friday)
    assert days.atr("MSFT", friday).value == pytest.approx(8.0)


def test_what_is_no_price_is_neither_seen_nor_rested_on():
    friday = seen(FRIDAY, AAPL=NAN)
    days = turned(seen(THURSDAY, AAPL=100.0), seen(THURSDAY, "15:55", AAPL=NAN), friday)
    assert days.atr("AAPL", friday).value == pytest.approx(2.0)
    assert not days.saw("AAPL", FRIDAY)


def test_before_any_other_session_no_price_is_known():
    thursday = seen(THURSDAY, AAPL=100.0)
    assert turned(thursday).atr("AAPL", thursday) is None


def test_a_session_saw_what_it_brought_and_no_other_symbol_or_day():
    days = turned(seen(WEDNESDAY, AAPL=100.0, MSFT=400.0), seen(THURSDAY, AAPL=100.0))
    asked = [(name, day) for name in ("AAPL", "MSFT") for day in (WEDNESDAY, THURSDAY, FRIDAY)]
    assert [each for each in asked if days.saw(*each)] == [("AAPL", THURSDAY)]
