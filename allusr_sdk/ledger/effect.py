"""What an event did to one ledger's cash and lots, before it is written as double entry."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.ledger.lots import Ended
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import Lot

Lots = Mapping[str, tuple[Lot, ...]]
"""Lots by instrument, oldest first."""


@frozen
class Outcome:
    """What happened to one ledger.

    Attributes:
        cash: dollars that came in (positive) or went out.
        ended: parts of lots that ended, first in first.
        opened: the lots that were bought, written, or go on restated.
        lots: the lots of every touched instrument afterwards.
        equity: dollars by equity account, positive when equity rises.
        symbol: the share that `equity` came from, where there is one.
        instrument: what of it, where that is not the share.
        renamed: new name by old of what goes on restated; shares keep theirs.
        ratio: units for each old one of what is renamed.
        fee, premium: memo of fees paid and of gross premium taken, dollars; both are inside the other amounts.
        improvement: memo of the dollars by which the touch was beaten.
    """

    cash: Decimal = ZERO
    ended: tuple[Ended, ...] = ()
    opened: tuple[Lot, ...] = ()
    lots: Lots = Factory(dict)
    equity: Mapping[str, Decimal] = Factory(dict)
    symbol: str = ""
    instrument: str = ""
    renamed: Mapping[str, str] = Factory(dict)
    ratio: int = 1
    fee: Decimal = ZERO
    premium: Decimal = ZERO
    improvement: Decimal = ZERO
