"""What a Sharpe ratio is worth when returns are few and skewed, and when it is the best of many that were tried.

D. H. Bailey and M. Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk 15 (2012), and The Deflated
Sharpe Ratio, Journal of Portfolio Management 40 (2014). Ratios here are of one row (day or week), not annualised.
"""

from math import e, sqrt
from statistics import NormalDist

import numpy as np
from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.chains import Floats

_EULER = 0.5772156649015329
_NORMAL = NormalDist()


@frozen
class Shape:
    """Returns as the formulas need them: the ratio of one row, how many rows, skewness, kurtosis (normal: 3)."""

    ratio: float
    count: int
    skew: float = 0.0
    kurtosis: float = 3.0

    @classmethod
    def of(cls, returns: Floats, rate: float = 0.0) -> "Shape":
        """The shape of returns over a riskless `rate` of one row. Raises `InputError` where they do not vary."""
        excess = np.asarray(returns, dtype=float) - rate
        spread = float(np.std(excess, ddof=1)) if len(excess) > 1 else 0.0
        if spread < 1e-12:
            raise InputError("returns that do not vary have no Sharpe ratio: give more of them")
        scaled = (excess - excess.mean()) / np.std(excess)
        return cls(float(excess.mean()) / spread, len(excess), float(np.mean(scaled**3)), float(np.mean(scaled**4)))


def probabilistic(shape: Shape, benchmark: float = 0.0) -> float:
    """The probability that the true ratio is above a benchmark's, of one row as well.

    PSR = N((SR - SR*) sqrt(n - 1) / sqrt(1 - skew SR + (kurtosis - 1) / 4 SR^2)).

    Raises:
        InputError: fewer than two rows, or a skewness and kurtosis that no returns have.
    """
    spread = 1 - shape.skew * shape.ratio + (shape.kurtosis - 1) / 4 * shape.ratio**2
    if shape.count < 2 or spread <= 0:
        raise InputError(f"a Sharpe ratio of {shape.count} rows with skewness {shape.skew:.3g} has no probability")
    return _NORMAL.cdf((shape.ratio - benchmark) * sqrt(shape.count - 1) / sqrt(spread))


def expected_best(trials: int, variance: float) -> float:
    """The ratio that the best of some trials without any skill is expected to show.

    SR0 = sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))), g the Euler-Mascheroni constant, Z the normal quantile.

    Args:
        trials: N, how many independent ones; of one nothing is expected.
        variance: V of the trials' ratios, of one row.

    Raises:
        InputError: no trial, or a negative variance.
    """
    if trials < 1 or not variance >= 0:
        raise InputError(f"{trials} trials with a variance of {variance}: give one trial or more, and their variance")
    if trials == 1:
        return 0.0
    first, second = _NORMAL.inv_cdf(1 - 1 / trials), _NORMAL.inv_cdf(1 - 1 / (trials * e))
    return sqrt(variance) * ((1 - _EULER) * first + _EULER * second)


def deflated(shape: Shape, trials: int, variance: float) -> float:
    """The probability that the best of some trials has a true ratio above zero: PSR over what chance would show.

    It falls with the number of trials and with their variance. Dependent trials count less than their number; to count
    all of them errs on the safe side.

    Args:
        shape: of the trial that was chosen.
        trials: see `expected_best`.
        variance: see `expected_best`.

    Raises:
        InputError: see `expected_best` and `probabilistic`.
    """
    return probabilistic(shape, expected_best(trials, variance))


def deflated_best(trials: Floats, rate: float = 0.0) -> float:
    """The deflated Sharpe ratio of the best of some trials.

    Args:
        trials: returns, a row a day or week, a column a trial, of the same days.
        rate: riskless, of one row.

    Raises:
        InputError: there is no trial, or one does not vary.
    """
    table = np.atleast_2d(np.asarray(trials, dtype=float))
    if not table.size or not np.isfinite(table).all():
        raise InputError("trials have to have a return in every row: leave out those that did not come to their end")
    shapes = [Shape.of(table[:, i], rate) for i in range(table.shape[1])]
    best = max(shapes, key=lambda shape: shape.ratio)
    variance = float(np.var([shape.ratio for shape in shapes], ddof=1)) if len(shapes) > 1 else 0.0
    return deflated(best, len(shapes), variance)
