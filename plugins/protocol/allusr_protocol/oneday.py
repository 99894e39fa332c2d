"""Calls written two days out or more leave on the session before their expiry, as far as cash goes (CC-2)."""

from datetime import timedelta
from decimal import Decimal

from allusr_protocol.seen import is_call, option
from allusr_sdk import Close, Intent, Position, Quote, Skip, SleeveView

SHORTEST = timedelta(days=2)


def due(position: Position, view: SleeveView) -> bool:
    """Whether the manage window of its last session but one is open for a call written two days out or more."""
    return view.managing and last_but_one(position, view)


def last_but_one(position: Position, view: SleeveView) -> bool:
    """Whether it is the last session but one of a call written two days out or more, in an earlier session."""
    expiry, written = option(position).expiry, position.opened.astimezone(view.clock.tzinfo).date()
    if not 0 < view.sessions_left(expiry) <= view.rules.integer("CC-2.dte") or written == view.session.day:
        return False
    return expiry - written >= SHORTEST


def leaves(position: Position, quote: Quote, view: SleeveView) -> Intent | None:
    """The close of as many lots as cash buys back, a hold where it buys none; None where the call may stay.

    The cheapest are bought back first, so that where cash is short assignment is accepted on the dearest. What costs no
    more than `CC-2.leave_at` expires.
    """
    if not due(position, view) or not _worth(quote, view):
        return None
    free = view.book.free
    lots = _affordable(position, quote, free, view)
    numbers = {"ask": quote.ask, "free cash": str(free)}
    if lots < 1:
        why = "one session left, but cash is short: assignment is accepted on the dearest calls"
        return Skip(position.symbol, "CC-2", why, numbers, verdict="hold")
    part = None if lots == -position.quantity else lots
    why = "one session left" if part is None else f"one session left, cash for {lots} of {-position.quantity}"
    return Close(position.symbol, "CC-2", why, numbers, position=position, quote=quote, lots=part)


def _worth(quote: Quote | None, view: SleeveView) -> bool:
    return quote is not None and view.rules.number("CC-2.leave_at") < quote.ask < float("inf")


def _cost(quote: Quote, view: SleeveView) -> Decimal:
    """Dollars to buy back one contract."""
    return Decimal(str(quote.ask)) * 100 + view.rules.money("FEE-1.option")


def _affordable(position: Position, quote: Quote, free: Decimal, view: SleeveView) -> int:
    """Contracts that cash buys back after all cheaper calls that are due now."""
    for other in view.book.positions.values():
        if other.key == position.key or not is_call(other) or not due(other, view):
            continue
        asked = view.quote(option(other))
        if asked is not None and _worth(asked, view) and (asked.ask, other.key) < (quote.ask, position.key):
            free -= _cost(asked, view) * -other.quantity
    return min(-position.quantity, int(max(free, Decimal(0)) / _cost(quote, view)))
