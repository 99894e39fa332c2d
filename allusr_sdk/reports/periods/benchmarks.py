"""Benchmarks from a folder of daily bars: closes of SPY and QQQ, and the T-bill's yield in percent as IRX."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from allusr_sdk.market.bars import DailyBars
from allusr_sdk.reports.periods.performance import BENCHMARKS, Beside

BILL = "IRX"


def beside_of(folder: Path | None, rate: float) -> Beside:
    """What a folder knows of the benchmarks; without one nothing is known.

    Args:
        folder: as of `--daily`.
        rate: the riskless rate of RATE-1, a fraction a year.
    """
    if folder is None:
        return Beside({}, None, rate)
    bars = DailyBars.load(folder)
    curves = {symbol: _closes(bars, symbol) for symbol in BENCHMARKS if symbol in bars.series}
    bill = {day: value / 100 for day, value in _closes(bars, BILL).items()} if BILL in bars.series else None
    return Beside(curves, bill, rate)


def _closes(bars: DailyBars, symbol: str) -> Mapping[date, float]:
    series = bars.series[symbol]
    closes = series.values[:, 3] * series.factor
    return dict(zip(series.days.astype("datetime64[D]").astype(object).tolist(), closes.tolist(), strict=True))
