"""Daily bars in LEAN's layout: who held a ticker when, splits, and holes that are reported and never bridged.

A map file's rows are (last day, ticker), the first one being the listing; a ticker's file may hold bars of somebody
else before or after. A factor file's rows say with what a price up to a day is multiplied for later splits.

A share class that took over its ticker from the one it was split off from goes on with that one's bars: whoever held
GOOG until 2014-04-02 got a new GOOG for each, and the old ones became GOOGL.
"""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from attrs import frozen

from allusr_sdk.errors import DataError
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.market.facts import Notices
from allusr_sdk.model.calendar import Calendar
from allusr_sdk.model.chains import Days, Floats
from allusr_sdk.model.views import Adjustment, Split

TEN_THOUSANDTHS = 10_000.0
# Where the calendar begins.
_FIRST = date(1990, 1, 2)
# Calendar days for which a new class trades under another ticker, at most.
_WHEN_ISSUED = 30
# Factor files have seven digits: less than this is rounding.
_NO_SPLIT = 1e-3

_Row = tuple[date, float, float, float]
"""Last day, factor for dividends since, factor for splits since, close of the day."""


@frozen
class Tenure:
    """From when to when a security went by a ticker, both days included."""

    ticker: str
    first: date
    last: date


@frozen
class Parent:
    """The security that a share class was split off from, and the last day on which it had the class's ticker."""

    symbol: str
    last: date


def tenures(root: Path, symbol: str) -> tuple[Tenure, ...]:
    """The tickers of the security that is called `symbol` today; none where the layout has no map file of it.

    Those of the security that it was split off from come first, if it has its ticker from there.
    """
    held = _mapped(_maps(root) / f"{symbol.lower()}.csv")
    if (parent := _parent(root, symbol, held)) is None:
        return held
    before = (t for t in _mapped(_maps(root) / f"{parent.symbol}.csv") if t.last <= parent.last)
    return (*before, *(t for t in held if t.first > parent.last))


def _maps(root: Path) -> Path:
    return root / "equity" / "usa" / "map_files"


def _parent(root: Path, symbol: str, held: Sequence[Tenure]) -> Parent | None:
    """Whose ticker a class took over: it traded when issued, until that one split and was renamed on the same day."""
    own = next((tenure for tenure in held if tenure.ticker == symbol.lower()), None)
    if own is None or own is held[0] or (own.first - held[0].first).days > _WHEN_ISSUED:
        return None
    last = own.first - timedelta(days=1)
    for path in sorted(_maps(root).glob("*.csv")):
        names = {tenure.last: tenure.ticker for tenure in _mapped(path)}
        renamed = path.stem != symbol.lower() and names.get(last) == own.ticker and max(names) > last
        if renamed and any(row[0] == last for row in _factor_rows(root, path.stem)):
            return Parent(path.stem, last)
    return None


def _mapped(path: Path) -> tuple[Tenure, ...]:
    if not path.is_file():
        return ()
    rows = [(_day(fields[0], path), fields[1]) for fields in _rows(path)]
    found, begin = [], rows[0][0] if rows else date.max
    for last, ticker in rows[1:]:
        found.append(Tenure(ticker, begin, last))
        begin = last + timedelta(days=1)
    return tuple(found)


def tickers(root: Path, symbol: str) -> tuple[str, ...]:
    """Every ticker that the security has had, oldest first."""
    return tuple(dict.fromkeys(t.ticker for t in tenures(root, symbol))) or (symbol.lower(),)


def ticker_on(root: Path, symbol: str, day: date) -> str | None:
    """What the security was called on a day; None before its listing, its own name without a map file."""
    held = tenures(root, symbol)
    return next((t.ticker for t in held if t.first <= day <= t.last), None) if held else symbol.lower()


def daily_files(root: Path, symbol: str) -> list[Path]:
    """The files that its bars come from, as far as they are there."""
    folder = root / "equity" / "usa"
    paths = [folder / "daily" / f"{ticker}.zip" for ticker in tickers(root, symbol)]
    parent = _parent(root, symbol, _mapped(_maps(root) / f"{symbol.lower()}.csv"))
    said = [symbol.lower(), *([parent.symbol] if parent else [])]
    paths += [folder / kind / f"{name}.csv" for kind in ("map_files", "factor_files") for name in said]
    return [path for path in paths if path.is_file()]


def daily_bars(root: Path, symbols: Sequence[str], calendar: Calendar, notices: Notices) -> DailyBars:
    """Daily bars of today's holders of some symbols; holes and missing map files are noticed."""
    series = {}
    for symbol in symbols:
        held = tenures(root, symbol)
        if not held:
            notices.add(symbol, "RULE-0", "no map file: daily bars are taken to be of one holder")
        pieces = [_bars(root, t.ticker, t.first, t.last) for t in held or [Tenure(symbol.lower(), date.min, date.max)]]
        days, values = np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces])
        if len(days):
            series[symbol] = Series.of(days, values, _factors(root, symbol, days))
            for first, last, count in holes(series[symbol].days, calendar):
                notices.add(symbol, "RULE-0", f"no daily bars from {first} to {last} ({count} sessions)")
    return DailyBars(series, calendar)


