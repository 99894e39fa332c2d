"""Lots: what is opened together, and first-in-first-out matching of what ends (TX-3)."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from attrs import evolve, frozen

from allusr_sdk.model.money import ZERO, share_out, usd
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Lot

_LONGEST_SHARE_SYMBOL = 15  # an OSI symbol is a root and fifteen characters


class How(StrEnum):
    """How a part of a lot ended. What is carried goes on in the basis or proceeds of shares (TX-1), or restated."""

    CLOSED = "closed"
    EXPIRED = "expired"
    SETTLED = "settled"
    CARRIED = "carried"


@frozen
class Ended:
    """A part of a lot that ended.

    Attributes:
        lot: the part, with its share of the lot's amount.
        against: dollars that ending it cost (written) or brought (owned); None when it was carried into shares.
        how: what ended it.
    """

    lot: Lot
    against: Decimal | None
    how: How

    @property
    def gain(self) -> Decimal:
        """Realised result in dollars; zero for what was carried."""
        if self.against is None:
            return ZERO
        return self.lot.amount - self.against if self.lot.quantity < 0 else self.against - self.lot.amount


@lru_cache(maxsize=8192)
def contract_of(instrument: str) -> Contract | None:
    """The contract that an instrument names, adjusted ones included, or None for shares."""
    return Contract.parse(instrument, adjusted=True) if len(instrument) > _LONGEST_SHARE_SYMBOL else None


def instrument_of(symbol: str, contract: Contract | None) -> str:
    """The name under which lots of it are kept: the OSI symbol, or the share's."""
    return contract.osi if contract else symbol


def held(lots: Sequence[Lot]) -> int:
    """Signed number of units in lots."""
    return sum(lot.quantity for lot in lots)


def standing(lot: Lot) -> Decimal:
    """Dollars at which a lot stands in the books, debits positive: what is written counts against."""
    return -lot.amount if lot.quantity < 0 else lot.amount


def take(lots: Sequence[Lot], quantity: int) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    """Split lots of one sign into the first `quantity` units (of that sign) and the rest, in whole cents.

    Raises:
        ValueError: when the lots do not hold as much.
    """
    if quantity * held(lots) < 0 or abs(quantity) > abs(held(lots)):
        raise ValueError(f"{quantity} of {held(lots)} held")
    taken: list[Lot] = []
    for i, lot in enumerate(lots):
        if quantity == 0:
            return tuple(taken), tuple(lots[i:])
        if abs(lot.quantity) > abs(quantity):
            first, rest = cut(lot, quantity)
            return (*taken, first), (rest, *lots[i + 1 :])
        taken.append(lot)
        quantity -= lot.quantity
    return tuple(taken), ()


def cut(lot: Lot, quantity: int) -> tuple[Lot, Lot]:
    """One lot as two, the first of `quantity` units."""
    rest = lot.quantity - quantity
    mine, other = spread(lot.amount, [abs(quantity), abs(rest)])
    return evolve(lot, quantity=quantity, amount=mine), evolve(lot, quantity=rest, amount=other)


def spread(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """`share_out` for totals of either sign: what fees have turned negative is split like what they have not."""
    sign = -1 if total < 0 else 1
    return [usd(sign * part) for part in share_out(abs(total), weights)]


def ended(parts: Sequence[Lot], total: Decimal, how: How) -> tuple[Ended, ...]:
    """Parts that ended together for `total` dollars, shared out by quantity."""
    shares = spread(total, [abs(part.quantity) for part in parts])
    return tuple(Ended(part, share, how) for part, share in zip(parts, shares, strict=True))


def carried(parts: Sequence[Lot]) -> tuple[tuple[Ended, ...], Decimal]:
    """Parts whose amount goes on into shares, and the sum of those amounts in dollars."""
    return tuple(Ended(p, None, How.CARRIED) for p in parts), sum((p.amount for p in parts), ZERO)
