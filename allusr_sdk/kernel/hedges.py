"""Hedges of a sleeve: the protocol's wishes, what makes one unfit, and its order (PE-9, PE-10).

A hedge lowers risk, so no gate of an entry holds it; it needs sound quotes, free cash and a switch that permits rolls.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from attrs import evolve

from allusr_sdk.contracts import RiskProtocol, SleeveView
from allusr_sdk.contracts.windows import too_late
from allusr_sdk.host import Fault, Host, drained
from allusr_sdk.host.fit import count, misquoted, unfit
from allusr_sdk.kernel import freezes
from allusr_sdk.kernel.entries import walk_steps
from allusr_sdk.kernel.genuine import genuine
from allusr_sdk.kernel.holdings import blind, broken_exit
from allusr_sdk.kernel.orders import Leg, Order, ladder, middle, order_key, subject
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.slicing import sliced
from allusr_sdk.kernel.standing import Span
from allusr_sdk.kernel.switches import permit
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.events import rounded
from allusr_sdk.model.intents import Close, Hedge, Intent, Note, Skip, Veto
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.positions import HEDGE, LedgerBook

SUBJECT = "hedge"


def ask(view: SleeveView, protocol: RiskProtocol[object] | None, host: Host, scribe: Scribe) -> Sequence[Intent]:
    """What the protocol wishes for a sleeve as a whole; one that raises or errs freezes the sleeve (RULE-0)."""
    if protocol is None or type(protocol).hedge is RiskProtocol.hedge:
        return ()
    book = scribe.book.ledgers[view.book.name]
    if not host.stopped and scribe.standing.quiet(book, view):
        return ()
    now = view if book is view.book else evolve(view, book=book)
    answer = host.ask(protocol.name, "hedge", lambda: _checked(protocol, now))
    if isinstance(answer, Fault):
        return blind(view.book.name, SUBJECT, answer, scribe)
    intents, broken, quiet = answer.value
    if broken:
        return blind(view.book.name, SUBJECT, Fault(protocol.name, "hedge", f"answered with {broken}"), scribe)
    if quiet is not None:
        scribe.standing.rest(book, view, quiet)
    return intents


def _checked(protocol: RiskProtocol[object], view: SleeveView) -> tuple[tuple[Intent, ...], str, Span | None]:
    """Wishes, what makes one of them unfit, and where there are none until when; looking at odd ones may raise."""
    found = drained(protocol.hedge(view))
    wrong = next(filter(None, (broken_hedge(wish, view.book) for wish in found)), "")
    return found, wrong, None if found else _span(protocol.quiet(view))


def _span(said: object) -> Span | None:
    if said is None:
        return None
    if not (
        isinstance(said, tuple) and len(said) == 2 and all(isinstance(one, datetime) and one.tzinfo for one in said)
    ):
        raise TypeError("said when it is quiet with what are no two instants")
    return said


def broken_hedge(intent: object, book: LedgerBook) -> str:
    """What makes an intent unfit as a hedge or the release of one, or an empty text (RULE-0)."""
    if isinstance(intent, Intent) and (wrong := unfit(intent)):
        return f"a {type(intent).__name__} {wrong}"
    if isinstance(intent, Skip | Note):
        return ""
    if isinstance(intent, Close):
        held = book.positions.get(intent.position.key)
        if held is None or not held.hedges:
            return f"a close of {intent.position.key}, which is no hedge of {book.name}"
        return broken_exit(intent, held)
    return _broken_purchase(intent) if isinstance(intent, Hedge) else f"a {type(intent).__name__}"


def _broken_purchase(hedge: Hedge) -> str:
    if wrong := misquoted(hedge.buy) or (misquoted(hedge.sell) if hedge.sell is not None else ""):
        return f"a hedge {wrong}"
    bought, sold = hedge.buy.contract, hedge.sell.contract if hedge.sell else None
    if not (count(hedge.lots) and isinstance(hedge.trigger, str) and hedge.trigger):
        return f"a hedge of {hedge.lots} contracts by trigger {hedge.trigger!r}"
    if hedge.symbol != bought.underlying:
        return f"a hedge of {bought} for {hedge.symbol}"
    return f"a spread of {bought} and {sold}" if sold is not None and not _debit(bought, sold) else ""


def _debit(bought: Contract, sold: Contract) -> bool:
    """Whether one contract secures the other wholly: same class, expiry and right, and nearer the money."""
    same = (bought.root, bought.expiry, bought.right) == (sold.root, sold.expiry, sold.right)
    return same and (sold.strike < bought.strike if bought.is_put else sold.strike > bought.strike)


# --- orders --------------------------------------------------------------------------------------------------------


def order(hedge: Hedge, view: SleeveView, scribe: Scribe) -> tuple[Order, ...]:
    """The journaled orders of a hedge, none where something stands against it."""
    most = min(hedge.lots, view.rules.integer("KS-11.parent_max"))
    made = None if (vetoes := _shut(hedge, view, scribe)) else _made(evolve(hedge, lots=most), view)
    if made is not None:
        vetoes = _unpaid(made, scribe.book.ledgers[made.ledger])
    if made is None or vetoes:
        numbers = {q.contract.osi: f"{q.bid} x {q.ask}" for q in (hedge.buy, hedge.sell) if q is not None}
        scribe.refuse(
            view.book.name, hedge.symbol, hedge.rule, vetoes, {"trigger": hedge.trigger, **numbers}, subject=SUBJECT
        )
        return ()
    parts = sliced(made, view.rules.integer("KS-11.child_max"), view.rules)
    why = hedge.why if made.quantity == hedge.lots else f"{hedge.why}; capped at {made.quantity}"
    for one in parts:
        scribe.write(one.intent(one.action, why, rounded(hedge.numbers)))
    return parts


def _shut(hedge: Hedge, view: SleeveView, scribe: Scribe) -> tuple[Veto, ...]:
    """What holds any order back: breaks, switches, halts, the close, quotes, orders of our own (KS-6, KS-11, RECON)."""
    name, quotes = view.book.name, [q for q in (hedge.buy, hedge.sell) if q is not None]
    vetoes = [*freezes.vetoes(scribe.book, hedge.symbol)]
    if not permit(scribe.book, name).rolls:
        vetoes.append(Veto("KS-6", "tier HALT sends nothing by itself"))
    if hedge.symbol in view.rules.texts("KS-11.restricted"):
        vetoes.append(Veto("KS-11", f"{hedge.symbol} is on the restricted list"))
    if hedge.symbol in view.market.halted:
        vetoes.append(Veto("KS-11", f"trading in {hedge.symbol} is halted"))
    if why := too_late(view.market, hedge.buy.contract.expiry):
        vetoes.append(Veto("CAD-1", why))
    if not all(quote.sound and fresh(quote, view) for quote in quotes) or not _dear(hedge):
        vetoes.append(Veto("KS-11", "no sound quote of this instant to buy it at"))
    return (*vetoes, *_ours(hedge, name, scribe))


def fresh(quote: Quote, view: SleeveView) -> bool:
    """Whether a quote is young enough to act on, and the market's own (KS-11.9, RULE-0)."""
    young = 0 <= (view.at - quote.at).total_seconds() <= view.rules.number("KS-11.quote_age")
    return young and genuine(quote, view.market)


