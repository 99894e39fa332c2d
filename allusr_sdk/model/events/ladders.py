"""What a ladder of long-dated options holds at the end of a quarter (LL-2 to LL-4)."""

from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Stated:
    """One rung: signed contracts, what they cost with fees, the last mark a share, and the value at it, dollars.

    `mark` is None before the first one; the value is then that of the opening price.
    """

    position: str
    quantity: int
    cost: Decimal
    mark: Decimal | None
    value: Decimal


@frozen(kw_only=True)
class LadderStated(Event):
    """A ladder at the end of a quarter: what it may spend, what its rungs cost and are worth, what it has realised.

    Amounts are dollars; `realised` counts since the ladder began.
    """

    quarter: str
    budget: Decimal
    cost: Decimal
    value: Decimal
    realised: Decimal
    rungs: tuple[Stated, ...] = ()
