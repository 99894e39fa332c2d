"""`Clock`: instants of a market's sessions, so that no test reads a wall clock."""

from datetime import UTC, date, datetime, time

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.calendar import NEW_YORK, Session
from allusr_sdk.testing.market import Market


@frozen
class Clock:
    """The stepped clock of a market: it stands where a test puts it."""

    market: Market

    def session(self, on: date | int) -> Session:
        """A session by its number, counted from 0, or by its date. Raises `InputError` for one that there is not."""
        day = self.market.day(on)
        found = {session.day: session for session in self.market.sessions}.get(day)
        if found is None:
            raise InputError(f"clock: {day} is no session of this market")
        return found

    def at(self, on: date | int, clock: str) -> datetime:
        """An instant of a session by New York clock ("10:00"), as aware UTC."""
        return datetime.combine(self.session(on).day, time.fromisoformat(clock), NEW_YORK).astimezone(UTC)