def holes(days: Days, calendar: Calendar) -> Iterator[tuple[date, date, int]]:
    """Runs of sessions without a bar between the first and the last: first day, last day, number."""
    known = set(days.astype(object).tolist())
    sessions = calendar.between(max(min(known), _FIRST), max(known))
    for missing, run in groupby(sessions, key=lambda session: session.day not in known):
        if missing:
            lost = list(run)
            yield lost[0].day, lost[-1].day, len(lost)


def _bars(root: Path, ticker: str, first: date, last: date) -> tuple[Days, Floats]:
    path = root / "equity" / "usa" / "daily" / f"{ticker}.zip"
    if not path.is_file():
        return np.array([], "datetime64[D]"), np.empty((0, 5))
    rows = [fields for fields in _rows(path) if first <= _day(fields[0], path) <= last]
    try:
        values = np.array([[float(f) for f in fields[1:6]] for fields in rows]).reshape(-1, 5)
    except ValueError as error:
        raise DataError(f"{path.name}: not daily bars: {error}") from None
    values[:, :4] /= TEN_THOUSANDTHS
    return np.array([_day(fields[0], path) for fields in rows], "datetime64[D]"), values


def _factors(root: Path, symbol: str, days: Days) -> Floats:
    """With what each day's price is multiplied for splits since; one where the layout does not say."""
    until, factors = _steps(root, symbol)
    return factors[np.searchsorted(until, days)]


def splits(root: Path, symbol: str, calendar: Calendar) -> tuple[Split | Adjustment, ...]:
    """What the factor file says of splits: whole ratios are splits, any other one adjusts contracts (LQ-7)."""
    until, factors = _steps(root, symbol)
    found: list[Split | Adjustment] = []
    # The last row ends the file, in a year to come, and tells of nothing.
    for last, (before, after) in zip(until[:-1].astype(object).tolist(), pairwise(factors[:-1].tolist()), strict=True):
        ratio = after / before
        if last < _FIRST or abs(ratio - 1) < _NO_SPLIT:
            continue
        day, whole = calendar.after(last).day, round(ratio)
        exact = whole > 1 and abs(ratio / whole - 1) < _NO_SPLIT
        found.append(Split(symbol, day, whole) if exact else Adjustment(symbol, day, f"split of {ratio:.4g} for 1"))
    return tuple(found)


def price_factors(root: Path, symbol: str) -> tuple[tuple[date, float, float], ...]:
    """The factor file's rows: last day, factor for dividends since, that day's close in dollars (0 where not told).

    Raises `DataError` for a row that is no such row.
    """
    return tuple((day, paid, close) for day, paid, _, close in _factored(root, symbol))


def _steps(root: Path, symbol: str) -> tuple[Days, Floats]:
    """The last day of each of the factor file's rows, and their split factors with a one after them."""
    rows = _factored(root, symbol)
    return np.array([row[0] for row in rows], "datetime64[D]"), np.array([*(row[2] for row in rows), 1.0])


def _factored(root: Path, symbol: str) -> list[_Row]:
    """The rows of a symbol's factor file, behind those of the security that it was split off from."""
    own = _factor_rows(root, symbol)
    parent = _parent(root, symbol, _mapped(_maps(root) / f"{symbol.lower()}.csv"))
    if parent is None:
        return own
    later = [row for row in own if row[0] > parent.last]
    paid, split = later[0][1:3] if later else (1.0, 1.0)
    before = [row for row in _factor_rows(root, parent.symbol) if row[0] <= parent.last]
    after = next((row for row in _factor_rows(root, parent.symbol) if row[0] > parent.last), (None, 1.0, 1.0, 0.0))
    return [*((d, p / after[1] * paid, s / after[2] * split, close) for d, p, s, close in before), *later]


def _factor_rows(root: Path, symbol: str) -> list[_Row]:
    path = root / "equity" / "usa" / "factor_files" / f"{symbol.lower()}.csv"
    rows = list(_rows(path)) if path.is_file() else []
    try:
        return [(_day(r[0], path), float(r[1]), float(r[2]), float(r[3]) if len(r) > 3 else 0.0) for r in rows]
    except (ValueError, IndexError) as error:
        raise DataError(f"{path.name}: not factors: {error}") from None


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                content = archive.read(archive.namelist()[0]).decode()
        else:
            content = path.read_text()
    except (OSError, zipfile.BadZipFile, IndexError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name}: cannot be read: {error}") from None
    return (line.split(",") for line in content.splitlines() if line.strip())


def _day(text: str, path: Path) -> date:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        raise DataError(f"{path.name}: {text!r} is not a day") from None
