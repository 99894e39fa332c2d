"""Index figures that others publish, from files that a user has: PUT, BXM and WPUT of Cboe. Nothing is fetched."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from allusr_sdk.errors import DataError, InputError
from allusr_sdk.market import columns, listfile
from allusr_sdk.reports.evidence.curves import Curve

INDICES: Mapping[str, str] = {
    "PUT": "Cboe S&P 500 PutWrite: a put at the money a month, on cash",
    "BXM": "Cboe S&P 500 BuyWrite: a call at the money a month, on shares",
    "WPUT": "Cboe S&P 500 One-Week PutWrite: a put at the money a week, on cash",
}
"""By symbol, what they are."""

REAL = "real, by its publisher"
_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def published(folder: Path | None, first: date, last: date) -> Iterator[Curve]:
    """The indices that a folder has, over some days: ``PUT.csv``, ``BXM_History.csv`` and the like.

    A file has a column ``date`` and one with the value: ``close``, or the index's name. A base before the first day is
    taken where it is at most a week old.

    Raises:
        InputError: there is no such folder.
        DataError: a file that cannot be read, or two of one index.
    """
    if folder is None:
        return
    if not folder.is_dir():
        raise InputError(f"--indices {folder}: no such folder")
    for symbol in INDICES:
        if (file := _file(folder, symbol)) is not None:
            path = _within(_read(file, symbol), first, last)
            yield Curve(key=f"index_{symbol}", name=symbol, path=path, options=REAL, note=INDICES[symbol])


def _file(folder: Path, symbol: str) -> Path | None:
    found = sorted(p for p in folder.iterdir() if p.name.lower().endswith(_SUFFIXES) and _symbol(p) == symbol)
    if len(found) > 1:
        raise DataError(f"{folder.name}: {' and '.join(p.name for p in found)}: keep one file of {symbol}")
    return found[0] if found else None


def _symbol(path: Path) -> str:
    return path.name.partition(".")[0].partition("_")[0].upper()


def _read(file: Path, symbol: str) -> dict[date, float]:
    raw, where = listfile.read(file, f"figures of {symbol}", ("date",))
    name = next((name for name in ("close", symbol.lower()) if name in raw), None)
    if name is None:
        raise DataError(f"{file.name}: not figures of {symbol}: no column close or {symbol}")
    days = columns.day(raw["date"], "date", where).to_pylist()
    values = columns.number(raw[name], name, where).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(np.isfinite(values) & (values <= 0))
    if len(bad):
        raise where.error(int(bad[0]), f"{name} {values[bad[0]]} is not above zero")
    return {day: float(v) for day, v in sorted(zip(days, values, strict=True)) if np.isfinite(v)}


def _within(found: Mapping[date, float], first: date, last: date) -> dict[date, float]:
    """The values of some days, behind the newest of the week before them as of the evening before."""
    base = max((day for day in found if first - timedelta(days=7) <= day < first), default=None)
    before = {} if base is None else {first - timedelta(days=1): found[base]}
    return before | {day: value for day, value in found.items() if first <= day <= last}
