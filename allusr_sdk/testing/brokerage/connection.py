"""`Connection`: the test broker as the engine's `Broker`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from allusr_sdk.model.broker import Execution, Identity, Report, Statement, Ticket
from allusr_sdk.testing.brokerage.line import TIMEOUT, Line
from allusr_sdk.testing.brokerage.records import News


class Connection:
    """A connection to a test broker's account (`allusr_sdk.contracts.broker.Broker`).

    News are confirmed by asking for the next ones: what came in an answer that was lost comes again, and a new
    connection hears what the one before it had not confirmed. So the same execution may be told twice.

    Args:
        place: file in which the process writes its ports.
        timeout: seconds that a question waits before `BrokerSilent` is raised.
    """

    def __init__(self, place: Path | str, timeout: float = TIMEOUT) -> None:
        self._line = Line(Path(place), "engine", timeout)
        self._seen = 0

    def identity(self) -> Identity:
        """Whose account this is."""
        return self._line.ask(Identity, "identity")

    def statement(self, at: datetime) -> Statement:
        """The account as it is now."""
        return self._line.ask(Statement, "statement", at=at)

    def submit(self, ticket: Ticket) -> None:
        """Hand an order in, once a reference."""
        self._line.ask(type(None), "submit", ticket=ticket)

    def reprice(self, reference: str, limit: Decimal) -> None:
        """Move the limit of a working order."""
        self._line.ask(type(None), "reprice", reference=reference, limit=limit)

    def cancel(self, reference: str) -> None:
        """Ask for a working order's end."""
        self._line.ask(type(None), "cancel", reference=reference)

    def news(self, at: datetime) -> Sequence[Report | Execution]:
        """What happened since the last time, in the broker's order."""
        told = self._line.ask(list[News], "news", at=at, seen=self._seen)
        self._seen = max((each.number for each in told), default=self._seen)
        return tuple(each.what for each in told)

    def close(self) -> None:
        """Let the connection go; orders stay."""
        self._line.close()
