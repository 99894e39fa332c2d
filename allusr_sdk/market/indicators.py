"""Average true range and average volume from completed daily bars (PE-1, LQ-1)."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import inf

from allusr_sdk.model.calendar import Calendar
from allusr_sdk.model.views import Bar, Bars

# Wilder's average remembers all that came before; a few of its periods are enough to forget the seed.
_MEMORY = 10


def true_ranges(bars: Sequence[Bar]) -> list[float]:
    """True range of each bar in dollars: the widest of high - low and the distances to the close before (PE-1).

    The first bar has no close before it: its range is high - low.
    """
    spans = [bar.high - bar.low for bar in bars[:1]]
    for before, bar in pairwise(bars):
        spans.append(max(bar.high - bar.low, abs(bar.high - before.close), abs(bar.low - before.close)))
    return spans


def sma(ranges: Sequence[float], period: int) -> float:
    """Mean of the last `period` ranges."""
    return sum(ranges[-period:]) / period


def wilder(ranges: Sequence[float], period: int) -> float:
    """Wilder's average: the mean of the first `period` ranges, then ((period - 1) x average + range) / period."""
    average = sma(ranges[:period], period)
    for span in ranges[period:]:
        average = ((period - 1) * average + span) / period
    return average


_METHODS = {"sma": sma, "wilder": wilder}


def average_true_range(
    bars: Bars,
    symbol: str,
    day: date,
    calendar: Calendar,
    *,
    period: int = 5,
    method: str = "sma",
    carry: tuple[float, int] = (1.1, 3),
    fallback: float = 0.02,
    last_price: float | None = None,
) -> tuple[float, str] | None:
    """ATR in dollars from sessions completed before `day`, and how it is known; None where not even a price is.

    It needs `period` + 1 bars of consecutive sessions: a hole is not bridged. Where the newest sessions have no bar,
    the last valid value counts `carry[0]` times, if it is at most `carry[1]` sessions old; else it is `fallback` x
    `last_price`, or x the last close of these sessions. Source: rule PE-1.
    """
    length = period + 1 if method == "sma" else period * _MEMORY + 1
    factor, oldest = carry
    known = {bar.day: bar for bar in bars.before(symbol, day, length + oldest) if _whole(bar)}
    for age in range(oldest + 1):
        run = _run(known, calendar, day, age, length)
        if len(run) > period:
            value, name = _METHODS[method](true_ranges(run)[1:], period), f"{method.upper()}{period}"
            return (value, name) if age == 0 else (factor * value, f"{factor:g} x {name} of {run[-1].day}")
    newest = max(known, default=None)
    price = last_price if last_price is not None and 0 < last_price < inf else None
    price = known[newest].close if price is None and newest is not None else price
    return None if price is None else (fallback * price, f"{fallback:.0%} of {price:.2f}: no {period + 1} daily bars")


def _whole(bar: Bar) -> bool:
    """Whether all prices of a bar are prices; one of which a number is missing is a hole (RULE-0)."""
    return 0 < bar.low <= bar.high < inf and 0 < bar.close < inf


def _run(known: Mapping[date, Bar], calendar: Calendar, day: date, age: int, length: int) -> list[Bar]:
    """Bars of consecutive sessions, the last one `age` sessions before the newest completed one."""
    run: list[Bar] = []
    session = calendar.before(day, age + 1).day
    while session in known and len(run) < length:
        run.append(known[session])
        session = calendar.before(session).day
    return run[::-1]


def average_volume(bars: Bars, symbol: str, day: date, *, sessions: int = 20) -> float | None:
    """Mean daily volume in shares over the last `sessions` before `day`; None unless it is known for all of them."""
    volumes = [bar.volume for bar in bars.before(symbol, day, sessions)]
    known = len(volumes) == sessions and all(0 <= volume < inf for volume in volumes)
    return sum(volumes) / sessions if known else None
