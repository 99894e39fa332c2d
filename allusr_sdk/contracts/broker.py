"""What a broker connection can be asked for. A run asks in turn and waits for each answer, a bounded time."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from allusr_sdk.model.broker import (
    CashLine,
    Execution,
    Holding,
    Identity,
    OpenOrder,
    Part,
    Report,
    Statement,
    Ticket,
    key_of,
    reference,
)

__all__ = [
    "Broker",
    "CashLine",
    "Execution",
    "Holding",
    "Identity",
    "OpenOrder",
    "Part",
    "Report",
    "Statement",
    "Ticket",
    "key_of",
    "reference",
]


class Broker(Protocol):
    """A connection to one account. Making it connects to nothing; the first question does.

    Every method raises `BrokerSilent` where no answer came in time or the connection is gone. Then it is unknown
    whether what was asked for was done: nothing is sent again before the broker was asked (RULE-2, ORD-2).
    """

    def identity(self) -> Identity:
        """Whose account this is."""
        ...

    def statement(self, at: datetime) -> Statement:
        """The account as it is now; `at` is the instant of the run's market."""
        ...

    def submit(self, ticket: Ticket) -> None:
        """Hand an order in. One whose reference the broker knows already is not taken twice."""
        ...

    def reprice(self, reference: str, limit: Decimal) -> None:
        """Move the limit of a working order."""
        ...

    def cancel(self, reference: str) -> None:
        """Ask for a working order's end; what became of it comes by `news`."""
        ...

    def news(self, at: datetime) -> Sequence[Report | Execution]:
        """What happened since the last time, in the broker's order; `at` is the instant of the run's market."""
        ...

    def close(self) -> None:
        """Let the connection go. Orders stay as they are."""
        ...
