"""A stand-in for the rulebook's week types that daily closes alone can tell.

Real week types come from a run's ledger. Here each ISO week writes one imagined put on each symbol of a basket, as the
generator would: struck at the close before the week's last but one session, held to the close of its last one.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import exp, isfinite, log, sqrt

from attrs import frozen

from allusr_advisor.advice.measures import REALISED_SESSIONS, panel
from allusr_advisor.advice.quality.data import BASKET, Market
from allusr_advisor.advice.weekmodels import Week

D1 = 0.189
"""The normal quantile of a put of 42.5 delta: N(-0.189) = 0.425."""

IMPLIED = 1.15
"""Implied over realised volatility, as in PE-12."""

RANGE = 1.8
"""True range over the move of the close, about what it is since 2007; before that highs and lows hold bad prints."""

ATR_SESSIONS = 5
HELD = 2
ROLL, STOP = 2.0, 3.0
CALM_VIX, STORM_VIX, SAFE_VIX, RUN = 30.0, 50.0, 65.0, 5
DRAWDOWN = 0.2
YEAR = 252


@frozen
class _Session:
    """What the basket and the market did on one day that is in all of their bars."""

    day: date
    closes: Mapping[str, float]
    vix: float


def week_types(market: Market) -> tuple[Week, ...]:
    """The proxy's label of each finished week, and features as of the close before the week."""
    sessions = _sessions(market)
    closes = {symbol: [s.closes[symbol] for s in sessions] for symbol in BASKET}
    states = panel(market.universe[BASKET[0]], market.vix)
    realised = dict(zip(states.days, states.columns["realised"], strict=True))
    found = []
    for first, last in _spans(sessions):
        if first >= YEAR and last - first >= HELD:
            features = _features(sessions, closes[BASKET[0]], first - 1, realised)
            year, number, _ = sessions[first].day.isocalendar()
            label = _label(sessions, closes, first, last)
            found.append(Week(week=f"{year}-W{number:02}", label=label, features=features))
    return tuple(found)


def _sessions(market: Market) -> list[_Session]:
    prices = {symbol: {bar.day: bar.close for bar in market.universe[symbol]} for symbol in BASKET}
    days = sorted(set.intersection(set(market.vix), *map(set, prices.values())))
    return [_Session(day, {s: prices[s][day] for s in BASKET}, market.vix[day]) for day in days]


def _spans(sessions: Sequence[_Session]) -> list[tuple[int, int]]:
    """First and last position of each ISO week but the last one, which may not be finished."""
    weeks = [s.day.isocalendar()[:2] for s in sessions]
    starts = [i for i in range(len(weeks)) if i == 0 or weeks[i] != weeks[i - 1]]
    return [(a, b - 1) for a, b in pairwise(starts)]


def _label(sessions: Sequence[_Session], closes: Mapping[str, Sequence[float]], first: int, last: int) -> str:
    """The gravest type whose condition holds (WK-3)."""
    worst, assigned = _puts(closes, last)
    vix = [s.vix for s in sessions[first : last + 1]]
    if worst >= STOP or max(vix) > SAFE_VIX:
        return "PRESERVATION"
    if max(vix) > STORM_VIX or any(_hedges(sessions, closes[BASKET[0]], i) for i in range(first, last + 1)):
        return "HEDGED"
    return "ROLL" if worst >= ROLL else "ASSIGNMENT" if assigned else "CALM_INCOME"


def _puts(closes: Mapping[str, Sequence[float]], last: int) -> tuple[float, bool]:
    """The furthest that a put was in the money at a close, in ATR, and whether one ended in it."""
    struck = last - HELD
    distances, assigned = [], False
    for prices in closes.values():
        strike = prices[struck] * exp(-D1 * IMPLIED * _deviation(prices, struck) * sqrt(HELD))
        atr = RANGE * sum(abs(prices[i] - prices[i - 1]) for i in range(struck - ATR_SESSIONS + 1, struck + 1))
        distances += [(strike - prices[i]) / (atr / ATR_SESSIONS) for i in range(struck + 1, last + 1)]
        assigned |= prices[last] < strike
    return max(distances), assigned


def _deviation(prices: Sequence[float], last: int) -> float:
    """Standard deviation of a session's return, from the twenty before."""
    moves = [log(prices[i] / prices[i - 1]) for i in range(last - REALISED_SESSIONS + 1, last + 1)]
    return sqrt(sum(move**2 for move in moves) / len(moves))


def _hedges(sessions: Sequence[_Session], index: Sequence[float], i: int) -> bool:
    """Whether VIX30x5 or SPX_DD20 is on at a close (PE-10)."""
    stressed = all(s.vix > CALM_VIX for s in sessions[i - RUN + 1 : i + 1])
    return stressed or index[i] <= (1 - DRAWDOWN) * max(index[i - YEAR + 1 : i + 1])


def _features(
    sessions: Sequence[_Session], index: Sequence[float], i: int, realised: Mapping[date, float]
) -> dict[str, float]:
    """What the close before a week knew."""
    volatility = realised.get(sessions[i].day, float("nan"))
    return {
        "log_vix": log(sessions[i].vix),
        "log_realised": log(volatility) if isfinite(volatility) and volatility > 0 else float("nan"),
        "week": log(index[i] / index[i - RUN]),
        "drawdown": index[i] / max(index[i - YEAR + 1 : i + 1]) - 1,
        "stressed": float(sum(s.vix > CALM_VIX for s in sessions[i - RUN + 1 : i + 1])),
    }
