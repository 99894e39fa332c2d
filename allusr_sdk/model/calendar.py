"""Exchange time: sessions, half days and week structure of XNYS (CAD-1, LQ-5)."""

import warnings
from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from attrs import frozen

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = "1990-01-02", "2045-12-31"


@frozen
class Session:
    """One trading session; `open` and `close` are aware New York times of the regular session."""

    day: date
    open: datetime
    close: datetime

    @property
    def half_day(self) -> bool:
        """Whether the session closes before 16:00 New York."""
        return self.close.time() < time(16)

    def at(self, hour: int, minute: int) -> datetime:
        """An instant of this session's day, by New York clock."""
        return datetime.combine(self.day, time(hour, minute), NEW_YORK)


class Calendar:
    """Sessions between two years, looked up by date. Dates outside raise `ValueError`: they are unknown."""

    def __init__(self, sessions: tuple[Session, ...]) -> None:
        self._sessions = sessions
        self._days = [s.day for s in sessions]

    def session(self, day: date) -> Session | None:
        """The session of a date, None on a weekend or holiday. Raises `ValueError` outside the calendar."""
        i = self._index(day)
        return self._sessions[i] if i < len(self._days) and self._days[i] == day else None

    def between(self, first: date, last: date) -> tuple[Session, ...]:
        """Sessions from `first` to `last`, both included. Raises `ValueError` where `first` is unknown."""
        return self._sessions[self._index(first) : bisect_right(self._days, last)]

    def sessions_left(self, day: date, expiry: date) -> int:
        """Number of sessions after `day` up to and including `expiry` (CAD-2)."""
        return bisect_right(self._days, expiry) - bisect_right(self._days, day)

    def after(self, day: date, count: int = 1) -> Session:
        """The `count`-th session after a date. Raises `ValueError` outside the calendar."""
        return self._nth(bisect_right(self._days, day) + count - 1, day)

    def before(self, day: date, count: int = 1) -> Session:
        """The `count`-th session before a date. Raises `ValueError` outside the calendar."""
        return self._nth(bisect_left(self._days, day) - count, day)

    def week(self, day: date) -> tuple[Session, ...]:
        """All sessions of the date's ISO week, Monday first. Raises `ValueError` outside the calendar."""
        monday = day - timedelta(days=day.weekday())
        return self.between(monday, monday + timedelta(days=6))

    def _nth(self, i: int, day: date) -> Session:
        if not 0 <= i < len(self._sessions):
            raise ValueError(
                f"the session wanted from {day} lies outside the calendar {self._days[0]} to {self._days[-1]}"
            )
        return self._sessions[i]

    def _index(self, day: date) -> int:
        if not self._days[0] <= day <= self._days[-1]:
            raise ValueError(f"{day} is outside the calendar {self._days[0]} to {self._days[-1]}")
        return bisect_left(self._days, day)


@lru_cache(maxsize=1)
def xnys() -> Calendar:
    """The New York Stock Exchange calendar from 1990 to 2045, whatever the day it is asked on."""
    from allusr_sdk.model import nyse  # heavy (pandas), so only when a calendar is asked for

    with warnings.catch_warnings():  # the library trips over pandas 3's deprecations, not we
        warnings.simplefilter("ignore", DeprecationWarning)
        hours = nyse.schedule(FIRST, LAST)
    opens, closes = (hours[name].dt.tz_convert(NEW_YORK).dt.to_pydatetime() for name in ("open", "close"))
    return Calendar(tuple(Session(o.date(), o, c) for o, c in zip(opens, closes, strict=True)))


@lru_cache(maxsize=1024)
def iso_week(day: date) -> str:
    """The ISO week of a date as ``2026-W07``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
