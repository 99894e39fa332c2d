"""Synthetic daily data whose truth is known."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import exp, sqrt
from random import Random

from allusr_sdk.model.views import Bar

FIRST = date(2001, 1, 1)


def weekdays(count: int) -> list[date]:
    """The first `count` days from Monday to Friday since 2001."""
    return [FIRST + timedelta(days=i // 5 * 7 + i % 5) for i in range(count)]


def bars_of(moves: Iterable[float], *, start: float = 100.0) -> list[Bar]:
    """Bars whose closes move by these shares; each opens where the one before closed."""
    moves, price, found = list(moves), start, []
    for day, move in zip(weekdays(len(moves)), moves, strict=True):
        close = price * exp(move)
        found.append(Bar(day, price, max(price, close), min(price, close), close))
        price = close
    return found


def storms(count: int, *, calm: float = 0.12, storm: float = 0.45, length: int = 100, seed: int = 1) -> list[float]:
    """Daily moves that are calm and stormy in turns of `length` sessions; volatilities a year."""
    random = Random(seed)
    return [random.gauss(0, (storm if i // length % 2 else calm) / sqrt(252)) for i in range(count)]


def vix_of(moves: Sequence[float]) -> dict[date, float]:
    """An index of volatility that knows the last ten moves, in points."""
    found = {}
    for i, day in enumerate(weekdays(len(moves))):
        seen = moves[max(0, i - 9) : i + 1]
        found[day] = 2 + 100 * sqrt(252 * sum(move**2 for move in seen) / len(seen))
    return found
