"""When a hedge has done its work and is sold: paid, calm again, or old (PE-10)."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from allusr_protocol.instruments import FUND
from allusr_protocol.seen import option
from allusr_sdk import Close, Position, SleeveView

_SURELY = 0.99
"""The share of what a hedge must be worth under which no exact sum of mids is needed to see that it is not."""

Key = tuple[str, str, str, str]


def releases(view: SleeveView) -> Iterator[Close]:
    """One close for each underlying whose hedges are due: of a spread both legs at once."""
    held = sorted((p for p in view.book.positions.values() if p.hedges and p.contract), key=_key)
    busy = {order.symbol for order in view.book.working.values()}
    for _, group in groupby(held, key=_key):
        for hedge in _hedges(list(group)):
            first = min(hedge, key=lambda p: (p.quantity > 0, p.key))
            if first.symbol not in busy and (close := _release(first, hedge, view)):
                busy.add(first.symbol)
                yield close


def _key(position: Position) -> Key:
    contract = option(position)
    return (position.symbol, position.cause, str(contract.expiry), str(contract.right))


def _hedges(group: list[Position]) -> list[list[Position]]:
    """Legs that belong together: all of a group with a written leg, else each by itself."""
    return [group] if any(p.short for p in group) else [[p] for p in group]


def _release(leg: Position, hedge: list[Position], view: SleeveView) -> Close | None:
    why = _half(hedge) or _old(leg, view) or _calm(leg, view) or _paid(hedge, view)
    quote = view.quote(option(leg)) if why else None
    if quote is None:
        return None
    limits, sell = {"bid": quote.bid, "ask": quote.ask}, view.partner(leg)
    return Close(leg.symbol, "PE-10", f"hedge released: {why}", limits, position=leg, quote=quote, sell=sell)


def _half(hedge: list[Position]) -> str:
    """A fund's put alone is half of a spread whose written leg was bought back: the fund hedges by spreads alone."""
    alone = len(hedge) == 1 and hedge[0].symbol == FUND[0] and not hedge[0].short
    return "the written leg of its spread is closed" if alone else ""


def _old(leg: Position, view: SleeveView) -> str:
    days = view.days_left(option(leg).expiry)
    return f"{days} days to its expiry" if days <= view.rules.integer("PE-10.release_days") else ""


def _calm(leg: Position, view: SleeveView) -> str:
    """VIX low and every position at level 0 for some sessions.

    The books know levels of now, not of past sessions. So the calm is read conservatively: VIX has closed low on each
    of them and is low now, nothing stands at level 1 or is frozen, and the hedge is at least as many sessions old.
    """
    sessions, limit = view.rules.integer("PE-10.release_sessions"), view.rules.number("PE-10.release_vix")
    vix = view.market.vix
    if vix is None or len(vix.closes) < sessions or not all(v < limit for v in (*vix.closes[-sessions:], vix.value)):
        return ""
    raised = any(p.watch.level >= 1 for p in view.book.positions.values()) or bool(view.book.frozen)
    bought = leg.opened.astimezone(view.clock.tzinfo).date()
    if raised or view.calendar.sessions_left(bought, view.session.day) < sessions:
        return ""
    return f"VIX under {limit:g} and no position at level 1 for {sessions} sessions"


def _paid(hedge: list[Position], view: SleeveView) -> str:
    """Worth so many times its cost at the mids; a leg whose two sides are not known leaves that unknown."""
    quotes = [quote for leg in hedge if (quote := view.quote(option(leg))) is not None]
    if len(quotes) < len(hedge) or not all(0 <= quote.bid < quote.ask < float("inf") for quote in quotes):
        return ""
    cost = sum((leg.amount * (1 if leg.quantity > 0 else -1) for leg in hedge), Decimal(0))
    multiple = view.rules.money("PE-10.release_multiple")
    legs = list(zip(quotes, hedge, strict=True))
    about = sum((quote.bid + quote.ask) / 2 * leg.quantity * leg.multiplier for quote, leg in legs)
    if about < _SURELY * float(multiple * cost):
        return ""
    value = sum((quote.mid * leg.quantity * leg.multiplier for quote, leg in legs), Decimal(0))
    return f"worth {value:,.0f}, {multiple:g} times its cost {cost:,.0f}" if value >= multiple * cost > 0 else ""
