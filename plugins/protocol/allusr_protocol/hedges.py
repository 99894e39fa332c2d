"""Hedges of a sleeve: released when they have done their work, bought where a trigger calls for them (PE-9, PE-10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from allusr_protocol.budget import Budget, budget
from allusr_protocol.instruments import Deal, named, puts, vix_call
from allusr_protocol.release import releases
from allusr_protocol.signals import Signal, at_any_instant, once_a_session
from allusr_sdk import Grain, Hedge, Intent, Note, Skip, SleeveView

QUARTER, HALF, SPAN = timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=5)
"""On a grid hedges held are looked at as each quarter of an hour begins, slow triggers half an hour after the open."""
REFUSED = "hedge refused "
"""How the note begins that remembers the week in which a trigger's hedge was too dear."""


def wishes(view: SleeveView) -> Iterator[Intent]:
    """Releases, then the hedge of the first trigger that calls for one this week, and what is unknown or too dear."""
    if not _calm(view):
        return
    since, dense = view.clock - view.session.open, view.market.grain is Grain.GRID
    if not dense or since % QUARTER < SPAN:
        yield from releases(view)
    signals = list(at_any_instant(view))
    if not dense or HALF <= since < HALF + SPAN:
        signals += once_a_session(view)
    if unknown := [s for s in signals if s.on is None]:
        yield _unknown(unknown)
    due = next((s for s in signals if s.on and not _done(s, view)), None)
    if due is not None:
        yield from _bought(due, view)


def quiet(view: SleeveView) -> tuple[datetime, datetime] | None:
    """On a grid: from the end of this quarter's look at hedges to the next one, or to when hedges may be dealt in."""
    if view.market.grain is not Grain.GRID:
        return None
    opened = view.session.open
    began = opened + (view.clock - opened) // QUARTER * QUARTER
    deals = opened + timedelta(minutes=view.rules.integer("CAD-7.quiet_open"))
    until = began + QUARTER
    return began + SPAN, min(until, deals) if view.clock < deals else until


def _calm(view: SleeveView) -> bool:
    """Whether hedges may be dealt in now: not just after the open nor just before the close (CAD-7)."""
    if view.end_of_day:
        return True
    since, left = view.clock - view.session.open, view.session.close - view.clock
    quiet_open = timedelta(minutes=view.rules.integer("CAD-7.quiet_open"))
    return since >= quiet_open and left > timedelta(minutes=view.rules.integer("CAD-7.quiet_close"))


def _week(view: SleeveView) -> str:
    year, week, _ = view.session.day.isocalendar()
    return f"{year}-W{week:02d}"


def _done(signal: Signal, view: SleeveView) -> bool:
    """Whether this week's hedge of the trigger was bought, was too dear, or is being bought (PE-7)."""
    book, week = view.book, _week(view)
    works = any(order.cause == f"hedge:{signal.trigger}" for order in book.working.values())
    return works or week in (book.hedged.get(signal.trigger), book.notes.get(REFUSED + signal.trigger))


def _unknown(signals: list[Signal]) -> Skip:
    why = "; ".join(f"{s.trigger} is unknown: {s.why}" for s in signals)
    return Skip("", "PE-10 RULE-0", why, {s.trigger: "unknown" for s in signals})


def _bought(signal: Signal, view: SleeveView) -> Iterator[Intent]:
    """Puts or a put spread, and VIX calls beside them; with VIX above its first tier spreads alone (PE-10)."""
    money, spreads = budget(view), _only_spreads(view)
    deals = list(puts(view, spreads=spreads)) if money.puts > 0 else []
    chosen = next((deal for deal in deals if deal.lots(money.puts, view) > 0), None)
    if chosen is None:
        yield from _unaffordable(signal, money, deals, view)
    else:
        yield _hedge(chosen, money.puts, signal, view)
    if not spreads and money.calls > 0:
        yield _vix_calls(signal, money, view)


def _only_spreads(view: SleeveView) -> bool:
    vix = view.market.vix
    return "HEDGED" in view.tiers or (vix is not None and vix.value > view.rules.number("KS-1.hedged"))


def _hedge(deal: Deal, money: Decimal, signal: Signal, view: SleeveView) -> Hedge:
    lots = deal.lots(money, view)
    numbers = {**signal.numbers, "budget": f"{money:.2f}", "cost": f"{lots * deal.cost(view):.2f}"}
    why = f"{signal.trigger}: {signal.why}; {lots} x {named(deal)}"
    symbol = deal.buy.contract.underlying
    return Hedge(symbol, "PE-9 PE-10", why, numbers, buy=deal.buy, sell=deal.sell, lots=lots, trigger=signal.trigger)


def _vix_calls(signal: Signal, money: Budget, view: SleeveView) -> Intent:
    deal = vix_call(view)
    if deal is not None and deal.lots(money.calls, view) > 0:
        return _hedge(deal, money.calls, signal, view)
    about = {"trigger": signal.trigger, "week": _week(view)}
    if deal is None:
        return Skip("VIX", "PE-10", "no VIX call with a sound quote is listed half a year out", about, verdict="refuse")
    why = f"HEDGE_UNAFFORDABLE: the part for VIX calls does not buy one {named(deal)}"
    return Skip("VIX", "PE-10", why, about, verdict="refuse")


def _unaffordable(signal: Signal, money: Budget, deals: list[Deal], view: SleeveView) -> Iterator[Intent]:
    """No put hedge can be had: where money is short that is said once a week and trigger, and not tried again."""
    about = {"trigger": signal.trigger, "week": _week(view)}
    if not deals and money.puts > 0:
        why = "no SPX, XSP or SPY put with a sound quote is listed half a year out"
        yield Skip("SPX", "PE-10 RULE-0", why, about, verdict="refuse")
        return
    costs = {named(deal): f"{deal.cost(view):.2f}" for deal in deals}
    why = "HEDGE_UNAFFORDABLE: what is left of the quarter's budget buys none of the hedges"
    numbers = {**about, "budget": f"{money.puts:.2f}", "left": f"{money.left:.2f}", **costs}
    yield Skip("SPX", "PE-9 PE-10", why, numbers, verdict="refuse")
    yield Note("SPX", "PE-10", key=REFUSED + signal.trigger, text=_week(view))
