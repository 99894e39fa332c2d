"""Sessions, weeks and days to expiry (CAD-1, CAD-2, LQ-5)."""

from datetime import date, time

import pytest
from exchange_calendars import get_calendar

from allusr_sdk.model.calendar import iso_week, xnys

CLOSED = [
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-04-03", "2026-05-25", "2026-06-19", "2026-07-03", "2026-09-07",
    "2026-11-26", "2026-12-25", "2027-01-01", "2027-01-18", "2027-02-15", "2027-03-26", "2027-05-31", "2027-06-18",
    "2027-07-05", "2027-09-06", "2027-11-25", "2027-12-24", "2026-02-14",
]  # fmt: skip


@pytest.mark.parametrize("day", CLOSED)
def test_holidays_have_no_session(day):
    assert xnys().session(date.fromisoformat(day)) is None


@pytest.mark.parametrize("day", ["2026-11-27", "2026-12-24", "2027-11-26"])
def test_half_days_close_at_one(day):
    session = xnys().session(date.fromisoformat(day))
    assert session.half_day
    assert session.close.time() == time(13)


def test_a_usual_session_is_open_from_half_past_nine_to_four():
    session = xnys().session(date(2026, 2, 12))
    assert (session.open.time(), session.close.time(), session.half_day) == (time(9, 30), time(16), False)
    assert session.at(9, 45).utcoffset() == session.open.utcoffset()


@pytest.mark.parametrize(
    ("day", "last", "before", "days"),
    [
        ("2026-11-23", "2026-11-27", "2026-11-25", 2),
        ("2026-06-15", "2026-06-18", "2026-06-17", 1),
        ("2026-12-28", "2026-12-31", "2026-12-30", 1),
        ("2026-03-30", "2026-04-02", "2026-04-01", 1),
    ],
)
def test_weeks_with_a_holiday_end_early(day, last, before, days):
    calendar, g = xnys(), date.fromisoformat(last)
    week = calendar.week(date.fromisoformat(day))
    assert (week[-1].day, week[-2].day) == (g, date.fromisoformat(before))
    assert calendar.sessions_left(week[-2].day, g) == 1
    assert (g - week[-2].day).days == days


@pytest.mark.parametrize(
    ("day", "expiry", "left"),
    [
        ("2026-02-09", "2026-02-13", 4), ("2026-02-13", "2026-02-16", 0), ("2026-02-13", "2026-02-17", 1),
        ("2026-02-12", "2026-02-12", 0), ("2026-02-11", "2026-02-20", 6), ("2026-02-14", "2026-02-17", 1),
    ],
)  # fmt: skip
def test_sessions_left_counts_those_after_today_up_to_the_expiry(day, expiry, left):
    assert xnys().sessions_left(date.fromisoformat(day), date.fromisoformat(expiry)) == left


def test_neighbouring_sessions_step_over_weekends_and_holidays():
    friday = date(2026, 2, 13)
    assert xnys().after(friday).day == date(2026, 2, 17)
    assert xnys().after(friday, 3).day == date(2026, 2, 19)
    assert xnys().before(date(2026, 2, 17)).day == friday
    assert xnys().before(date(2026, 2, 16)).day == friday


def test_a_date_outside_the_calendar_is_unknown_and_not_closed():
    with pytest.raises(ValueError, match="outside the calendar"):
        xnys().session(date(1980, 1, 2))
    with pytest.raises(ValueError, match="outside the calendar"):
        xnys().week(date(2100, 1, 4))
    with pytest.raises(ValueError, match="outside the calendar"):
        xnys().before(date(1990, 1, 2))
    with pytest.raises(ValueError, match="outside the calendar"):
        xnys().after(date(2045, 12, 31))


@pytest.mark.parametrize(
    ("day", "week"), [("2026-11-22", "2026-W47"), ("2026-11-23", "2026-W48"), ("2027-01-01", "2026-W53")]
)
def test_weeks_are_named_by_iso(day, week):
    assert iso_week(date.fromisoformat(day)) == week


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_sessions_are_the_librarys_although_holidays_of_other_years_are_not_worked_out():
    theirs = get_calendar("XNYS", start="2024-01-02", end="2026-12-31").schedule
    ours = xnys().between(date(2024, 1, 2), date(2026, 12, 31))
    assert [(s.open, s.close) for s in ours] == list(zip(theirs["open"], theirs["close"], strict=True))
