"""Daily bars and VIX from a folder of CSV files (`--daily`)."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from attrs import define, field, frozen

from allusr_sdk.errors import DataError
from allusr_sdk.market import columns, text
from allusr_sdk.market.clock import AFTER_CLOSE, session_of
from allusr_sdk.market.dividends import NAMES
from allusr_sdk.market.presets import plain
from allusr_sdk.model.calendar import NEW_YORK, Calendar, Session, xnys
from allusr_sdk.model.chains import Days, Floats
from allusr_sdk.model.views import Bar, Vix

# Index series go by the symbol that their options have.
_ALIASES = {"GSPC": "SPX", "^GSPC": "SPX", "^SPX": "SPX", "^VIX": "VIX"}
_FIELDS = ("open", "high", "low", "close", "volume")
VIX_CLOSES = 30
SPLITS = "splits.csv"
"""A list of splits beside bars, which is no bars."""
_VIX_AGE = 3


@frozen(eq=False)
class Series:
    """One symbol's bars by rising day.

    Attributes:
        values: one row a day: open, high, low, close (dollars), volume (shares, NaN unknown).
        factor: what a price of that day is multiplied with for splits since, as of the series' end.
    """

    days: Days
    values: Floats
    factor: Floats
    _bars: dict[int, Bar] = field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, days: Days, values: Floats, factor: Floats | None = None) -> Self:
        """Bars in any order; of a day that comes twice the later one is kept."""
        factor = np.ones(len(days)) if factor is None else factor
        unique, last = np.unique(days[::-1], return_index=True)
        rows = len(days) - 1 - last
        return cls(unique, values[rows], factor[rows])

    @cached_property
    def dates(self) -> list[date]:
        """The days as dates: one is looked up ten times as fast as in an array."""
        return self.days.tolist()  # type: ignore[no-any-return]

    @cached_property
    def closes(self) -> list[float]:
        """The closing prices, in the dollars of their days."""
        return self.values[:, 3].tolist()  # type: ignore[no-any-return]

    def bar(self, i: int, factor: float = 1.0) -> Bar:
        """The bar of a row, its prices multiplied with `factor`; one in its own dollars is made once."""
        if i not in self._bars:
            self._bars[i] = Bar(self.dates[i], *self.values[i].tolist())
        own = self._bars[i]
        if factor == 1:
            return own
        o, h, low, c = (price * factor for price in (own.open, own.high, own.low, own.close))
        return Bar(own.day, o, h, low, c, own.volume / factor)


@define(frozen=True, eq=False, slots=False)
class DailyBars:
    """Completed daily bars by symbol, and VIX.

    Prices are in the dollars of the day that asks: a split after it is not yet known then.
    """

    series: Mapping[str, Series] = field(factory=dict)
    calendar: Calendar = field(factory=xnys, repr=False)
    _vix: dict[tuple[date, bool, bool], Vix | None] = field(factory=dict, init=False, repr=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder's CSV files. A file's symbol is its name up to the first ``_`` or ``.``.

        A list of dividends (`dividends.NAMES`) or of splits (`SPLITS`) in it is no bars and left out.

        Raises `DataError` naming file and row.
        """
        if not folder.is_dir():
            raise DataError(f"no folder of daily bars at {folder}")
        files = sorted(
            p
            for p in folder.iterdir()
            if p.name.lower().endswith((".csv", ".csv.gz")) and p.name not in (*NAMES, SPLITS)
        )
        if not files:
            raise DataError(f"no .csv file in the folder of daily bars {folder}")
        parts: dict[str, list[tuple[Days, Floats]]] = {}
        for path in files:
            parts.setdefault(_symbol(path), []).append(_read(path))
        joined = {s: (np.concatenate([d for d, _ in p]), np.concatenate([v for _, v in p])) for s, p in parts.items()}
        return cls({symbol: Series.of(days, values) for symbol, (days, values) in joined.items()})

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """The bars of the last `count` sessions before `day`, oldest first; a session without one is left out."""
        series = self.series.get(_ALIASES.get(symbol, symbol))
        if series is None:
            return ()
        first = self.calendar.before(day, count).day
        start, end = bisect_left(series.dates, first), bisect_left(series.dates, day)
        scale = (series.factor[start:end] / _factor_on(series, day)).tolist()
        return tuple(map(series.bar, range(start, end), scale))

    def on(self, symbol: str, day: date) -> Bar | None:
        """The completed bar of a day, or None."""
        series = self.series.get(_ALIASES.get(symbol, symbol))
        if series is None:
            return None
        i = bisect_left(series.dates, day)
        return series.bar(i) if i < len(series.dates) and series.dates[i] == day else None

    def with_others(self, other: "DailyBars") -> "DailyBars":
        """These bars and, for symbols that are not here, another's."""
        return DailyBars({**other.series, **self.series}, self.calendar)

    def vix(self, at: datetime) -> Vix | None:
        """VIX as confirmed at an instant, from daily bars (CAD-14).

        Its open counts from 9:30 only where it differs from the close before it, its close from 15 minutes after the
        session's close. None when no close of the last three sessions is known.
        """
        session = self.calendar.session(at.astimezone(NEW_YORK).date())
        if session is None:
            return None
        opened, done = at >= session.open, at >= session.close + AFTER_CLOSE
        key = (session.day, opened, done)
        if key not in self._vix:
            self._vix.clear()  # time moves on: only the newest is asked for again
            self._vix[key] = self._confirmed(session, opened=opened, done=done)
        return self._vix[key]

    def _confirmed(self, session: Session, *, opened: bool, done: bool) -> Vix | None:
        series = self.series.get("VIX")
        if series is None:
            return None
        end = (bisect_right if done else bisect_left)(series.dates, session.day)
        closes = tuple(series.closes[max(0, end - VIX_CLOSES) : end])
        if not closes or series.dates[end - 1] < self.calendar.before(session.day, _VIX_AGE).day:
            return None
        last = self.calendar.session(series.dates[end - 1])
        today = self.on("VIX", session.day)
        if opened and not done and today is not None and today.open != closes[-1]:
            return Vix(today.open, session.open, closes, daily=True)
        return Vix(closes[-1], last.close + AFTER_CLOSE, closes, daily=True) if last is not None else None


