"""Years of daily bars whose highs and lows hold prints at which nobody can have traded: ATR from them is too wide."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from allusr_sdk.market.bars import Series

WIDE = 2.5
"""A mean true range so many times the mean move from close to close is not a market's; sound years have 1.5 to 2.3."""

_FEWEST = 60
_NEAR = 7  # calendar days between two bars that follow each other


def ratios(series: Series, inside: NDArray[np.bool_] | None = None) -> Mapping[int, float]:
    """By year the mean true range over the mean move from close to close, of bars `inside`, or of all.

    Years of fewer than sixty bars, or without any move, are left out.
    """
    wanted = np.ones(len(series.days), bool) if inside is None else inside
    high, low, close = (series.values[:, i] * series.factor for i in (1, 2, 3))
    before = close[:-1]
    reach = np.maximum(high[1:], before) - np.minimum(low[1:], before)
    moves = np.abs(close[1:] - before)
    near = np.diff(series.days).astype(int) <= _NEAR
    rows = np.flatnonzero(wanted[1:] & near)
    years = series.days[1:].astype("datetime64[Y]").astype(int) + 1970
    found = {}
    for year in sorted(set(years[rows].tolist())):
        mine = rows[years[rows] == year]
        if len(mine) >= _FEWEST and (moved := float(moves[mine].mean())) > 0:
            found[year] = float(reach[mine].mean()) / moved
    return found


def wide(series: Series) -> Mapping[int, float]:
    """The years whose ratio is `WIDE` or more."""
    return {year: ratio for year, ratio in ratios(series).items() if ratio >= WIDE}
