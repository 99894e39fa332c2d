"""What a folder says: daily bars, splits and dividends, in LEAN's layout or as CSV files."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from allusr_sdk.errors import DataError
from allusr_sdk.market import lean_daily
from allusr_sdk.market.bars import SPLITS, DailyBars
from allusr_sdk.market.dividends import Announced, DividendCalendar
from allusr_sdk.market.facts import Facts, Notices
from allusr_sdk.market.ranges import wide
from allusr_sdk.market.replay import splits
from allusr_sdk.market.synthetic.profiles import INDICES, SHARES
from allusr_sdk.model.money import price
from allusr_sdk.model.views import Adjustment, Dividend, Split

Change = Split | Adjustment

HOLE = 5
"""Sessions without a bar after which a history begins anew."""

_ANNOUNCED = timedelta(days=30)
_LEAST_DIVIDEND = 0.001


@frozen(eq=False)
class Found:
    """Bars of the wanted symbols and of what is read beside them, in raw dollars, VIX among them.

    Attributes:
        changes: splits and adjustments by symbol, by rising day.
        paths: the files that all of it came from.
    """

    symbols: tuple[str, ...]
    bars: DailyBars
    changes: Mapping[str, tuple[Change, ...]]
    dividends: DividendCalendar
    paths: tuple[Path, ...]


def read(folder: Path, wanted: Sequence[str] | None, facts: Facts, notices: Notices) -> Found:
    """Read a folder; what it lacks of VIX and other series comes from `facts`. Holes and wide years are noticed.

    Raises:
        DataError: no such folder, an index or a symbol without bars is wanted, no VIX, or a file that cannot be read.
    """
    if not folder.is_dir():
        raise DataError(f"no folder of daily bars at {folder}")
    lean = folder / "equity" / "usa" / "daily"
    found = _lean(folder, lean, wanted, facts, notices) if lean.is_dir() else _csv(folder, wanted, facts, notices)
    if indices := [symbol for symbol in found.symbols if symbol in INDICES]:
        raise DataError(f"{', '.join(indices)}: a replay has no options of an index: leave it out of --symbols")
    if absent := [symbol for symbol in found.symbols if symbol not in found.bars.series]:
        raise DataError(f"no daily bars of {', '.join(absent)} in {folder}")
    if not found.symbols:
        raise DataError(f"no daily bars of {', '.join(SHARES)} in {folder}: name others by --symbols")
    if "VIX" not in found.bars.series:
        raise DataError(f"no VIX: put VIX.csv into {folder}, or name a folder that has it by --daily")
    for symbol in found.symbols:
        for year, ratio in wide(found.bars.series[symbol]).items():
            why = f"true ranges of {year} are {ratio:.1f} times the moves from close to close"
            notices.add(symbol, "PE-1", f"{why}: highs and lows hold bad prints, and ATR from them is too wide")
    return found


def _lean(root: Path, daily: Path, wanted: Sequence[str] | None, facts: Facts, notices: Notices) -> Found:
    there = [s for s in SHARES if any((daily / f"{t}.zip").is_file() for t in lean_daily.tickers(root, s))]
    symbols = tuple(dict.fromkeys(s.upper() for s in wanted)) if wanted is not None else tuple(there)
    bars = lean_daily.daily_bars(root, symbols, facts.calendar, notices)
    paths = [path for symbol in symbols for path in lean_daily.daily_files(root, symbol)]
    beside = facts.bars
    if (vix := root / "VIX.csv").is_file():
        beside, paths = DailyBars.load(root).with_others(beside), [*paths, vix]
    changes = {symbol: lean_daily.splits(root, symbol, facts.calendar) for symbol in symbols}
    entries = [entry for symbol in symbols for entry in _paid(root, symbol, facts)]
    return Found(symbols, bars.with_others(beside), changes, _joined(entries, facts), tuple(dict.fromkeys(paths)))


def _paid(root: Path, symbol: str, facts: Facts) -> list[Announced]:
    """Dividends by a factor file: what its price factor falls by, of the close before the ex-date.

    Raises `DataError` where a row is not as it should be.
    """
    found = []
    for (last, factor, close), (_, after, _) in pairwise(lean_daily.price_factors(root, symbol)):
        amount = close * (1 - factor / after)
        if amount > _LEAST_DIVIDEND:
            day = facts.calendar.after(last).day
            found.append(Announced(Dividend(symbol, day, price(amount)), day - _ANNOUNCED))
    return found


def _csv(folder: Path, wanted: Sequence[str] | None, facts: Facts, notices: Notices) -> Found:
    bars, known = DailyBars.load(folder), splits.listed(folder, facts.calendar)
    there = tuple(symbol for symbol in SHARES if symbol in bars.series)
    symbols = tuple(dict.fromkeys(s.upper() for s in wanted)) if wanted is not None else there
    paid = _joined(DividendCalendar.beside(folder).entries, facts)
    paying = {entry.dividend.symbol for entry in paid.entries}
    series, changes = dict(bars.series), dict[str, tuple[Change, ...]]()
    for symbol in (s for s in symbols if s in series):
        for first, last, count in lean_daily.holes(series[symbol].days, facts.calendar):
            notices.add(symbol, "RULE-0", f"no daily bars from {first} to {last} ({count} sessions)")
        if symbol not in known:
            notices.add(symbol, "LQ-7", f"no split of it in a {SPLITS}: its bars are taken for the prices of the time")
        if symbol not in paying:
            notices.add(symbol, "RULE-0", "no dividend of it in a dividends.csv: none is paid")
        found = splits.printed(series[symbol], known.get(symbol, ()), facts.calendar, HOLE)
        series[symbol], changes[symbol] = found.series, found.splits
    paths = tuple(sorted(path for path in folder.iterdir() if path.is_file()))
    return Found(symbols, DailyBars(series).with_others(facts.bars), changes, paid, paths)


def _joined(own: Sequence[Announced], facts: Facts) -> DividendCalendar:
    """The folder's dividends, and of what it has none of those that were given beside it."""
    known = {(entry.dividend.symbol, entry.dividend.ex_day): entry for entry in (*facts.dividends.entries, *own)}
    return DividendCalendar(tuple(known[key] for key in sorted(known)))