def _symbol(path: Path) -> str:
    word = re.split(r"[_.]", path.name)[0].upper()
    return _ALIASES.get(word, word)


def _factor_on(series: Series, day: date) -> float:
    i = bisect_left(series.dates, day)
    return float(series.factor[min(i, len(series.factor) - 1)])


def _read(path: Path) -> tuple[Days, Floats]:
    """One file's days and values; rows without a price are holes."""
    table = text.read(path, path.name)
    spelled = {plain(name): name for name in table.column_names}
    missing = [name for name in ("date", "open", "high", "low", "close") if name not in spelled]
    if missing:
        raise DataError(f"{path.name}: not daily bars: no column {', '.join(missing)}")
    where = columns.Where(path.name, lambda i: i + 2)
    days = columns.day(table[spelled["date"]].combine_chunks(), "date", where).to_numpy(zero_copy_only=False)
    values = np.full((len(days), len(_FIELDS)), np.nan)
    for i, name in enumerate(_FIELDS):
        if name in spelled:
            values[:, i] = columns.number(table[spelled[name]].combine_chunks(), name, where).to_numpy(
                zero_copy_only=False
            )
    whole = np.isfinite(values[:, :4]).all(axis=1)
    bad = np.flatnonzero(whole & ((values[:, :4] <= 0).any(axis=1) | (values[:, 1] < values[:, 2])))
    if len(bad):
        raise where.error(int(bad[0]), "a price is not above zero, or the high is below the low")
    # Vendors print rows for holidays (VIX of 2022-05-30): no session, no bar.
    whole &= np.array([session_of(xnys(), day) is not None for day in days.tolist()], bool)
    return days[whole].astype("datetime64[D]"), values[whole]
