"""What a curve of equity did, measure by measure: each a function of rows of returns, which can be drawn again."""

from collections.abc import Callable
from math import floor, nan, sqrt

import numpy as np
from attrs import frozen

from allusr_sdk.model.chains import Floats
from allusr_sdk.reports.periods.statistics import FEWEST, SESSIONS, YEARLY

DAYS, WEEKS = "days", "weeks"

RETURN, KEPT, TAKEN, WON, ENDED = range(5)
"""Columns of weekly rows: return (fraction), premium kept and taken (dollars), ends of written options, won and all."""


@frozen
class Terms:
    """What a measure needs beside the rows: calendar years that they span, and the riskless rate a year (fraction)."""

    years: float
    rate: float


@frozen(kw_only=True)
class Measure:
    """A measure.

    Attributes:
        unit: fraction (0.05 is 5 %), number or count, as in `Figure`.
        rows: `days`, one column of daily returns, or `weeks`, columns as above.
        fewest: rows without which it is unknown; `days` the calendar days that they have to span.
        about: what it is, in a clause.
        of: the measure of rows; NaN where they do not tell.
        options: whether only an account of options has it.
    """

    key: str
    label: str
    unit: str
    rows: str
    fewest: int
    about: str
    of: Callable[[Floats, Terms], float]
    options: bool = False
    days: int = 0


def total(rows: Floats, terms: Terms) -> float:
    """Return over all of the rows."""
    return float(np.prod(1 + rows[:, 0])) - 1


def cagr(rows: Floats, terms: Terms) -> float:
    """Return a year: growth ** (1 / years) - 1."""
    growth = 1 + total(rows, terms)
    grown: float = growth ** (1 / terms.years) if growth > 0 else 0.0
    return grown - 1


def volatility(rows: Floats, terms: Terms) -> float:
    """Standard deviation (n - 1) of daily returns, times the root of 252."""
    return float(np.std(rows[:, 0], ddof=1)) * sqrt(SESSIONS)


def sharpe(rows: Floats, terms: Terms) -> float:
    """Mean daily return over the riskless rate by its standard deviation, by the root of 252 (W. F. Sharpe, 1994)."""
    excess = rows[:, 0] - terms.rate / SESSIONS
    return _ratio(float(np.mean(excess)), float(np.std(excess, ddof=1)))


def sortino(rows: Floats, terms: Terms) -> float:
    """The same by the root of the mean square of what lies below the rate (Sortino and van der Meer, 1991)."""
    excess = rows[:, 0] - terms.rate / SESSIONS
    return _ratio(float(np.mean(excess)), float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2))))


def drawdown(rows: Floats, terms: Terms) -> float:
    """The deepest fall from a peak, a fraction at most zero; the beginning is a peak."""
    return float(np.min(_fallen(rows), initial=0.0))


def under_water(rows: Floats, terms: Terms) -> float:
    """The longest stretch of sessions that end under an earlier high, the last one also where it has not ended."""
    return float(_stretches(rows).max(initial=0))


def under_water_share(rows: Floats, terms: Terms) -> float:
    """The share of sessions that end under an earlier high."""
    return float(np.mean(_fallen(rows) < -1e-12))


def worst(rows: Floats, terms: Terms) -> float:
    """The lowest of the returns."""
    return float(np.min(rows[:, RETURN]))


def cvar(share: float) -> Callable[[Floats, Terms], float]:
    """The mean of the worst `share` of returns, the last of them counted in part (Acerbi and Tasche, 2002)."""

    def of(rows: Floats, terms: Terms) -> float:
        ordered, size = np.sort(rows[:, RETURN]), share * len(rows)
        whole = floor(size + 1e-9)
        part = ordered[whole] * (size - whole) if whole < len(ordered) else 0.0
        return float((ordered[:whole].sum() + part) / size)

    return of


def up(rows: Floats, terms: Terms) -> float:
    """The share of returns above zero."""
    return float(np.mean(rows[:, RETURN] > 0))


