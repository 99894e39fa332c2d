"""The market's time, and which instants of it a run decides at."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.model.calendar import Session

LATE = timedelta(seconds=60)
"""An instant that was missed by more is left out: an engine that was busy goes on with the next."""
NOW = timedelta(hours=12)
"""A gateway whose clock is within this of ours shows the market of now."""


class GatewayClock:
    """The gateway's time; while it does not answer, what has gone by on ours since it did."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._known: datetime | None = None
        self._heard = 0.0

    def now(self) -> datetime:
        """The time, and whatever was sent before it is heard. Raises `BrokerSilent` where it was never told."""
        try:
            self._known, self._heard = self._port.time(), monotonic()
        except BrokerSilent:
            if self._known is None:
                raise
            return self._known + timedelta(seconds=int(monotonic() - self._heard))
        return self._known


def refuse_stamps(now: datetime) -> None:
    """Instants of stamps alone are for markets that are not of now (CAD-14). Raises `InputError`."""
    if abs(now - datetime.now(UTC)) < NOW:
        raise InputError(
            "CAD-14: ibkr.grid = 0 is for a simulator that serves snapshots: this gateway's clock is of now: give 5"
        )


def due(session: Session, now: datetime, minutes: int, last: datetime | None) -> datetime | None:
    """The instant of the session's grid that is due now; None where none is, or the newest was taken or missed."""
    opened, step = session.open.astimezone(UTC), timedelta(minutes=minutes)
    if not opened <= now <= session.close.astimezone(UTC) + LATE:
        return None
    at = min(opened + (now - opened) // step * step, session.close.astimezone(UTC))
    return at if now - at <= LATE and (last is None or at > last) else None
