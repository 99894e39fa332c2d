"""Options on broad indices (section 1256, TX-5): marked at each year's end, sixty parts long-term and forty short."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger.lots import spread
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.tax.parcels import Parcel

Marks = Mapping[int, Mapping[str, Decimal]]
"""Value per share at the end of each year, dollars, by instrument."""


@frozen
class Line6781:
    """A line of Part I of Form 6781: what one parcel made in one year, dollars.

    Attributes:
        description, instrument, quantity, ledger: what it was.
        opened, until: day it was opened, and the day it ended or was marked.
        before: its basis (owned) or premium (written) for the year: the last mark, if it was open when the year began.
        value: what ending it brought or cost, or its mark.
        gain: result of the year.
        marked: whether it was marked and not ended; its next year begins at `value`.
    """

    description: str
    instrument: str
    quantity: int
    ledger: str
    opened: date
    until: date
    before: Decimal
    value: Decimal
    gain: Decimal
    marked: bool


def lines_6781(
    parcels: Iterable[Parcel], year: int, asof: date, marks: Marks, unknown: list[str]
) -> tuple[Line6781, ...]:
    """Part I for a year.

    Args:
        parcels: those of section 1256.
        year: tax year.
        asof: the year's end, or the last day that the journal knows of it.
        marks: at the ends of this and earlier years.
        unknown: takes a line for each contract that has no mark: it is left out, and the form is not complete.
    """
    found = (_line(parcel, year, asof, marks, unknown) for parcel in parcels if _lives(parcel, year))
    return tuple(sorted((line for line in found if line), key=lambda x: (x.until, x.instrument, x.opened)))


def sixty_forty(gain: Decimal, long_share: Decimal) -> tuple[Decimal, Decimal]:
    """Long-term and short-term part of a result, whole cents that sum to it."""
    weights = [int(long_share * 100), int((1 - long_share) * 100)]
    long, short = spread(gain, weights)
    return long, short


def open_years(parcels: Iterable[Parcel], upto: int) -> Iterator[int]:
    """Years at whose end a parcel was open, to be marked; up to a tax year."""
    for parcel in parcels:
        yield from range(parcel.opened.year, parcel.end.day.year if parcel.end else upto + 1)


def _lives(parcel: Parcel, year: int) -> bool:
    return parcel.opened.year <= year and (parcel.end is None or parcel.end.day.year >= year)


def _line(parcel: Parcel, year: int, asof: date, marks: Marks, unknown: list[str]) -> Line6781 | None:
    ends = parcel.end is not None and parcel.end.day.year == year
    value = parcel.against if ends else _marked(parcel, year, marks)
    if value is None:
        unknown.append(f"{parcel.ledger}: {parcel.instrument} has no mark at the end of {year}, so Part I of Form 6781 "
                       "is not complete (TX-5)")  # fmt: skip
        return None
    earlier = (_marked(parcel, y, marks) for y in range(year - 1, parcel.opened.year - 1, -1))
    before = next((mark for mark in earlier if mark is not None), parcel.amount)
    gain = before - value if parcel.written else value - before
    until = parcel.end.day if parcel.end and ends else asof
    return Line6781(
        parcel.description, parcel.instrument, parcel.quantity, parcel.ledger, parcel.opened, until,
        before, value, gain, marked=not ends,
    )  # fmt: skip


def _marked(parcel: Parcel, year: int, marks: Marks) -> Decimal | None:
    mark = marks.get(year, {}).get(parcel.instrument)
    return None if mark is None else usd(mark * abs(parcel.quantity) * MULTIPLIER)


def total_6781(lines: Iterable[Line6781]) -> Decimal:
    """Net result of Part I, dollars."""
    return sum((line.gain for line in lines), ZERO)
