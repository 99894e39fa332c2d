"""Dividends and report dates: known ahead, quarterly, by rule, unless a script says otherwise."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from attrs import evolve

from allusr_sdk.market.synthetic.profiles import PROFILES, Profile, Quarterly, Reported
from allusr_sdk.market.synthetic.script import Script
from allusr_sdk.model.calendar import xnys

_DAY = timedelta(days=1)

PAY_DAYS: Mapping[str, int] = {
    "AAPL": 3, "MSFT": 21, "GOOG": 7, "GOOGL": 7, "META": 10, "NVDA": 22, "SPY": 41, "QQQ": 38, "IWM": 6,
}  # fmt: skip
"""Calendar days from a dividend's ex-date to its payment, by share; the next session where that day is none."""

_USUAL_DAYS = 21


def told(script: Script) -> Mapping[str, Profile]:
    """The table of underlyings as a script has it: its dividends and, for every share class, its reports."""
    table = dict(PROFILES)
    for dividend in script.dividends:
        profile = table[dividend.symbol]
        paid = (*profile.told_dividends, (dividend.ex_day, float(dividend.amount)))
        table[dividend.symbol] = evolve(profile, told_dividends=tuple(sorted(paid)))
    for report in script.earnings:
        said = Reported(report.day, report.session, report.confirmed, report.as_of)
        for profile in [p for p in table.values() if p.company == PROFILES[report.symbol].company]:
            table[profile.symbol] = evolve(profile, told_reports=(*profile.told_reports, said))
    return table


def dividends(profile: Profile, first: date, last: date) -> tuple[tuple[date, float], ...]:
    """Ex-dates from `first` to `last`, both included, and dollars a share; the price opens lower by them."""
    given = profile.told_dividends
    usual = _usual(profile.ex, tuple(day for day, _ in given), first, last)
    paid = [(day, profile.dividend) for day in usual] + [(day, cash) for day, cash in given if first <= day <= last]
    return tuple(sorted((day, cash) for day, cash in paid if cash > 0))


def pay_day(symbol: str, ex_day: date) -> date:
    """When a dividend is paid."""
    return _session(ex_day + timedelta(days=PAY_DAYS.get(symbol, _USUAL_DAYS)))


def reports(profile: Profile, first: date, last: date) -> tuple[Reported, ...]:
    """Reports from `first` to `last`, both included, in order of their days."""
    given = profile.told_reports
    usual = _usual(profile.report, tuple(report.day for report in given), first, last)
    made = [Reported(day, "AMC", True, None) for day in usual] + [r for r in given if first <= r.day <= last]
    return tuple(sorted(made, key=lambda report: report.day))


def nights(profile: Profile, first: date, last: date) -> tuple[date, ...]:
    """Days from `first` to `last`, both included, in the night after which the price answers to a report."""
    found = (r.day if r.session == "AMC" else r.day - _DAY for r in reports(profile, first, last + _DAY))
    return tuple(night for night in found if first <= night <= last)


def _usual(rule: Quarterly | None, instead: tuple[date, ...], first: date, last: date) -> tuple[date, ...]:
    """The rule's days of a period, without those of quarters in which something else is told."""
    if rule is None:
        return ()
    days = (day for year in range(first.year, last.year + 1) for day in _of_year(rule, year) if first <= day <= last)
    replaced = {_quarter(day) for day in instead}
    return tuple(day for day in days if not replaced or _quarter(day) not in replaced)


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3


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
