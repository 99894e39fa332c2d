"""The growth ladder: each rung held, rolled, sold or let expire (LL-3), then perhaps a new one (LL-1, LL-2)."""

from collections.abc import Iterator
from decimal import Decimal

from attrs import frozen

from allusr_llms.entry import entry
from allusr_sdk import Close, Intent, LadderView, Note, Position, Quote, Skip, greeks

HALF = "half sold of "
"""How the note begins that remembers how many contracts there were when half of a rung was first to be sold."""


@frozen
class Exits:
    """Gains and losses, as shares of the cost, at which rungs are sold by choice (LL-3); 0 is never."""

    half_at: float = 0.0
    all_at: float = 0.0
    stop: float = 0.0


def plan(view: LadderView, symbols: tuple[str, ...], exits: Exits) -> Iterator[Intent]:
    """What is to become of each rung, and of the budget."""
    for rung in view.rungs:
        yield from _answer(rung, exits, view)
    yield entry(view, symbols)


def _answer(rung: Position, exits: Exits, view: LadderView) -> Iterator[Intent]:
    contract = rung.contract
    assert contract is not None
    quote = view.quote(contract)
    if quote is None or not 0 <= quote.bid < quote.ask < float("inf"):
        yield _hold(rung, "RULE-0", "no usable quote: it stays until there is one")
    elif why := ending(rung, quote, exits, view):
        numbers = {"bid": quote.bid, "ask": quote.ask, "delta": _delta(quote, view), "cost": str(rung.amount)}
        yield Close(rung.symbol, "LL-3", why, numbers, position=rung, quote=quote)
    elif _half(rung, quote, exits, view):
        yield from _sell_half(rung, quote, exits, view)
    else:
        yield _hold(rung, "LL-3", _kept(rung, quote, view))


def ending(rung: Position, quote: Quote, exits: Exits, view: LadderView) -> str:
    """Why a whole rung is sold now, or an empty text (LL-3).

    A bid that is too small, or none, sells nothing: such a rung is left to expire.
    """
    if quote.bid <= 0:
        return ""
    assert rung.contract is not None
    if rung.contract.kind.adjusted:
        return "its deliverable was adjusted: sold at the first chance (LQ-7)"
    days, delta, gain = view.days_left(rung.contract.expiry), _delta(quote, view), _gain(rung, quote)
    low, high = view.rules.numbers("LL-3.delta_band")
    if days <= view.rules.integer("LL-3.roll_days"):
        worthless = not delta >= low and quote.bid <= view.rules.number("LL-3.min_bid")
        return "" if worthless else f"{days} days to its expiry: sold, and rolled where budget and spacing allow"
    if view.rules.text("LL-1.profile") == "otm" and delta > high:
        return f"delta {delta:.2f} over {high:g}: profit taken, entered anew where budget and spacing allow"
    if exits.all_at > 0 and gain >= exits.all_at:
        return f"worth {gain:+.0%} over its cost: sold"
    return f"worth {gain:+.0%} of its cost: stopped" if 0 < exits.stop <= -gain else ""


def _kept(rung: Position, quote: Quote, view: LadderView) -> str:
    """Why a rung stays, in words that stand for many sessions."""
    assert rung.contract is not None
    low, limit = view.rules.numbers("LL-3.delta_band")[0], view.rules.integer("LL-3.roll_days")
    if view.days_left(rung.contract.expiry) <= limit:
        return f"its bid is {view.rules.number('LL-3.min_bid'):g} at most: let expire"
    delta = _delta(quote, view)
    if delta < low:
        return f"delta under {low:g}: nothing is added, it waits for {limit} days to its expiry"
    return f"more than {limit} days to its expiry" + ("" if delta == delta else "; its delta is unknown")


def _hold(rung: Position, rule: str, why: str) -> Skip:
    assert rung.contract is not None
    return Skip(rung.symbol, rule, why, {"contract": rung.contract.osi}, verdict="hold")


def _gain(rung: Position, quote: Quote) -> float:
    """What selling at the bid brings over the cost, a share of it."""
    worth = Decimal(str(quote.bid)) * rung.quantity * rung.multiplier
    return float(worth / rung.amount) - 1 if rung.amount > 0 else 0.0


def _delta(quote: Quote, view: LadderView) -> float:
    return greeks.own(quote, view.market).delta


# --- half of a winner ----------------------------------------------------------------------------------------------


def _half(rung: Position, quote: Quote, exits: Exits, view: LadderView) -> bool:
    """Whether half of a rung is due: it has gained enough, can be halved, and was not halved before."""
    due = 0 < exits.half_at <= _gain(rung, quote) and rung.quantity > 1
    before = view.book.notes.get(_note(rung), "")
    return due and not (before.isdecimal() and rung.quantity < int(before))


def _sell_half(rung: Position, quote: Quote, exits: Exits, view: LadderView) -> Iterator[Intent]:
    if not view.book.notes.get(_note(rung)):
        yield Note(rung.symbol, "LL-3", key=_note(rung), text=str(rung.quantity))
    why = f"worth {_gain(rung, quote):+.0%} over its cost: half of it is sold"
    yield Close(rung.symbol, "LL-3", why, {"bid": quote.bid}, position=rung, quote=quote, lots=rung.quantity // 2)


def _note(rung: Position) -> str:
    """A rung of the same contract that is bought again begins anew."""
    assert rung.contract is not None
    return f"{HALF}{rung.contract.osi} of {rung.opened:%Y-%m-%d}"
