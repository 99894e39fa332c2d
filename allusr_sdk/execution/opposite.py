"""Who stands opposite a desk: the crowd of a simulated venue, or the connection to a broker."""

from datetime import datetime
from typing import Protocol

from nautilus_trader.cache.cache import Cache
from nautilus_trader.model.events import OrderFilled

from allusr_sdk.execution.live import Live
from allusr_sdk.execution.showing import Showing


class Opposite(Protocol):
    """What a desk asks of the other side. It decides nothing; time is the desk's."""

    def meet(self, showing: Showing, cache: Cache) -> None:
        """Take the place opposite a desk that starts."""
        ...

    def turn(self) -> None:
        """An instant begins."""
        ...

    def takes(self, live: Live, now: datetime) -> bool:
        """Whether an order that is about to be sent is to leave; one that does not is lost on the way."""
        ...

    def refuses(self, live: Live) -> str:
        """Why an order that arrives is not accepted; empty where that is not known yet."""
        ...

    def cut(self, now: datetime) -> bool:
        """Whether nothing passes."""
        ...

    def arrived(self, live: Live) -> bool | None:
        """Whether an order is on the other side; None where that is unknown."""
        ...

    def knows(self, live: Live, now: datetime, *, cut: bool) -> bool | None:
        """The same, asked because nothing was heard of it (ORD-2)."""
        ...

    def trade(self, live: Live, *, end_of_day: bool) -> None:
        """A step of a ladder is over: let happen, or hear, what happened in it."""
        ...

    def insist(self, live: Live) -> None:
        """Ask once more for the end of an order that was asked for it (KS-6)."""
        ...

    def name(self, live: Live, event: OrderFilled) -> str:
        """What an execution is called in the journal; no two have one name."""
        ...

    def silences(self, live: Live) -> bool:
        """Whether the acknowledgement of an order gets lost."""
        ...

    def repeats(self, execution: str) -> bool:
        """Whether an execution is told twice."""
        ...