def kept(rows: Floats, terms: Terms) -> float:
    """Premium kept over premium collected."""
    return _share(rows, KEPT, TAKEN)


def hit_rate(rows: Floats, terms: Terms) -> float:
    """Ends of written options with a gain, over all of their ends."""
    return _share(rows, WON, ENDED)


MEASURES = (
    Measure(key="total", label="Return", unit="fraction", rows=DAYS, fewest=1, of=total, about="over the whole period"),
    Measure(key="cagr", label="CAGR", unit="fraction", rows=DAYS, fewest=1, of=cagr, about="return a year",
            days=YEARLY),
    Measure(key="volatility", label="Volatility", unit="fraction", rows=DAYS, fewest=FEWEST, of=volatility,
            about="standard deviation of daily returns, a year"),
    Measure(key="sharpe", label="Sharpe", unit="number", rows=DAYS, fewest=FEWEST, of=sharpe,
            about="mean over the riskless rate, by the standard deviation, a year"),
    Measure(key="sortino", label="Sortino", unit="number", rows=DAYS, fewest=FEWEST, of=sortino,
            about="the same, by what lies below the rate"),
    Measure(key="drawdown", label="Max drawdown", unit="fraction", rows=DAYS, fewest=1, of=drawdown,
            about="deepest fall from a peak, at sessions' ends"),
    Measure(key="under_water", label="Longest under water, sessions", unit="count", rows=DAYS, fewest=1,
            of=under_water, about="sessions running under an earlier high"),
    Measure(key="under_water_share", label="Time under water", unit="fraction", rows=DAYS, fewest=1,
            of=under_water_share, about="share of sessions under an earlier high"),
    Measure(key="worst_week", label="Worst week", unit="fraction", rows=WEEKS, fewest=1, of=worst,
            about="lowest return of an ISO week"),
    Measure(key="cvar_95", label="CVaR 95, weekly", unit="fraction", rows=WEEKS, fewest=20, of=cvar(0.05),
            about="mean of the worst twentieth of weeks"),
    Measure(key="cvar_99", label="CVaR 99, weekly", unit="fraction", rows=WEEKS, fewest=100, of=cvar(0.01),
            about="mean of the worst hundredth of weeks"),
    Measure(key="weeks_up", label="Weeks up", unit="fraction", rows=WEEKS, fewest=1, of=up,
            about="share of weeks that gained"),
    Measure(key="kept", label="Premium kept / taken", unit="fraction", rows=WEEKS, fewest=1, of=kept, options=True,
            about="kept at ends over taken; what is open, or went into the basis of shares, is taken alone"),
    Measure(key="hit_rate", label="Hit rate", unit="fraction", rows=WEEKS, fewest=1, of=hit_rate, options=True,
            about="ends of written options with a gain; assigned ones by how far they were in the money"),
)  # fmt: skip
"""Every measure, in the order in which it is shown."""


def _ratio(mean: float, spread: float) -> float:
    return mean / spread * sqrt(SESSIONS) if spread > 1e-12 else nan


def _share(rows: Floats, part: int, whole: int) -> float:
    if rows.shape[1] <= whole:
        return nan
    total = float(rows[:, whole].sum())
    return float(rows[:, part].sum()) / total if total > 0 else nan


def _fallen(rows: Floats) -> Floats:
    """How far each session's end lies under the highest before it, the beginning included."""
    values = np.cumprod(1 + rows[:, 0])
    found: Floats = values / np.maximum(np.maximum.accumulate(values), 1.0) - 1
    return found


def _stretches(rows: Floats) -> "np.typing.NDArray[np.int64]":
    """At each session, how many sessions it has been under water without a break."""
    under = _fallen(rows) < -1e-12
    count = np.arange(1, len(under) + 1)
    found: np.typing.NDArray[np.int64] = count - np.maximum.accumulate(np.where(under, 0, count))
    return found
