"""When something may be done: the entry and the manage window of a session (CAD-7)."""

from datetime import datetime, timedelta

from allusr_sdk.model.calendar import Session
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook


def entry_window(session: Session, rules: Rulebook) -> tuple[datetime, datetime]:
    """First and last instant at which a new entry may be sent, New York time."""
    start, end = rules.clock("CAD-7.entry_from"), rules.clock("CAD-7.last_child")
    first = session.open + timedelta(minutes=rules.integer("CAD-7.quiet_open"))
    last = session.close - timedelta(minutes=rules.integer("CAD-7.quiet_close"))
    return max(first, session.at(start.hour, start.minute)), min(last, session.at(end.hour, end.minute))


def outside_entry(view: MarketView, rules: Rulebook) -> str:
    """Why this instant lies outside the entry window, or an empty text; end-of-day data has no window (CAD-14)."""
    first, last = entry_window(view.session, rules)
    if view.grain is Grain.EOD or first <= view.clock <= last:
        return ""
    return f"outside the entry window {first:%H:%M}-{last:%H:%M}"


def in_manage_window(view: MarketView, rules: Rulebook) -> bool:
    """Whether positions are managed and closed at this instant; end-of-day data always is."""
    close = view.session.close
    first = close - timedelta(minutes=rules.integer("CAD-7.manage_from"))
    last = close - timedelta(minutes=rules.integer("CAD-7.manage_until"))
    return view.grain is Grain.EOD or first <= view.clock <= last
