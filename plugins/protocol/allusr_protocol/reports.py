"""Calls beyond the cover that a report leaves are bought back in the last manage window before it (CC-3)."""

from datetime import date, timedelta

from allusr_protocol.seen import is_call, option
from allusr_sdk import Close, Position, Quote, SleeveView, earnings


def reduced(position: Position, quote: Quote, view: SleeveView) -> Close | None:
    """The close of what this call has over the permitted cover, where a report is next; None otherwise."""
    if not view.managing or not (why := _report_next(position.symbol, view)):
        return None
    lots = _excess(position, view)
    if lots < 1:
        return None
    numbers = {"earnings": "reduce", "ask": quote.ask, "lots": lots}
    part = None if lots == -position.quantity else lots
    return Close(position.symbol, "CC-3", f"EARNINGS_REDUCE: {why}", numbers, position=position, quote=quote, lots=part)


def _report_next(symbol: str, view: SleeveView) -> str:
    """Which report no later manage window comes before, or that no calendar rules one out; else an empty text.

    An estimated date counts from the earliest to the latest day that it may be; a session that is not known is taken as
    before the open.
    """
    today, rules = view.session.day, view.rules
    if symbol in rules.texts("CC-3.exempt"):
        return ""
    known = [report for report in view.earnings(symbol) or () if report.as_of <= today]
    if all((today - report.as_of).days >= rules.integer("CC-3.calendar_days") for report in known):
        return "no earnings calendar is young enough to rule a report out"
    for report in known:
        margin = timedelta(days=0 if report.confirmed else rules.integer("CC-3.estimate_days"))
        after_close = report.session == "AMC"
        first = _last_window(report.day - margin, view, after_close=after_close)
        last = _last_window(report.day + margin, view, after_close=after_close)
        if first <= today <= last:
            return f"report {report.day} {report.session} ({'confirmed' if report.confirmed else 'estimated'})"
    return ""


def _last_window(day: date, view: SleeveView, *, after_close: bool) -> date:
    """The last session whose manage window comes before a report on a day."""
    if after_close and view.calendar.session(day) is not None:
        return day
    return view.calendar.before(day).day


def _excess(position: Position, view: SleeveView) -> int:
    """Contracts of this position over the permitted cover; those that live longest go first."""
    calls = [p for p in view.book.positions.values() if is_call(p) and p.symbol == position.symbol and not p.hedges]
    allowed = earnings.covered_at_most(view.book.shares(position.symbol), view.rules)
    excess = sum(-p.quantity for p in calls) - allowed
    for call in sorted(calls, key=lambda p: (option(p).expiry, p.key), reverse=True):
        if call.key == position.key:
            return min(-position.quantity, max(excess, 0))
        excess += call.quantity
    return 0
