"""The real daily data that advice is measured on: LEAN's bars and VIX, read in place."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from attrs import frozen

from allusr_advisor.advice.basis import Known
from allusr_sdk.errors import DataError
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.market.facts import Notices
from allusr_sdk.market.lean_daily import daily_bars
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.views import Bar

INDEX = "SPY"
UNIVERSE = ("SPY", "IWM", "QQQ", "AAPL", "GOOGL", "FB", "IBM", "BAC", "AIG", "EEM")
"""Symbols whose correlation is measured, each as far as it has bars."""

BASKET = ("SPY", "IWM", "AAPL")
"""The generator's symbols that have bars without a hole for twenty years: the proxy of week types is made of them."""


@frozen(eq=False)
class Market:
    """Daily bars of the index, of the universe, and closes of VIX."""

    index: Sequence[Bar]
    universe: Mapping[str, Sequence[Bar]]
    vix: Known

    @property
    def week_ends(self) -> list[int]:
        """Positions of the last bar of each ISO week of the index; an unfinished last week has none."""
        weeks = [bar.day.isocalendar()[:2] for bar in self.index]
        return [i for i in range(len(weeks) - 1) if weeks[i] != weeks[i + 1]]


def load(folder: Path) -> Market:
    """The market of a data folder that has `lean/` and `daily/`.

    Raises:
        DataError: the folder, the index or VIX is not there.
    """
    bars = daily_bars(folder / "lean", UNIVERSE, xnys(), Notices()).series
    vix = DailyBars.load(folder / "daily").series.get("VIX")
    if INDEX not in bars or vix is None:
        raise DataError(f"{folder}: no daily bars of {INDEX} under lean/, or no VIX under daily/")
    closes = dict(zip(_days(vix), vix.values[:, 3].tolist(), strict=True))
    universe = {symbol: _bars(series) for symbol, series in bars.items()}
    return Market(universe[INDEX], universe, closes)


def _days(series: Series) -> list[date]:
    days: list[date] = series.days.astype(object).tolist()
    return days


def _bars(series: Series) -> tuple[Bar, ...]:
    """Bars in the dollars of the series' end."""
    prices = (series.values[:, :4] * series.factor[:, None]).tolist()
    return tuple(Bar(day, *row) for day, row in zip(_days(series), prices, strict=True))
