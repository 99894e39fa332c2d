"""Earnings time (CC-3): when a symbol's report is near, and how many calls may then stand on its shares."""

from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.views import EarningsDate, MarketView
from allusr_sdk.rulebook import Rulebook


def earnings_week(symbol: str, expiry: date, view: MarketView, rules: Rulebook) -> str:
    """Why the time to `expiry` counts as earnings time, or an empty text (CC-3).

    It does where a report (an estimated one with its margin) lies in this ISO week or up to the expiry, and where no
    entry of the calendar is young enough to rule that out. Funds and indices report nothing.
    """
    if symbol in rules.texts("CC-3.exempt"):
        return ""
    today = view.session.day
    known = [report for report in view.earnings.get(symbol, ()) if report.as_of <= today]
    if not known:
        return "no earnings calendar for it: give one with --earnings"
    age = (today - max(report.as_of for report in known)).days
    if age >= (limit := rules.integer("CC-3.calendar_days")):
        return f"its earnings calendar is {age} days old, older than {limit - 1}"
    for report in known:
        if _touches(report, today, expiry, rules):
            return f"report {report.day} {report.session} ({'confirmed' if report.confirmed else 'estimated'})"
    return ""


def _touches(report: EarningsDate, today: date, expiry: date, rules: Rulebook) -> bool:
    margin = timedelta(days=0 if report.confirmed else rules.integer("CC-3.estimate_days"))
    monday = today - timedelta(days=today.weekday())
    first, last = report.day - margin, report.day + margin
    in_week = first <= monday + timedelta(days=6) and last >= monday
    return in_week or (first <= expiry and last >= today)


def covered_at_most(shares: int, rules: Rulebook) -> int:
    """Short calls that may stand on `shares` in earnings time: a share of their whole hundreds, rounded down (CC-3)."""
    return int(rules.money("CC-3.coverage") * Decimal(shares // MULTIPLIER))
