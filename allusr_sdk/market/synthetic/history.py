"""What has happened so far in a walk: a table of sessions by symbol, and daily bars over it."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic.units import Units
from allusr_sdk.model.chains import Floats
from allusr_sdk.model.views import Bar


@frozen(eq=False)
class Before:
    """What a split ended: the history until then in the shares of then, and the first row of the new ones."""

    history: "History"
    ratio: int
    row: int


class History:
    """Sessions in order, columns by symbol; a row is written once, when its session is drawn.

    `open`, `high`, `low`, `close` are dollars a share, `volume` shares, `vol_open` the 30-day at-the-money volatility
    at the open, `least` and `most` the range of the open and the close before it; each (sessions, symbols).
    `vix` is the index's close, `variance_open` the variance to come after the open, in full sessions; each (sessions,).
    `before` is what the last split ended, where a history is kept in the shares of its end.
    """

    def __init__(self, days: Sequence[date], symbols: tuple[str, ...]) -> None:
        self.days = list(days)
        self.symbols = symbols
        self.column = {symbol: i for i, symbol in enumerate(symbols)}
        empty: list[Floats] = [np.full((len(self.days), len(symbols)), np.nan) for _ in range(8)]
        self.open, self.high, self.low, self.close = empty[:4]
        self.volume, self.vol_open, self.least, self.most = empty[4:]
        self.vix, self.variance_open = np.full((2, len(self.days)), np.nan)
        self.bars: dict[str, list[Bar]] = {symbol: [] for symbol in symbols}
        self.before: Before | None = None

    def row(self, day: date) -> int:
        """Index of the first session on or after a day."""
        return bisect_left(self.days, day)

    def write(
        self, row: int, spots: Floats, shares: Floats, vol_open: Floats, vix: float, variance_open: float
    ) -> None:
        """Enter a session: spots are (symbols, marks)."""
        self.open[row], self.close[row] = spots[:, 0], spots[:, -1]
        before = self.close[row - 1] if row else self.open[row]
        self.least[row], self.most[row] = np.minimum(before, self.open[row]), np.maximum(before, self.open[row])
        self.high[row], self.low[row] = spots.max(axis=1), spots.min(axis=1)
        self.volume[row], self.vol_open[row] = shares, vol_open
        self.vix[row], self.variance_open[row] = vix, variance_open
        day = self.days[row]
        numbers = (spots[:, 0], spots.max(axis=1), spots.min(axis=1), spots[:, -1], shares)
        for symbol, *bar in zip(self.symbols, *(column.tolist() for column in numbers), strict=True):
            self.bars[symbol].append(Bar(day, *bar))


class KnownBars:
    """Daily bars as known at some instant: the first `count` sessions of a history and no more.

    `units` are the new shares that splits so far made of each old one, by symbol.
    """

    def __init__(self, history: History, count: int, units: Mapping[str, Units]) -> None:
        self._history, self._count, self._units = history, count, units

    def before(self, symbol: str, day: date, count: int) -> Sequence[Bar]:
        """The last `count` bars before `day`, oldest first."""
        end = min(self._history.row(day), self._count)
        bars = self._history.bars.get(symbol, ())[max(end - count, 0) : end]
        return tuple(bars) if symbol not in self._units else tuple(map(self._units[symbol].bar, bars))

    def on(self, symbol: str, day: date) -> Bar | None:
        """The completed bar of a day, or None."""
        row = self._history.row(day)
        bars = self._history.bars.get(symbol, ())
        known = bars[row] if row < min(self._count, len(bars)) and bars[row].day == day else None
        return known if known is None or symbol not in self._units else self._units[symbol].bar(known)
