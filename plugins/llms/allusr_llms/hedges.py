"""The hedge ladder: what sleeves bought and handed over, sold when it has paid, calmed or aged, or rolled (LL-4)."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby

from attrs import frozen

from allusr_sdk import Close, Contract, Hedge, Intent, LadderView, Note, Position, Quote, Right, Skip, ladders

ROLL = "roll of "
"""How the note begins that remembers what was sold to be rolled: contracts that are still to be bought."""

Key = tuple[str, str, str]


@frozen
class Pending:
    """A hedge that was sold to be rolled: contracts that are still to be bought, and the last day on which it lived."""

    key: str
    old: Contract
    lots: int
    since: date


def plan(view: LadderView) -> Iterator[Intent]:
    """Each hedge sold, rolled or held; then what rolls still have to buy."""
    for _, group in groupby(sorted(view.rungs, key=_key), key=_key):
        legs = list(group)
        for hedge in [legs] if any(p.short for p in legs) else [[p] for p in legs]:
            yield from _answer(hedge, view)
    for _, pending in groupby(_pending(view), key=lambda one: one.old.root):
        yield from _bought(list(pending), view)


def _key(position: Position) -> Key:
    """Legs of one spread have it in common."""
    contract = _contract(position)
    return (contract.root, str(contract.expiry), str(contract.right))


def _contract(position: Position) -> Contract:
    assert position.contract is not None
    return position.contract


def _answer(hedge: list[Position], view: LadderView) -> Iterator[Intent]:
    """Both legs of a spread leave at once: what is sold pays for what is bought back, for the ledger has no cash."""
    leg = min(hedge, key=lambda p: (p.quantity > 0, p.key))
    quote = view.quote(_contract(leg))
    old = view.days_left(_contract(leg).expiry) <= view.rules.integer("PE-10.release_days")
    why = _odd(leg) or _half(hedge) or _old(leg, old, view) or _paid(hedge, view) or _calm(leg, view)
    if not why:
        about = {"contract": _contract(leg).osi}
        yield Skip(leg.symbol, "LL-4", "neither paid nor calm nor old: the hedge stays", about, verdict="hold")
    elif quote is None or not 0 <= quote.bid < quote.ask < float("inf"):
        about = {"contract": _contract(leg).osi}
        yield Skip(leg.symbol, "RULE-0 LL-4", "due, and without a usable quote", about, verdict="hold")
    else:
        if old and view.live:
            bought = max(hedge, key=lambda p: p.quantity)
            yield Note(leg.symbol, "LL-4", key=_note(bought), text=f"{bought.quantity} {view.session.day}")
        numbers = {"bid": quote.bid, "ask": quote.ask, "cost": str(_cost(hedge)), "live": " ".join(view.live)}
        yield Close(leg.symbol, "LL-4", why, numbers, position=leg, quote=quote, sell=view.partner(leg))


def _odd(leg: Position) -> str:
    return "its deliverable was adjusted: it leaves at the first chance (LQ-7)" if _contract(leg).kind.adjusted else ""


def _half(hedge: list[Position]) -> str:
    """A fund's put alone is what is left of a spread, for funds hedge by spreads alone (PE-10)."""
    leg = hedge[0]
    alone = len(hedge) == 1 and not leg.short and not _contract(leg).kind.cash_settled and leg.cause != _ROLLED
    return "the written leg of its spread is closed" if alone else ""


_ROLLED = "hedge:ROLL"


def _old(leg: Position, old: bool, view: LadderView) -> str:
    if not old:
        return ""
    live = f"rolled, for {', '.join(view.live)} calls for it" if view.live else "no trigger calls for another"
    return f"{view.days_left(_contract(leg).expiry)} days to its expiry: {live}"


def _paid(hedge: list[Position], view: LadderView) -> str:
    """Worth so many times its cost at the mids; a leg without two sides leaves that unknown."""
    quotes = [quote for leg in hedge if (quote := view.quote(_contract(leg))) is not None]
    if len(quotes) < len(hedge) or not all(0 <= q.bid < q.ask < float("inf") for q in quotes):
        return ""
    worth = sum((_mid(q) * p.quantity * p.multiplier for q, p in zip(quotes, hedge, strict=True)), Decimal(0))
    cost, multiple = _cost(hedge), view.rules.money("LL-4.release_multiple")
    return (
        f"worth {worth:,.0f}, {multiple:g} times its cost of {cost:,.0f}"
        if cost > 0 and worth >= multiple * cost
        else ""
    )


