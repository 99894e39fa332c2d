"""Dividends and report dates: known ahead, quarterly, by rule."""

from datetime import date, timedelta
from functools import lru_cache

from attrs import frozen

from allusr_sdk.market.synthetic.profiles import PROFILES, Quarterly
from allusr_sdk.model.calendar import xnys


@frozen
class Dividend:
    """Cash a share that who buys on `ex_day` no longer gets; the price opens lower by it."""

    symbol: str
    ex_day: date
    amount: float


def dividends(symbol: str, first: date, last: date) -> tuple[Dividend, ...]:
    """Dividends of a symbol with an ex-date from `first` to `last`, both included."""
    profile = PROFILES[symbol]
    return tuple(Dividend(symbol, day, profile.dividend) for day in _dates(profile.ex, first, last))


def reports(symbol: str, first: date, last: date) -> tuple[date, ...]:
    """Days after whose close the symbol reports, from `first` to `last`, both included."""
    return _dates(PROFILES[symbol].report, first, last)


def _dates(rule: Quarterly | None, first: date, last: date) -> tuple[date, ...]:
    if rule is None:
        return ()
    years = range(first.year, last.year + 1)
    return tuple(day for year in years for day in _of_year(rule, year) if first <= day <= last)


@lru_cache(maxsize=1024)
def _of_year(rule: Quarterly, year: int) -> tuple[date, ...]:
    months = sorted((rule.month + 3 * i - 1) % 12 + 1 for i in range(4))
    return tuple(_session(_nth(year, month, rule.nth, rule.weekday)) for month in months)


def _nth(year: int, month: int, nth: int, weekday: int) -> date:
    """The nth weekday of a month, or the last where it has only four."""
    first = date(year, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return day if day.month == month else day - timedelta(days=7)


def third_friday(year: int, month: int) -> date:
    """Standard monthly expiry day before any holiday is considered."""
    return _nth(year, month, 3, 4)


def _session(day: date) -> date:
    try:
        known = xnys().session(day)
    except ValueError:
        return day
    return day if known else xnys().after(day).day
