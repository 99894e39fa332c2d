"""What companies and exchanges do to what is held (LQ-7)."""

from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class DividendPaid(Event):
    """A cash dividend that was booked as paid on its ex-date, as no run writes it any more: `DividendAccrued` does.

    `per_share` and `cash` in dollars.
    """

    shares: int
    per_share: Decimal
    cash: Decimal


@frozen(kw_only=True)
class SplitApplied(Event):
    """`ratio` new shares for each old one: strikes, contracts, basis and reservations restated, no cash moved."""

    ratio: int


@frozen(kw_only=True)
class Adjusted(Event):
    """A contract whose deliverable is no longer 100 shares: it keeps its terms under another root and is left.

    `instrument` is the OSI symbol before, `root` the root after, e.g. ``XYZ1``.
    """

    instrument: str
    root: str
    why: str


@frozen(kw_only=True)
class TradingHalted(Event):
    """Trading in the symbol is halted, or goes on again (`resumed`); nothing that adds risk is sent meanwhile."""

    resumed: bool = False
    why: str = ""
