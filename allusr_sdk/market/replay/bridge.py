"""A session's path through its daily bar: conditional bridges between open, high, low and close.

The marks of the two extremes are drawn by the arcsine law of a Brownian path's, several times, and chosen among by how
likely the moves are that they ask for; so the low mostly comes first on a day that rises. Between open, extremes and
close run Brownian bridges in log-price, folded at the extremes, whose volatility is that of the day's range.
Sources: Lévy 1939 (arcsine law); Rubin 1987 (sampling by importance, resampled); Parkinson 1980 (range and volatility).
"""

from itertools import pairwise
from math import log, pi, sqrt

import numpy as np

from allusr_sdk.model.chains import Floats
from allusr_sdk.model.views import Bar

_RANGE = 2 * sqrt(log(2))
_CANDIDATES = 32


def path(bar: Bar, clock: Floats, draws: np.random.Generator) -> Floats:
    """Prices by mark: the first is the bar's open, the last its close, the greatest and least its high and low.

    Args:
        bar: its open and close lie between its low and its high.
        clock: share of the session's variance gone at each mark, from 0 to 1; four marks or more.
        draws: where chance comes from.
    """
    if bar.high == bar.low:
        return np.full(len(clock), bar.open)
    fixed = _fixed(bar, clock, draws)
    low, high = log(bar.low), log(bar.high)
    walked = np.empty(len(clock))
    steps = draws.standard_normal(len(clock)) * np.sqrt(np.diff(clock, prepend=0.0)) * (high - low) / _RANGE
    for (i, here), (j, there) in pairwise(sorted(fixed.items())):
        walked[i : j + 1] = _bridge(log(here), log(there), clock[i : j + 1], steps[i + 1 : j + 1])
    prices = np.clip(np.round(np.exp(_folded(walked, low, high)), 2), bar.low, bar.high)
    prices[list(fixed)] = list(fixed.values())
    return prices


def _fixed(bar: Bar, clock: Floats, draws: np.random.Generator) -> dict[int, float]:
    """The marks at which the price is one of the bar's."""
    ends = {0: bar.open, len(clock) - 1: bar.close}
    turns = [price for price in (bar.low, bar.high) if price not in ends.values()]
    if not turns:
        return ends
    wide = log(bar.high / bar.low) / _RANGE
    asked = [ends | dict(zip(marks, turns, strict=False)) for marks in _turns(clock, draws)]
    likely = np.array([_likely(fixed, clock, wide) for fixed in asked])
    weights = np.exp(likely - likely.max())
    return asked[int(draws.choice(len(asked), p=weights / weights.sum()))]


def _turns(clock: Floats, draws: np.random.Generator) -> list[list[int]]:
    """Pairs of different marks between the first and the last, each by the arcsine law."""
    last = len(clock) - 2
    when = np.sin(pi * draws.random((_CANDIDATES, 2)) / 2) ** 2
    marks = np.clip(np.searchsorted(clock, when), 1, last)
    same = marks[:, 0] == marks[:, 1]
    marks[same, 1] += np.where(marks[same, 1] < last, 1, -1)
    found: list[list[int]] = marks.tolist()
    return found


def _likely(fixed: dict[int, float], clock: Floats, wide: float) -> float:
    """Log-likelihood of a Brownian path's moves between fixed prices, up to what all candidates share."""
    moves = ((log(b / a) / wide, float(clock[j] - clock[i])) for (i, a), (j, b) in pairwise(sorted(fixed.items())))
    return -sum(move * move / gone for move, gone in moves) / 2


def _bridge(here: float, there: float, clock: Floats, steps: Floats) -> Floats:
    gone = (clock - clock[0]) / (clock[-1] - clock[0])
    free = np.concatenate(([0.0], np.cumsum(steps)))
    bridged: Floats = here + (there - here) * gone + free - free[-1] * gone
    return bridged


def _folded(walked: Floats, low: float, high: float) -> Floats:
    """A walk reflected at both bounds, as often as it takes."""
    width = high - low
    beyond = np.mod(walked - low, 2 * width)
    folded: Floats = low + np.where(beyond > width, 2 * width - beyond, beyond)
    return folded