def _mid(quote: Quote) -> Decimal:
    return (Decimal(str(quote.bid)) + Decimal(str(quote.ask))) / 2


def _cost(hedge: Iterable[Position]) -> Decimal:
    return sum((p.amount if p.quantity > 0 else -p.amount for p in hedge), Decimal(0))


def _calm(leg: Position, view: LadderView) -> str:
    """VIX low for some sessions, or no trigger on, for a hedge that is as many sessions old (PE-10's patience)."""
    sessions, limit = view.rules.integer("PE-10.release_sessions"), view.rules.number("PE-10.release_vix")
    bought = leg.opened.astimezone(view.clock.tzinfo).date()
    if view.calendar.sessions_left(bought, view.session.day) < sessions:
        return ""
    vix = view.market.vix
    if vix is not None and len(vix.closes) >= sessions and max(*vix.closes[-sessions:], vix.value) < limit:
        return f"VIX under {limit:g} for {sessions} sessions"
    return "every trigger is off" if view.normal else ""


# --- the second half of a roll -------------------------------------------------------------------------------------


def _note(leg: Position) -> str:
    return f"{ROLL}{_contract(leg).osi}"


def _pending(view: LadderView) -> list[Pending]:
    """Rolls whose old contracts are gone, by root."""
    found = []
    for key, text in view.book.notes.items():
        if key.startswith(ROLL) and text:
            lots, _, since = text.partition(" ")
            found.append(Pending(key, Contract.parse(key.removeprefix(ROLL)), int(lots), date.fromisoformat(since)))
    gone = (one for one in found if f"{view.book.name}:{one.old.osi}" not in view.book.positions)
    return sorted(gone, key=lambda one: (one.old.root, one.key))


def _bought(pending: list[Pending], view: LadderView) -> Iterator[Intent]:
    """Buy what the rolls of a root still lack in one order; a note ends with its purchase or with the last trigger."""
    if any(order.symbol == pending[0].old.underlying for order in view.book.working.values()):
        return
    open_ones = [one for one in pending if view.live and not _replaced(one, view)]
    for one in pending:
        if one not in open_ones:
            yield Note(one.old.underlying, "LL-4", key=one.key, text="")
    if open_ones:
        yield _next(open_ones[-1].old, sum(one.lots for one in open_ones), view)


def _replaced(one: Pending, view: LadderView) -> bool:
    """Whether something that lives longer was bought since."""
    return any(
        lot.contract is not None and lot.quantity > 0 and lot.opened > one.since
        and lot.contract.root == one.old.root and lot.contract.expiry > one.old.expiry
        for lot in view.book.lots
    )  # fmt: skip


def _next(old: Contract, lots: int, view: LadderView) -> Intent:
    """The put that takes a hedge's place: nearest to half a year out, as near the money as the proceeds allow."""
    fee, money = view.rules.money("FEE-1.option"), view.budget
    for quote in _puts(old, view):
        cost = Decimal(str(quote.ask)) * 100 + fee
        if (most := min(lots, int(money / cost))) > 0:
            why = f"rolled out of {old}, for {', '.join(view.live)} calls for it"
            numbers = {"budget": f"{money:.2f}", "cost": f"{most * cost:.2f}"}
            return Hedge(old.underlying, "LL-4", why, numbers, buy=quote, lots=most, trigger="ROLL")
    why = "no put 10 to 20 % out and 6 to 12 months long that the proceeds of the roll pay for"
    return view.skip(old.underlying, "LL-4", why, contract=old.osi)


def _puts(old: Contract, view: LadderView) -> Iterator[Quote]:
    """Puts of the same root within LL-4's band, nearest to the money first."""
    snapshot, (near, far) = view.fresh(old.underlying), ladders.span(view.session.day, view.rules)
    if snapshot is None:
        return
    target = view.rules.integer("PE-10.target_days")
    listed = [e for e in view.expiries(old.underlying, old.root) if near <= e <= far]
    for expiry in sorted(listed, key=lambda e: (abs(view.days_left(e) - target), e))[:1]:
        side = view.side(old.underlying, expiry, Right.PUT, old.root)
        rows = range(len(side) - 1, -1, -1) if side is not None else range(0)
        for quote in (side.quote(row) for row in rows if side is not None):
            fits = not ladders.misplaced(quote.contract, snapshot.spot, view.session.day, view.rules)
            if fits and quote.sound:
                yield quote
