"""Where weeks began, by New York's midnight, and that those of the newest three are kept."""

from datetime import UTC, datetime

from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.starts import Start, Starts, monday
from allusr_sdk.model.calendar import NEW_YORK


def starts(*moments):
    """Of entries 1, 2 and so on at moments of New York, each after the one before."""
    made, fold = Starts(), Fold()
    for seq, moment in enumerate(moments):
        made.turn(datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK), seq, fold)
    return made


def test_a_week_begins_at_midnight_in_new_york_which_is_told_in_utc():
    assert monday("2026-W07") == datetime(2026, 2, 9, 5, tzinfo=UTC)
    assert monday("2026-W28") == datetime(2026, 7, 6, 4, tzinfo=UTC)
    assert monday("2026-W07").tzinfo is UTC


def test_a_start_is_behind_the_last_entry_before_the_week():
    made = starts("2026-02-15T23:00", "2026-02-16T00:00", "2026-02-16T00:01", "2026-02-23T00:00")
    assert [made.of(f"2026-W{week:02}") for week in (7, 8, 9, 10)] == [
        Start(0, Fold().book), Start(1, Fold().book), Start(3, Fold().book), None,
    ]  # fmt: skip


def test_the_starts_of_three_weeks_are_kept_and_no_more():
    made = starts("2026-02-09", "2026-02-16", "2026-02-23", "2026-03-02")
    kept = [made.of(f"2026-W{week:02}") for week in (7, 8, 9, 10)]
    assert [start and start.seq for start in kept] == [None, 1, 2, 3]
