"""Return, drawdown, Sharpe and Sortino ratio of a curve of daily values.

Plain formulas over numpy: the libraries that have them are unmaintained or bound to another pandas than ours.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from attrs import frozen

SESSIONS = 252
"""Trading days of a year, by which ratios are annualised."""

FEWEST = 20
"""Daily returns without which a ratio is not told."""

YEARLY = 90
"""Calendar days without which no return is told a year: that says more about the exponent than about the account."""

_YEAR = 365.25


@frozen(kw_only=True)
class Statistics:
    """What a curve did. Fractions; None where the curve is too short to tell.

    Attributes:
        days: calendar days between the first and the last value; `returns` counts the daily returns.
        total: return over all of it; `cagr` the same a year, from `YEARLY` days on.
        drawdown: the deepest fall from a peak, negative, on `trough` from `peak`.
    """

    days: int
    returns: int
    total: float | None
    cagr: float | None
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    drawdown: float | None
    peak: date | None
    trough: date | None


def statistics(curve: Mapping[date, float], rate: float) -> Statistics:
    """Statistics of a curve of values by day.

    CAGR is (end / begin) ** (365.25 / days) - 1. Sharpe's ratio is the mean of the daily returns over the riskless
    rate by their standard deviation (n - 1), times the root of 252 (W. F. Sharpe, The Sharpe Ratio, 1994). Sortino's
    takes the root of the mean square of the returns below that rate instead, over all n (Sortino and van der Meer,
    Downside Risk, 1991).

    Args:
        curve: positive values by rising day, without deposits in between.
        rate: riskless rate a year, as a fraction.
    """
    days, values = list(curve), np.array(list(curve.values()), dtype=float)
    if len(values) < 2 or not (values > 0).all():
        return _none(days)
    excess = values[1:] / values[:-1] - 1 - rate / SESSIONS
    length, total = (days[-1] - days[0]).days, float(values[-1] / values[0] - 1)
    enough = len(excess) >= FEWEST
    below = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    spread, (fall, peak, trough) = float(np.std(excess, ddof=1)) if enough else 0.0, _fall(days, values)
    return Statistics(
        days=length, returns=len(excess), total=_six(total),
        cagr=_six((1 + total) ** (_YEAR / length) - 1) if length >= YEARLY else None,
        volatility=_six(spread * SESSIONS**0.5) if enough else None,
        sharpe=_ratio(excess, spread) if enough else None, sortino=_ratio(excess, below) if enough else None,
        drawdown=_six(fall), peak=peak, trough=trough,
    )  # fmt: skip


def drawdowns(values: Sequence[float]) -> tuple[float, ...]:
    """How far each value lies under the highest before it, as a fraction, at most zero."""
    if not len(values):
        return ()
    every = np.array(values, dtype=float)
    high = np.maximum.accumulate(every)
    fallen = np.divide(every, high, out=np.ones_like(every), where=high > 0) - 1
    return tuple(_six(float(fall)) for fall in fallen)


def _none(days: list[date]) -> Statistics:
    length = (days[-1] - days[0]).days if days else 0
    return Statistics(days=length, returns=max(len(days) - 1, 0), total=None, cagr=None, volatility=None, sharpe=None,
                      sortino=None, drawdown=None, peak=None, trough=None)  # fmt: skip


def _ratio(excess: "np.typing.NDArray[np.float64]", spread: float) -> float | None:
    return _six(float(np.mean(excess)) / spread * SESSIONS**0.5) if spread > 0 else None


def _fall(days: list[date], values: "np.typing.NDArray[np.float64]") -> tuple[float, date | None, date | None]:
    fallen = drawdowns(values.tolist())
    low = int(np.argmin(fallen))
    if fallen[low] == 0:
        return 0.0, None, None
    return fallen[low], days[int(np.argmax(values[: low + 1]))], days[low]


def _six(value: float) -> float:
    """Six significant digits: a last bit is no fact."""
    return float(f"{value:.6g}")
