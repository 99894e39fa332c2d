"""What the daily bars behind the runs are worth: where they begin, their holes, and years of bad prints."""

from datetime import date
from pathlib import Path

import numpy as np
from attrs import frozen

from allusr_sdk.market import lean_daily
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.market.facts import Notices
from allusr_sdk.market.lean_daily import daily_bars
from allusr_sdk.market.ranges import WIDE, ratios
from allusr_sdk.model.calendar import xnys
from tests.evidence.plans import Bars


@frozen
class Known:
    """The bars of one symbol: `holes` as (first, last, sessions); `ratios` of true range to move by year."""

    symbol: str
    first: date
    last: date
    sessions: int
    holes: tuple[tuple[date, date, int], ...]
    ratios: dict[int, float]

    @property
    def doubted(self) -> dict[int, float]:
        """Years whose true ranges are too wide for what closes did."""
        return {year: ratio for year, ratio in self.ratios.items() if ratio >= WIDE}


def known(bars: Bars, shared: Path) -> tuple[Known, ...]:
    """What is known of a set's bars within its period."""
    folder = shared / bars.folder
    if (folder / "equity").is_dir():
        read = daily_bars(folder, bars.symbols, xnys(), Notices())
    else:
        read = DailyBars.load(folder)
    return tuple(_known(symbol, read.series[symbol], bars) for symbol in bars.symbols)


def _known(symbol: str, series: Series, bars: Bars) -> Known:
    days = series.days.astype(object)
    inside = np.array([bars.first <= day <= bars.last for day in days])
    kept = days[inside].tolist()
    holes = tuple(lean_daily.holes(series.days[inside], xnys()))
    return Known(symbol, kept[0], kept[-1], len(kept), holes, dict(ratios(series, inside)))
