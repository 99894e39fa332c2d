"""Intervals of measures by the stationary block bootstrap: blocks of days or weeks are drawn, in their order.

D. N. Politis and J. P. Romano, The Stationary Bootstrap, JASA 89 (1994); the mean length of a block by Politis and
H. White (2004), as corrected by A. Patton, Politis and White (2009). All of it by the library arch.
"""

from collections.abc import Sequence
from math import ceil
from typing import cast

import numpy as np
from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.chains import Floats
from allusr_sdk.reports.evidence.metrics import Measure, Terms

DRAWS, LEVEL = 1000, 0.95
FEWEST_ROWS = 20
"""Rows without which no interval is told: so few cannot be drawn in blocks."""

_UNDEFINED = 0.01  # of draws in which a measure may tell nothing


@frozen
class Interval:
    """Between which values so much of a measure's draws lies (percentiles); in the measure's unit."""

    low: float
    high: float


def block_length(returns: Floats) -> int:
    """The mean length of a block, in whole rows, at least 1: what returns or their squares need, whichever is longer.

    Option income clusters in its losses more than in its mean, and squares show that.
    """
    from arch.bootstrap import optimal_block_length

    if len(returns) < FEWEST_ROWS or float(np.std(returns)) < 1e-12:
        return 1
    with np.errstate(all="ignore"):
        found = optimal_block_length(np.column_stack([returns, (returns - returns.mean()) ** 2]))
    lengths = found["stationary"].to_numpy(dtype=float)
    return max(1, ceil(max(lengths[np.isfinite(lengths)], default=1.0)))


def intervals(
    rows: Floats, measures: Sequence[Measure], terms: Terms, *, seed: int, draws: int = DRAWS
) -> tuple[Interval | None, ...]:
    """An interval of `LEVEL` for each measure, all of the same draws; equal arguments give equal intervals.

    What was seen bounds what is drawn: the worst week of a draw is never worse than the worst that there was.

    Args:
        rows: one a day or week, the return in the first column.
        measures: of these rows.
        terms: see `Terms`.
        seed: of the draws.
        draws: how many.

    Returns:
        None for a measure that rows are too few for, or that more than a hundredth of the draws does not tell.

    Raises:
        InputError: fewer than 100 draws.
    """
    if draws < 100:
        raise InputError(f"an interval of {draws} draws: take 100 draws or more")
    if len(rows) < FEWEST_ROWS:
        return (None,) * len(measures)
    drawn = _drawn(rows, measures, terms, seed, draws)
    return tuple(_interval(drawn[:, i]) if len(rows) >= m.fewest else None for i, m in enumerate(measures))


def _drawn(rows: Floats, measures: Sequence[Measure], terms: Terms, seed: int, draws: int) -> Floats:
    """Every measure of every draw: a row a draw."""
    from arch.bootstrap import StationaryBootstrap

    source = StationaryBootstrap(block_length(rows[:, 0]), rows, seed=np.random.default_rng(seed))
    found = np.empty((draws, len(measures)))
    for i, (positional, _) in enumerate(source.bootstrap(draws)):
        found[i] = [measure.of(cast("Floats", positional[0]), terms) for measure in measures]
    return found


def _interval(drawn: Floats) -> Interval | None:
    told = drawn[np.isfinite(drawn)]
    if len(told) < (1 - _UNDEFINED) * len(drawn):
        return None
    low, high = np.quantile(told, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Interval(low, high)
