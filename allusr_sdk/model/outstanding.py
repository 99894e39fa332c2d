"""Orders as the books see them: those whose end is not known, and those that a session sent."""

from datetime import datetime
from decimal import Decimal

from attrs import Factory, field, frozen

from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import Contract

HEDGE = "hedge"
"""How the cause of an order or position begins that hedges (PE-10)."""

LADDER = "ladder"
"""The cause of an order or position that is a rung of a growth ladder (LL-1)."""


@frozen
class Working:
    """An order whose end is not known yet. `reserve` is the cash it would need if it filled now, in dollars.

    `sent` is the instant of its intent, `position` the key of what it leaves. Of a roll or spread, which have two legs,
    it shows the one sold, and `legs` names both. `sold` tells its side; unsaid, openings write options and buy shares.
    """

    key: str
    ledger: str
    symbol: str
    contract: Contract | None
    quantity: int
    opening: bool
    reserve: Decimal = ZERO
    cause: str = ""
    parent: str = ""
    sent: datetime | None = None
    position: str = ""
    sold: bool = field(
        default=Factory(lambda self: self.opening == (self.contract is not None), takes_self=True), kw_only=True
    )
    legs: tuple[str, ...] = field(
        default=Factory(lambda self: (self.contract.osi if self.contract else self.symbol,), takes_self=True),
        kw_only=True,
    )

    @property
    def hedges(self) -> bool:
        """Whether it opens a hedge (PE-10)."""
        return self.cause.startswith(HEDGE)

    @property
    def buys(self) -> bool:
        """Whether it opens by buying options: a hedge or a ladder's rung, which need no cover."""
        return self.hedges or self.cause == LADDER


@frozen
class Sent:
    """An order of the running session by its first leg: `quantity` is signed, `at` the instant at which it leaves.

    Slices of one decision share a `group`, the key of the first of them (LQ-3).
    """

    ledger: str
    symbol: str
    instrument: str
    quantity: int
    opening: bool
    at: datetime
    group: str
