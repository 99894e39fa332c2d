"""Expiry afternoon: cash or shares made ready an hour before the end, and the pin band (CC-6)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from math import inf

from allusr_protocol.seen import option
from allusr_sdk import Candidate, Close, Intent, Position, Quote, Skip, SleeveView, greeks

_HAIR, _ODDS = 1e-6, 0.6
"""Odds to end in the money that nothing out of it has in its last hours, whatever its volatility."""


def _within(view: SleeveView, position: Position, key: str) -> bool:
    """Whether the position expires today and at most so many minutes are left; end-of-day data is past all of them."""
    if option(position).expiry != view.session.day:
        return False
    return view.end_of_day or view.clock >= view.session.close - timedelta(minutes=view.rules.integer(key))


def preparing(position: Position, view: SleeveView) -> bool:
    """Whether it is late enough on its last day that cash or shares are made ready."""
    return _within(view, position, "CC-6.prep_at")


def hopeless(position: Position, view: SleeveView) -> bool:
    """Whether it lies further out of the money than the pin band: nothing to make ready, nothing to close."""
    snapshot, (low, high) = view.fresh(position.symbol), off_the_pin(position, view)
    return snapshot is not None and low < snapshot.spot < high and view.rules.number("CC-6.prep") > _ODDS


def off_the_pin(position: Position, view: SleeveView) -> tuple[float, float]:
    """Between which prices of the share an option is out of the money and off the pin band."""
    strike, pin = float(option(position).strike), view.rules.number("CC-6.pin") + _HAIR
    return (strike / (1 - pin), inf) if option(position).is_put else (-inf, strike / (1 + pin))


def pinned(position: Position, view: SleeveView) -> float | None:
    """The share by which spot lies off the strike in the last minutes, where that is within the pin band."""
    snapshot = view.fresh(position.symbol) if _within(view, position, "CC-6.pin_at") else None
    if snapshot is None or not snapshot.spot > 0:
        return None
    off = round(abs(snapshot.spot - float(option(position).strike)) / snapshot.spot, 9)
    return off if off <= view.rules.number("CC-6.pin") else None


def at_the_pin(position: Position, quote: Quote | None, view: SleeveView) -> Intent | None:
    """In the pin band what is secured is held and unknown until morning; anything else is closed; None outside it."""
    off = pinned(position, view)
    if off is None:
        return None
    if secured(position, view):
        why = f"pinned within {view.rules.number('CC-6.pin'):.2%} of its strike: held, unknown until morning"
        return Skip(position.symbol, "CC-6", why, {"state": "UNKNOWN"}, verdict="hold")
    if quote is None:
        return Skip(position.symbol, "CC-6 RULE-0", "pinned and not secured, but no quote for it", verdict="hold")
    numbers = {"off the strike": off, "ask": quote.ask}
    return Close(position.symbol, "CC-6", "pinned and not secured", numbers, position=position, quote=quote)


def secured(position: Position, view: SleeveView) -> bool:
    """Whether a short option outside any spread has its cash or its shares (RULE-1)."""
    if position.hedges:
        return False
    if option(position).is_put:
        return view.book.free >= 0
    return view.book.uncovered(position.symbol) >= 0


def ready(
    answers: Iterable[Intent | Candidate], position: Position, view: SleeveView, quote: Quote | None
) -> Iterator[Intent | Candidate]:
    """The answers, a plain hold replaced by the preparation where the option is almost sure to end in the money."""
    preparation = _preparation(position, quote, view)
    for answer in answers:
        held = isinstance(answer, Skip) and answer.rule == "PE-2"
        yield preparation if held and preparation is not None else answer


def _preparation(position: Position, quote: Quote | None, view: SleeveView) -> Skip | None:
    """ASSIGNMENT_PREP with the cash or shares that assignment takes."""
    if quote is None or not preparing(position, view) or hopeless(position, view):
        return None
    limit = view.rules.number("CC-6.prep")
    if not greeks.own(quote, view.market).probability > limit:
        return None
    contract, lots = option(position), -position.quantity
    need = {"cash": f"{contract.notional * lots:.2f}"} if contract.is_put else {"shares": position.multiplier * lots}
    why = "ASSIGNMENT_PREP: almost sure to end in the money"
    numbers = {"probability over": limit, **need}  # the probability itself moves, the decision does not
    return Skip(position.symbol, "CC-6", why, numbers, verdict="prepare")
