"""What a test broker keeps: orders with their ends, the manners it was told to have, and a journal of all of it."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import gcd

from attrs import field, frozen

from allusr_sdk.model.broker import Execution, OpenOrder, Report, Ticket
from allusr_sdk.model.options import Contract

WORKING = "working"
ENDS = ("filled", "canceled", "expired", "rejected", "lost")


@frozen(kw_only=True)
class Placed:
    """An order that was handed in.

    Attributes:
        number: the broker's own name of it.
        status: `working`, or one of `ENDS`; a `lost` one works no more and nobody was told.
        limit: that it works at now.
        left: lots that it still misses: contracts, shares or whole combos.
        filling: whether its limit was good enough to fill, so that the rest of it follows.
    """

    number: str
    ticket: Ticket
    limit: Decimal
    left: int
    status: str = WORKING
    filling: bool = False

    @property
    def working(self) -> bool:
        """Whether it can still be filled."""
        return self.status == WORKING

    @property
    def each(self) -> tuple[int, ...]:
        """Signed contracts or shares of each leg in one lot."""
        return tuple(part.quantity // lots(self.ticket) for part in self.ticket.legs)

    def shown(self) -> OpenOrder:
        """As a statement has it."""
        leg = self.ticket.legs[0]
        return OpenOrder(
            number=self.number, reference=self.ticket.reference, instrument=leg.instrument,
            left=self.left * self.each[0], limit=self.limit,
        )  # fmt: skip


@frozen(kw_only=True)
class News:
    """One thing that is told: a report or an execution. `number` counts what was told, from 1."""

    number: int = 0
    report: Report | None = None
    execution: Execution | None = None

    @property
    def what(self) -> Report | Execution:
        """The one of the two that it is."""
        if self.report is not None:
            return self.report
        if self.execution is not None:
            return self.execution
        raise ValueError("news of nothing")


@frozen(kw_only=True)
class Entry:
    """A line of the journal.

    Attributes:
        at: last instant that the broker was told.
        who: `engine` or `control` for what was asked, `broker` for what came of it.
        verb: method that was called; of the broker's own, the status of a report, or `execution`.
        detail: JSON of what came with it.
    """

    number: int
    at: datetime
    who: str
    verb: str
    reference: str = ""
    detail: str = ""


@frozen(kw_only=True)
class Planned:
    """A deed of the control's for an instant of the engine's market, its arguments as JSON."""

    at: datetime
    deed: str
    give: str


@frozen(kw_only=True)
class Rules:
    """How limits fill and what it costs.

    Attributes:
        fills: `touch` fills what reaches the touch, `seeded` draws for what rests inside, `never` waits for a test.
        partial: contracts or shares at a time, the next with each later instant; 0 for all at once.
        option, share: fees in dollars for each.
    """

    fills: str = field(default="touch")
    seed: int = 7
    partial: int = 0
    option: Decimal = Decimal("0.65")
    share: Decimal = Decimal("0.005")

    @fills.validator
    def _known(self, _: object, value: str) -> None:
        if value not in ("touch", "seeded", "never"):
            raise ValueError(f"fills {value!r}: expected touch, seeded or never")


def lots(ticket: Ticket) -> int:
    """How many of the smallest unit a ticket asks for: contracts or shares of one leg, whole combos of two."""
    return gcd(*(part.quantity for part in ticket.legs))


@lru_cache(maxsize=4096)
def contract(instrument: str) -> Contract | None:
    """The option behind an instrument; None for shares. Raises `ValueError` for an OSI symbol that cannot be read."""
    return Contract.parse(instrument, adjusted=True) if any(c.isdigit() for c in instrument) else None
