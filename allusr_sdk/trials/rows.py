"""A row a variant: what was set, and what came out over its seeds."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import fmean

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.judged import Judged
from allusr_sdk.trials.sweep import Outcome, Result, Sweep

SHARPE, CAGR, TOTAL = "sharpe", "cagr", "total"


@frozen(kw_only=True)
class Cell:
    """A measure of a row: the mean over its seeds, and from where to where it reaches.

    Attributes:
        low: of one seed the interval's lower end; of several the lowest of them. `high` likewise.
    """

    key: str
    label: str
    unit: str
    value: float | None
    low: float | None
    high: float | None


@frozen(kw_only=True)
class Row:
    """A variant with its result.

    Attributes:
        row: its number.
        values: what was set, by key.
        ended: how many of its trials came to their end, of `seeds`.
        why: why the others did not; empty where all did.
        heads: hashes of the journals' last entries, by seed.
    """

    row: int
    values: Mapping[str, str]
    seeds: int
    ended: int
    cells: tuple[Cell, ...]
    heads: Mapping[int, str]
    why: str = ""

    def cell(self, key: str) -> Cell | None:
        """A measure; None where the row has none such."""
        return next((cell for cell in self.cells if cell.key == key), None)

    @property
    def said(self) -> str:
        """What was set, in a line."""
        return ", ".join(f"{key}={value}" for key, value in self.values.items())


def rows(sweep: Sweep, results: Mapping[int, Result], found: Judged) -> tuple[Row, ...]:
    """Every variant as a row, from the highest Sharpe ratio to the lowest; those without one last."""
    keys = [axis.key for axis in sweep.space.axes]
    made = []
    for number, group in groupby(sweep.trials, key=lambda trial: trial.variant.number):
        trials = tuple(group)
        told = {trial.seed: results.get(trial.number) for trial in trials}
        ended = {seed: one for seed, one in told.items() if isinstance(one, Outcome)}
        made.append(Row(
            row=number, values=dict(zip(keys, trials[0].variant.values, strict=True)), seeds=len(trials),
            ended=len(ended), cells=tuple(_cells(tuple(ended.values()), found.ratios[number])),
            heads={seed: one.head for seed, one in ended.items()}, why=_why(tuple(told.values())),
        ))  # fmt: skip
    return tuple(sorted(made, key=_rank))


def row_of(found: Sequence[Row], number: int) -> Row:
    """A row by its number. Raises `InputError` where there is none."""
    for row in found:
        if row.row == number:
            return row
    raise InputError(f"row {number}: the sweep has rows 1 to {len(found)}")


def growth(found: Sequence[Row]) -> str:
    """The measure by which growth of rows is told: a year, where one is long enough for that, else over the period."""
    cells = (row.cell(CAGR) for row in found)
    return CAGR if any(cell is not None and cell.value is not None for cell in cells) else TOTAL


def _rank(row: Row) -> tuple[bool, float, int]:
    cell = row.cell(SHARPE)
    value = None if cell is None else cell.value
    return value is None, -(value or 0.0), row.row


def _cells(ended: Sequence[Outcome], ratio: float | None) -> Iterator[Cell]:
    for first in ended[0].estimates if ended else ():
        several = [one for one in (outcome.estimate(first.key) for outcome in ended) if one is not None]
        values = [one.value for one in several if one.value is not None]
        value = ratio if first.key == SHARPE else fmean(values) if values else None  # by that ratio rows are ranked
        ends = (first.low, first.high) if len(ended) == 1 else (min(values, default=None), max(values, default=None))
        value, low, high = (_told(number, first.unit) for number in (value, *ends))
        yield Cell(key=first.key, label=first.label, unit=first.unit, value=value, low=low, high=high)


def _told(value: float | None, unit: str) -> float | None:
    """Six significant digits; a count is whole."""
    if value is None:
        return None
    return round(value) if unit == "count" else float(f"{value:.6g}")


def _why(results: Sequence[Result | None]) -> str:
    if bad := next((one for one in results if isinstance(one, Failed)), None):
        return str(bad)
    return "" if all(results) else "not tried yet"
