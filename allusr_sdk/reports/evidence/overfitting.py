"""How likely it is that the best of some trials was chosen for its luck: combinatorially symmetric cross-validation.

D. H. Bailey, J. M. Borwein, M. Lopez de Prado and Q. J. Zhu, The Probability of Backtest Overfitting, Journal of
Computational Finance 20 (2017). The ratio by which trials are ranked is Sharpe's.
"""

from itertools import combinations

import numpy as np
from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.chains import Floats

BLOCKS = 16
_MOST_BLOCKS = 20  # 184,756 ways to halve them


@frozen
class Overfitting:
    """What became out of sample of the trials that were best in sample.

    Attributes:
        probability: share of halvings in which the best trial comes out at or below the median (PBO), a fraction.
        loss: share of halvings in which it has a ratio below zero, a fraction.
        slope: of its ratio out of sample over that in sample, by least squares; below zero, more was less. None where
            all halvings chose with one ratio.
        halvings: how many there were.
    """

    probability: float
    loss: float
    slope: float | None
    halvings: int


def overfitting(trials: Floats, *, blocks: int = BLOCKS, rate: float = 0.0) -> Overfitting:
    """Halve time in all ways that blocks allow, choose the best trial in one half, and see where it ranks in the other.

    Rows are cut into `blocks` of equal length; some at the beginning are left out where their number is not divisible.
    The relative rank is rank / (N + 1), its logit ln(w / (1 - w)), and PBO the share of logits at or below zero.

    Args:
        trials: returns, a row a day or week, a column a trial, of the same days.
        blocks: an even number from 2 to 20.
        rate: riskless, of one row.

    Raises:
        InputError: fewer than two trials, two rows a block, or another number of blocks; or a return is unknown.
    """
    table = np.asarray(trials, dtype=float) - rate
    _check(table, blocks)
    size = len(table) // blocks
    cut = table[len(table) - size * blocks :].reshape(blocks, size, table.shape[1])
    sums, squares = cut.sum(axis=1), (cut**2).sum(axis=1)
    chosen = _halves(blocks)
    half = size * blocks // 2
    seen, unseen = (_ratios(ways @ sums, ways @ squares, half) for ways in (chosen, 1 - chosen))
    best, every = np.argmax(seen, axis=1), np.arange(len(seen))
    inside, outside = seen[every, best], unseen[every, best]
    rank = (unseen < outside[:, None]).sum(axis=1) + (unseen == outside[:, None]).sum(axis=1) / 2 + 0.5
    relative = rank / (table.shape[1] + 1)
    return Overfitting(
        probability=float(np.mean(np.log(relative / (1 - relative)) <= 1e-12)), loss=float(np.mean(outside < 0)),
        slope=_slope(inside, outside), halvings=len(seen),
    )  # fmt: skip


def _check(table: Floats, blocks: int) -> None:
    if blocks % 2 or not 2 <= blocks <= _MOST_BLOCKS:
        raise InputError(f"{blocks} blocks cannot be halved in all ways: take an even number from 2 to {_MOST_BLOCKS}")
    if table.ndim != 2 or table.shape[1] < 2:
        raise InputError("overfitting is told of two trials or more: give a column of returns for each")
    if len(table) < 2 * blocks:
        raise InputError(f"{len(table)} rows are too few for {blocks} blocks: give {2 * blocks} or more")
    if not np.isfinite(table).all():
        raise InputError("trials have to have a return in every row: leave out those that did not come to their end")


def _halves(blocks: int) -> Floats:
    """A row for each way to choose half of the blocks: 1 for those in sample."""
    ways = np.array(list(combinations(range(blocks), blocks // 2)))
    found = np.zeros((len(ways), blocks))
    np.put_along_axis(found, ways, 1.0, axis=1)
    return found


def _ratios(sums: Floats, squares: Floats, count: int) -> Floats:
    """Ratios from sums over a half; of a trial that does not vary, as one that was never in the market, zero."""
    mean = sums / count
    variance = np.maximum(squares / count - mean**2, 0.0)
    flat = variance < 1e-18
    found: Floats = np.where(flat, 0.0, mean / np.sqrt(np.where(flat, 1.0, variance)))
    return found


def _slope(inside: Floats, outside: Floats) -> float | None:
    spread = float(np.var(inside))
    if spread < 1e-18:
        return None
    return float(np.mean((inside - inside.mean()) * (outside - outside.mean()))) / spread
