"""When something may be done: the entry window with its attempts, and the manage window of a session (CAD-7)."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from allusr_sdk.model.calendar import Session
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook


@lru_cache(maxsize=4)
def entry_window(session: Session, rules: Rulebook) -> tuple[datetime, datetime]:
    """First and last instant at which a new entry may be sent, New York time."""
    start, end = rules.clock("CAD-7.entry_from"), rules.clock("CAD-7.last_child")
    first = session.open + timedelta(minutes=rules.integer("CAD-7.quiet_open"))
    last = min(session.at(end.hour, end.minute), entries_end(session, rules))
    return max(first, session.at(start.hour, start.minute)), last


def entries_end(session: Session, rules: Rulebook) -> datetime:
    """From when on no entry order may still work, New York time: all that do are cancelled then."""
    end = rules.clock("CAD-7.entry_until")
    last = session.close - timedelta(minutes=rules.integer("CAD-7.quiet_close"))
    return min(last, session.at(end.hour, end.minute))


def attempts(session: Session, rules: Rulebook) -> int:
    """How many attempts the entry window has: the first at its start, then one at each step."""
    first, last = entry_window(session, rules)
    return max(0, int((last - first) / _step(rules))) + 1


def attempt(view: MarketView, rules: Rulebook) -> int | None:
    """Number of the attempt at this instant, 0 at the window's start; None between two attempts and outside the window.

    A step's whole first minute is its attempt. Data without a grid has a single attempt, whenever it comes (CAD-14).
    """
    if outside_entry(view, rules):
        return None
    if view.grain is not Grain.GRID:
        return 0
    count, rest = divmod(view.clock - entry_window(view.session, rules)[0], _step(rules))
    return count if rest < timedelta(minutes=1) else None


def _step(rules: Rulebook) -> timedelta:
    return timedelta(minutes=rules.integer("CAD-7.every"))


def outside_entry(view: MarketView, rules: Rulebook) -> str:
    """Why this instant lies outside the entry window, or an empty text; end-of-day data has no window (CAD-14)."""
    if view.grain is Grain.EOD:
        return ""
    first, last = entry_window(view.session, rules)
    return "" if first <= view.clock <= last else f"outside the entry window {first:%H:%M}-{last:%H:%M}"


def in_manage_window(view: MarketView, rules: Rulebook) -> bool:
    """Whether positions are managed and closed at this instant; end-of-day data always is."""
    close = view.session.close
    first = close - timedelta(minutes=rules.integer("CAD-7.manage_from"))
    last = close - timedelta(minutes=rules.integer("CAD-7.manage_until"))
    return view.grain is Grain.EOD or first <= view.clock <= last


def too_late(view: MarketView, expiry: date | None) -> str:
    """Why no order can work any more at this instant, or an empty text (CAD-1, CAD-14).

    A session's close ends its trading. End-of-day data has no other instant, so there the close only ends what expires:
    `expiry` is the contract's, None for shares.
    """
    if view.clock < view.session.close:
        return ""
    if view.grain is not Grain.EOD:
        return f"the session closed at {view.session.close:%H:%M}"
    over = expiry is not None and view.calendar.sessions_left(view.session.day, expiry) <= 0
    return "it traded for the last time at this close and settles" if over else ""
