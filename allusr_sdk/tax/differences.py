"""From the books' realised result to what each mode makes of the year, cause by cause (TX-3 to TX-7)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.money import ZERO
from allusr_sdk.tax.outcome import TaxYear
from allusr_sdk.tax.parcels import Parcel, total


@frozen
class Difference:
    """A cause, dollars: what it adds to the result in each mode. First the books' own, last the sum."""

    cause: str
    rule: str
    broker: Decimal
    taxpayer: Decimal


def differences(
    booked: Decimal, fifo: Decimal, indices: frozenset[str], modes: Sequence[TaxYear]
) -> tuple[Difference, ...]:
    """Rows that sum to each mode's Schedule D.

    Args:
        booked: what the books realised on positions in the year.
        fifo: what ended in the year by first in, first out, with nothing adjusted.
        indices: underlyings of section 1256.
        modes: the year by the broker's mode and by the taxpayer's.
    """
    steps = [_steps(mode, fifo, indices) for mode in modes]
    rows = [
        Difference("Books: realised, first in, first out", "LG-2", booked, booked),
        Difference("Counted in another year than booked, or corrected after the end", "TX-1", *[fifo - booked] * 2),
    ]
    for i, (cause, rule) in enumerate(_CAUSES):
        rows.append(Difference(cause, rule, steps[0][i], steps[1][i]))
    return (*rows, Difference("Schedule D", "TX-2", *(mode.gain for mode in modes)))


_CAUSES = (
    ("Other lots chosen", "TX-3"),
    ("Section 1256: marks at the year's ends", "TX-5"),
    ("Wash sales: losses disallowed", "TX-4"),
    ("Wash sales: earlier losses in the basis of what ended", "TX-4"),
    ("Straddles: losses that wait", "TX-7"),
    ("Straddles: losses of earlier years that count", "TX-7"),
)


def _steps(mode: TaxYear, fifo: Decimal, indices: frozenset[str]) -> tuple[Decimal, ...]:
    ended = ended_in(mode.parcels, mode.year)
    index = sum((line.gain for line in mode.index), ZERO)
    return (
        bare(ended) - fifo,
        index - bare([p for p in ended if p.symbol in indices]),
        total(ended, "disallowed"),
        -total(ended, "moved"),
        sum((row.deferred for row in mode.waiting if not row.carried), ZERO),
        -sum((row.recognised for row in mode.waiting if row.carried), ZERO),
    )


def ended_in(parcels: Iterable[Parcel], year: int) -> list[Parcel]:
    """What ended in a year with a result of its own."""
    return [p for p in parcels if p.end is not None and p.end.day.year == year and not p.carried]


def bare(parcels: Iterable[Parcel]) -> Decimal:
    """Results with nothing moved into a basis, dollars."""
    return sum((p.result + p.moved for p in parcels), ZERO)
