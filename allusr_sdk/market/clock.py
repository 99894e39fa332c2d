"""When a session's steps are, and to which of them a reading of the market belongs."""

from datetime import UTC, date, datetime, timedelta

from allusr_sdk.model.calendar import NEW_YORK, Calendar, Session

GRID = timedelta(minutes=5)
"""Between two instants of a market that has a grid (CAD-7)."""

# Each session ends with a closing step this long after its close; VIX's last value comes then (CAD-14).
AFTER_CLOSE = timedelta(minutes=15)


def session_of(calendar: Calendar, day: date) -> Session | None:
    """The session of a date; None too where the calendar does not reach."""
    try:
        return calendar.session(day)
    except ValueError:
        return None


def closing(session: Session) -> datetime:
    """The instant of a session's closing step, in UTC."""
    return (session.close + AFTER_CLOSE).astimezone(UTC)


def instant_of(moment: date | datetime, calendar: Calendar) -> datetime | str:
    """The instant in UTC at which a reading is fresh, or in words why there is none.

    A date is its session's close; what is read after a close is that close's.
    """
    local = moment.astimezone(NEW_YORK) if isinstance(moment, datetime) else None
    day = moment if local is None else local.date()
    session = session_of(calendar, day)
    if session is None:
        return f"snapshot dated {day}, not a session: skipped"
    if local is not None and local < session.open:
        return f"snapshot of {local:%Y-%m-%d %H:%M:%S} New York is before the open: skipped"
    return (session.close if local is None else min(local, session.close)).astimezone(UTC)
