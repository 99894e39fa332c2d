"""Covered calls: 65 % profit, one day left, early assignment, and the upward ladder (CC-1, CC-2, CC-4, PE-3)."""

import itertools
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from math import inf

from allusr_protocol.holding import hold
from allusr_protocol.ladder import candidates, rolled, spent
from allusr_sdk import Assessment, Candidate, Close, Intent, Position, Quote, SleeveView, assignment

Answers = Iterator[Intent | Candidate]


def answer_call(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    """The first of the covered-call rules that asks for something; a hold where none does."""
    for rule in (_exposed, _profit, _one_day, _early):
        if wish := rule(position, quote, view):
            yield wish
            return
    if quote.sound and seen.watch.level > position.watch.level:
        yield from _upward(position, quote, seen, view)
    yield hold(position, seen)


def _exposed(position: Position, quote: Quote, view: SleeveView) -> Close | None:
    """Shares that must leave take their calls with them (PE-3)."""
    shares = view.book.positions.get(f"{position.ledger}:{position.symbol}")
    if shares is None or shares.watch.level < 3:
        return None
    return Close(position.symbol, "PE-3", "its shares leave at level 3", position=position, quote=quote, urgent=True)


def _profit(position: Position, quote: Quote, view: SleeveView) -> Close | None:
    """65 % of the credit is captured at the ask (CC-1)."""
    credit, ask = position.price, Decimal(str(quote.ask)) if quote.ask > 0 else None
    if ask is None or not credit > 0:
        return None
    captured = 1 - ask / credit
    if captured < view.rules.money("CC-1.capture"):
        return None
    limit = credit * view.rules.money("CC-1.limit_share")
    why = f"captured {captured:.0%} of {credit}"
    return Close(position.symbol, "CC-1", why, {"ask": str(ask)}, position=position, quote=quote, limit=limit)


def _one_day(position: Position, quote: Quote, view: SleeveView) -> Close | None:
    """Calls written two days out or more leave in the manage window of the session before expiry (CC-2)."""
    contract = position.contract
    assert contract is not None
    written = position.opened.astimezone(view.clock.tzinfo).date()
    if (contract.expiry - written).days < 2 or view.sessions_left(contract.expiry) != view.rules.integer("CC-2.dte"):
        return None
    if not view.managing or not view.rules.number("CC-2.leave_at") < quote.ask < inf:
        return None
    cost = Decimal(str(quote.ask)) * 100 * -position.quantity
    if cost > view.book.cash - view.book.reserved:
        return None
    return Close(position.symbol, "CC-2", "one session left", {"ask": quote.ask}, position=position, quote=quote)


def _early(position: Position, quote: Quote, view: SleeveView) -> Close | None:
    """Early assignment before expiry is likelier than 80 % (CC-4)."""
    contract, snapshot = position.contract, view.fresh(position.symbol)
    assert contract is not None
    if snapshot is None or not quote.sound:
        return None
    survives = 1.0
    for day, following in _nights(contract.expiry, view):
        night = assignment.Night(
            put=contract.is_put, spot=snapshot.spot, strike=float(contract.strike), bid=quote.bid, ask=quote.ask,
            days=(following - day).days, rate=view.market.rate, half_spread=(snapshot.ask - snapshot.bid) / 2,
        )  # fmt: skip
        survives *= 1 - assignment.overnight(night)
    probability = 1 - survives
    if not probability > view.rules.number("CC-4.probability"):
        return None
    why = f"early assignment {probability:.0%}"
    return Close(position.symbol, "CC-4", why, {"probability": probability}, position=position, quote=quote)


def _nights(expiry: date, view: SleeveView) -> Iterator[tuple[date, date]]:
    days = [s.day for s in view.calendar.between(view.session.day, expiry)]
    yield from itertools.pairwise(days)


def _upward(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    """Level 1 prepares; level 2, when it is reached, rolls up and out within the debit limit, else accepts assignment.

    Source: rule PE-3.
    """
    contract = position.contract
    assert contract is not None
    found = [c for c in candidates(position, quote, view) if c.sell is None or c.sell.contract.strike > contract.strike]
    yield from found
    if seen.watch.level >= 2 and not spent(position, view):
        yield from rolled(position, quote, found, seen, "PE-3 PE-8")
