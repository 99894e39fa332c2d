"""A session's path through its daily bar: conditional bridges between open, high, low and close.

The two extremes get marks by the arcsine law of a Brownian path's, the low more often first on a day that rises.
Between open, extremes and close run Brownian bridges in log-price, folded at the extremes, whose volatility is that of
the day's range. Sources: Lévy 1939 (arcsine law); Parkinson 1980 (range and volatility).
"""

from itertools import pairwise
from math import log, pi, sin, sqrt

import numpy as np

from allusr_sdk.model.chains import Floats
from allusr_sdk.model.views import Bar

_RANGE = 2 * sqrt(log(2))
_LEAN = 0.4


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
    width = (high - low) / _RANGE
    walked = np.empty(len(clock))
    steps = draws.standard_normal(len(clock)) * np.sqrt(np.diff(clock, prepend=0.0)) * width
    for (i, here), (j, there) in pairwise(sorted(fixed.items())):
        walked[i : j + 1] = _bridge(log(here), log(there), clock[i : j + 1], steps[i + 1 : j + 1])
    prices = np.clip(np.round(np.exp(_folded(walked, low, high)), 2), bar.low, bar.high)
    prices[list(fixed)] = list(fixed.values())
    return prices


def _fixed(bar: Bar, clock: Floats, draws: np.random.Generator) -> dict[int, float]:
    """The marks at which the price is one of the bar's."""
    last = len(clock) - 1
    early, late = sorted(_turn(clock, draws) for _ in range(2))
    if early == late:
        early, late = (early - 1, late) if early > 1 else (early, late + 1)
    rising = 0.5 + _LEAN * (bar.close - bar.open) / (bar.high - bar.low)
    bottom, top = (early, late) if draws.random() < rising else (late, early)
    ends = {0: bar.open, last: bar.close}
    known = {price for price in ends.values() if price in (bar.low, bar.high)}
    turns = {mark: price for mark, price in ((bottom, bar.low), (top, bar.high)) if price not in known}
    return ends | turns


def _turn(clock: Floats, draws: np.random.Generator) -> int:
    """A mark between the first and the last, by the arcsine law."""
    when = sin(pi * draws.random() / 2) ** 2
    return int(np.clip(np.searchsorted(clock, when), 1, len(clock) - 2))


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
