"""When something may be done (CAD-7, CAD-1)."""

from datetime import date

import pytest
from attrs import evolve

from allusr_sdk.contracts.windows import (
    attempt,
    attempts,
    entries_end,
    entry_window,
    in_manage_window,
    outside_entry,
    too_late,
)
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.views import Grain
from tests.builders import FRIDAY, RULES, THURSDAY, market, moment, snapshot

HALF_DAY = date(2026, 11, 27)


def at(clock, day=THURSDAY, grain=Grain.GRID):
    instant = moment(day, clock)
    return market(snapshot(at=instant), at=instant, grain=grain)


def shown(instants):
    return [f"{instant:%H:%M}" for instant in instants]


@pytest.mark.parametrize("day", [THURSDAY, HALF_DAY])
def test_entries_run_from_a_quarter_to_ten_to_five_to_eleven_and_end_at_eleven(day):
    session = xnys().session(day)
    assert shown(entry_window(session, RULES)) == ["09:45", "10:55"]
    assert f"{entries_end(session, RULES):%H:%M}" == "11:00"


def test_entries_never_reach_into_the_first_quarter_or_the_last_half_hour():
    session = xnys().session(HALF_DAY)
    wide = RULES.tightened({"CAD-7.entry_from": "09:30", "CAD-7.last_child": "15:55", "CAD-7.entry_until": "16:00"})
    assert shown(entry_window(session, wide)) == ["09:45", "12:30"]
    assert f"{entries_end(session, wide):%H:%M}" == "12:30"


def test_no_entry_begins_behind_the_end_at_which_all_are_cancelled():
    late = RULES.tightened({"CAD-7.last_child": "11:30", "CAD-7.entry_until": "11:30"})
    assert shown(entry_window(xnys().session(THURSDAY), late)) == ["09:45", "11:30"]
    later = RULES.tightened({"CAD-7.last_child": "12:40", "CAD-7.entry_until": "12:45"})
    assert shown(entry_window(xnys().session(HALF_DAY), later)) == ["09:45", "12:30"]


@pytest.mark.parametrize(
    ("clock", "number"),
    [("09:40", None), ("09:45", 0), ("09:45:59", 0), ("09:46", None), ("09:50", 1), ("10:00", 3), ("10:55", 14),
     ("10:55:01", None), ("11:00", None)],
)  # fmt: skip
def test_there_is_an_attempt_every_five_minutes(clock, number):
    assert attempt(at(clock), RULES) == number


def test_the_window_has_fifteen_attempts_and_the_step_is_a_value():
    session = xnys().session(THURSDAY)
    assert attempts(session, RULES) == 15
    ten = RULES.tightened({"CAD-7.every": 10})
    assert attempts(session, ten) == 8
    assert [attempt(at(clock), ten) for clock in ("09:50", "09:55", "10:55")] == [None, 1, 7]


@pytest.mark.parametrize("grain", [Grain.COARSE, Grain.EOD])
def test_data_without_a_grid_has_one_attempt_whenever_it_comes(grain):
    assert attempt(at("10:09", grain=grain), RULES) == 0


def test_end_of_day_data_has_no_entry_window():
    assert outside_entry(at("16:00", grain=Grain.EOD), RULES) == ""
    assert outside_entry(at("15:00", grain=Grain.COARSE), RULES) == "outside the entry window 09:45-10:55"


@pytest.mark.parametrize(
    ("day", "clock", "inside"),
    [(THURSDAY, "14:29", False), (THURSDAY, "14:30", True), (THURSDAY, "15:45", True), (THURSDAY, "15:46", False),
     (HALF_DAY, "11:29", False), (HALF_DAY, "11:30", True), (HALF_DAY, "12:45", True), (HALF_DAY, "12:46", False)],
)  # fmt: skip
def test_positions_are_managed_from_ninety_to_fifteen_minutes_before_the_close(day, clock, inside):
    assert in_manage_window(at(clock, day), RULES) is inside


def test_a_session_that_closed_takes_no_order_and_end_of_day_only_none_in_what_expires():
    assert too_late(at("15:59"), None) == ""
    assert too_late(at("16:00"), None) == "the session closed at 16:00"
    assert too_late(at("13:00", HALF_DAY), None) == "the session closed at 13:00"
    eod = at("16:00", grain=Grain.EOD)
    assert too_late(eod, FRIDAY) == ""
    assert too_late(eod, THURSDAY).startswith("it traded for the last time")
    assert too_late(evolve(eod, grain=Grain.COARSE), FRIDAY) != ""