def _dear(hedge: Hedge) -> bool:
    """Whether the spread costs something at its middle; one that pays is a wrong quote."""
    return hedge.sell is None or middle(hedge.buy) > middle(hedge.sell)


def _ours(hedge: Hedge, name: str, scribe: Scribe) -> list[Veto]:
    """No such order works already (KS-11.6), and no ledger holds the other side (CAD-13)."""
    sides = {hedge.buy.contract: 1} | ({hedge.sell.contract: -1} if hedge.sell else {})
    vetoes = []
    for book in scribe.book.ledgers.values():
        for work in book.working.values():
            meets = any(contract.osi in work.legs for contract in sides)
            if meets and (book.name == name or work.cause != _cause(hedge)):
                vetoes.append(Veto("KS-11", f"duplicate of, or across, the working order {work.key}"))
        for contract, sign in sides.items():
            held = book.positions.get(f"{book.name}:{contract.osi}")
            if held is not None and held.quantity * sign < 0:
                vetoes.append(Veto("CAD-13", f"SELF_CROSS: {book.name} holds the other side of {contract}"))
    return vetoes


def _cause(hedge: Hedge) -> str:
    return f"{HEDGE}:{hedge.trigger}"


def _made(hedge: Hedge, view: SleeveView) -> Order:
    rules, buy, sell = view.rules, hedge.buy, hedge.sell
    legs = [Leg(buy.contract, hedge.lots, Decimal(str(buy.bid)), Decimal(str(buy.ask)))]
    mid, touch, grid = middle(buy), legs[0].ask, buy.contract
    if sell is not None:
        legs.append(Leg(sell.contract, -hedge.lots, Decimal(str(sell.bid)), Decimal(str(sell.ask))))
        mid, touch = mid - middle(sell), touch - legs[1].bid
    steps = 0 if view.end_of_day else walk_steps(view)  # without a step the last limit is the only one
    prices = ladder(mid, touch, grid if sell is None else None, rules, selling=False, steps=steps)
    fees = rules.money("FEE-1.option") * len(legs)
    return Order(
        key=order_key(view.book.name, view.clock, hedge.symbol, f"hedge-{subject(buy.contract)}"),
        ledger=view.book.name,
        symbol=hedge.symbol,
        legs=tuple(legs),
        prices=prices,
        mid=mid,
        step_seconds=rules.integer("ORD-1.step_seconds"),
        opening=True,
        rule=hedge.rule,
        cause=_cause(hedge),
        reserve=usd((prices[-1] * MULTIPLIER + fees) * hedge.lots),
    )


def _unpaid(made: Order, ledger: LedgerBook) -> tuple[Veto, ...]:
    """The cost comes out of cash that secures nothing (RULE-1, PE-9)."""
    free = ledger.free
    if made.reserve <= free:
        return ()
    numbers = {"need": str(made.reserve), "free": str(free)}
    return (Veto("PE-9", f"costs {made.reserve:,.2f}, free cash {free:,.2f}", numbers),)
