"""A sweep as Parquet: a row a trial, and a row a trial and day."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.headings import headings
from allusr_sdk.trials.judged import Judged, telling
from allusr_sdk.trials.sweep import Outcome, Result, Sweep, Trial

if TYPE_CHECKING:
    import pyarrow as pa

TRIALS, RETURNS = "trials.parquet", "returns.parquet"

Value = str | int | float | None


def write(folder: Path, sweep: Sweep, results: Mapping[int, Result], found: Judged) -> tuple[Path, Path]:
    """Write both tables into a folder, each whole or not at all, and return where they are.

    Both carry what has to be known of them as metadata: headings, judgement, market, rulebook.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = {"headings": "\n".join(headings(sweep)), "judgement": "\n".join(telling(found)), **sweep.shared}
    made = {TRIALS: pa.Table.from_pylist(_trials(sweep, results)), RETURNS: _returns(results)}
    for name, table in made.items():
        fresh = folder / f"{name}.new"
        pq.write_table(table.replace_schema_metadata(told), fresh)
        fresh.replace(folder / name)
    return folder / TRIALS, folder / RETURNS


def _trials(sweep: Sweep, results: Mapping[int, Result]) -> list[dict[str, Value]]:
    rows = [dict(_row(sweep, trial, results.get(trial.number))) for trial in sweep.trials]
    names = dict.fromkeys(name for row in rows for name in row)
    numbers = {axis.key for axis in sweep.space.axes if all(_number(row[axis.key]) is not None for row in rows)}
    return [{name: _number(row.get(name)) if name in numbers else row.get(name) for name in names} for row in rows]


def _row(sweep: Sweep, trial: Trial, result: Result | None) -> Iterator[tuple[str, Value]]:
    yield from (("trial", trial.number), ("row", trial.variant.number), ("seed", trial.seed))
    yield from zip((axis.key for axis in sweep.space.axes), trial.variant.values, strict=True)
    yield from (("options", sweep.prices), ("status", status(result)), ("reason", _reason(result)))
    if isinstance(result, Outcome):
        yield from (("head", result.head), ("entries", result.entries))
        for one in result.estimates:
            yield from ((one.key, one.value), (f"{one.key}_low", one.low), (f"{one.key}_high", one.high))


def status(result: Result | None) -> str:
    """What became of a trial: ended, refused, failed or missing."""
    if isinstance(result, Failed):
        return "refused" if result.refused else "failed"
    return "missing" if result is None else "ended"


def _reason(result: Result | None) -> str:
    return str(result) if isinstance(result, Failed) else ""


def _number(value: Value) -> float | None:
    try:
        return None if value is None else float(Decimal(value))
    except InvalidOperation:
        return None


def _returns(results: Mapping[int, Result]) -> "pa.Table":
    """Equity at each session's end and its return; the first of a trial, before its first session, has none."""
    import pyarrow as pa

    days, ended = list[date](), {number: one for number, one in sorted(results.items()) if isinstance(one, Outcome)}
    trials, equity, returns = list[int](), list[float](), list[float | None]()
    for number, one in ended.items():
        days += one.days
        trials += [number] * len(one.days)
        equity += one.equity
        returns += [None, *(b / a - 1 if a > 0 else None for a, b in zip(one.equity, one.equity[1:], strict=False))]
    columns = {"trial": pa.array(trials, pa.int32()), "day": pa.array(days, pa.date32()),
               "equity": pa.array(equity, pa.float64()), "return": pa.array(returns, pa.float64())}  # fmt: skip
    return pa.table(columns)
