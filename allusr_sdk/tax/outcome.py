"""What a tax year comes to by one mode: what the forms and the page show (TX-3 to TX-8)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property

from attrs import field, frozen

from allusr_sdk.model.money import ZERO
from allusr_sdk.tax.dividends import DividendLine
from allusr_sdk.tax.forms import Line8949, Totals, lines_8949
from allusr_sdk.tax.index_options import Line6781
from allusr_sdk.tax.parcels import Parcel, Parcels
from allusr_sdk.tax.reserve import QuarterReserve
from allusr_sdk.tax.straddles import Deferral
from allusr_sdk.tax.wash import Flag


@frozen
class OpenLot:
    """What is still open when the year ends, with its basis for tax: the start of the next year.

    Attributes:
        quantity: signed units.
        acquired: day of the purchase, earlier by what a wash sale tacks on.
        since: day behind which the holding period begins.
        book, basis: dollars that it cost (brought, where it was written), in the books and for tax.
    """

    ledger: str
    instrument: str
    quantity: int
    acquired: date
    since: date
    book: Decimal
    basis: Decimal


@frozen
class TaxYear:
    """A year by one mode. Dollars throughout.

    Attributes:
        year, mode, method: which year, and by what.
        asof: the year's end, or the journal's last day in a year that runs; `complete` tells them apart.
        ended: what ended in the year and has a line on Form 8949.
        index: Form 6781, Part I.
        waiting: Form 6781, Part II: losses on covered calls (taxpayer's mode alone).
        totals: Schedule D.
        dividends: Form 1099-DIV, boxes 1a and 1b.
        reserve: the tax reserve by quarter.
        lots: what is open at the end.
        moved: losses that went to accounts elsewhere, by account.
        flags: what a person should look at.
        unknown: what could not be worked out; the forms are not complete where there is any.
        parcels: what all this was read off.
    """

    year: int
    mode: str
    method: str
    asof: date
    complete: bool
    ended: tuple[Parcel, ...]
    index: tuple[Line6781, ...]
    waiting: tuple[Deferral, ...]
    totals: tuple[Totals, ...]
    dividends: tuple[DividendLine, ...]
    reserve: tuple[QuarterReserve, ...]
    lots: tuple[OpenLot, ...]
    moved: Mapping[str, Decimal]
    flags: tuple[Flag, ...]
    unknown: tuple[str, ...]
    parcels: Parcels = field(repr=False)

    @cached_property
    def lines(self) -> tuple[Line8949, ...]:
        """Form 8949."""
        return lines_8949(self.ended)

    def net(self, *, long_term: bool) -> Decimal:
        """Short-term or long-term result."""
        return sum((t.gain for t in self.totals if t.long_term is long_term), ZERO)

    @cached_property
    def gain(self) -> Decimal:
        """All of Schedule D."""
        return self.net(long_term=False) + self.net(long_term=True)
