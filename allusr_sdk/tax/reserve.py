"""The tax reserve by quarter (TX-8): what the rule sets apart, beside what was appropriated."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger.tax import TaxEntry
from allusr_sdk.model.events import Reinvested
from allusr_sdk.model.money import ZERO, usd


@frozen
class QuarterReserve:
    """A quarter, dollars.

    Attributes:
        quarter: ``2026-Q1``.
        gain: net result that counts in it, dividends included.
        base: what of it is left after losses that earlier quarters of the year carried on.
        wanted: the reserve's share of that.
        appropriated: what `Reinvested` entries for the quarter set apart, all ledgers together.
    """

    quarter: str
    gain: Decimal
    base: Decimal
    wanted: Decimal
    appropriated: Decimal


def reserves(
    year: int, gains: Mapping[int, Decimal], booked: Iterable[TaxEntry], share: Decimal
) -> tuple[QuarterReserve, ...]:
    """The four quarters of a year.

    Args:
        year: tax year.
        gains: net results by quarter, 1 to 4, dollars.
        booked: the journal's appropriations.
        share: of the net gain that is set apart.
    """
    appropriated: dict[str, Decimal] = {}
    for entry in booked:
        if isinstance(entry.event, Reinvested):
            quarter = entry.event.quarter
            appropriated[quarter] = appropriated.get(quarter, ZERO) + entry.event.reserve
    rows: list[QuarterReserve] = []
    carried = ZERO
    for number in range(1, 5):
        gain, label = gains.get(number, ZERO), f"{year}-Q{number}"
        base = max(gain + carried, ZERO)
        carried = min(gain + carried, ZERO)
        rows.append(QuarterReserve(label, gain, base, usd(base * share), appropriated.get(label, ZERO)))
    return tuple(rows)
