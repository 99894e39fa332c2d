"""Orders that reduce risk: closes, rolls and shares that leave (RULE-0, PE-7 to PE-11); no entry rule holds them.

What may: a switch that lets nothing through, a break of the symbol, its halt, the session's close, a quote that is not
sound, and cash that other positions need (RULE-1). Each is said, and the position is asked again at the next instant.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from allusr_sdk.contracts import RiskProtocol, Sleeve, SleeveView
from allusr_sdk.contracts.windows import too_late
from allusr_sdk.host import Host
from allusr_sdk.kernel import checks, freezes, hedges, holdings, means
from allusr_sdk.kernel.crossing import crosses
from allusr_sdk.kernel.entries import share_order, usable_shares, walk_steps
from allusr_sdk.kernel.holdings import Answer
from allusr_sdk.kernel.orders import (
    PENNY,
    ROLL,
    Leg,
    Order,
    ladder,
    middle,
    order_key,
    subject,
    tick,
    urgent_ladder,
)
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.slicing import sliced
from allusr_sdk.kernel.switches import permit
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.events import Noted, RollPrepared, Thawed, rounded
from allusr_sdk.model.intents import Candidate, Close, Hedge, Intent, Note, Roll, Shares, Skip, Veto
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.model.views import Grain

Exit = Close | Roll | Shares

# Rules under which a purchase may go beyond 1.05 times the mid (KS-11.5).
_LEVEL_THREE = frozenset({"PE-3", "PE-11"})


@frozen
class Leaving:
    """What is wished of what is held, and for each sleeve as a whole."""

    answers: Mapping[str, Sequence[Answer]]
    hedges: Mapping[str, Sequence[Intent]]


def analyze(
    views: Mapping[str, SleeveView],
    protocol: RiskProtocol[object] | None,
    sleeves: Mapping[str, Sleeve[object]],
    host: Host,
    scribe: Scribe,
) -> Leaving:
    """Ask protocol and sleeves about every position, then the protocol about each sleeve's hedges."""
    answers, wishes = {}, {}
    for name, view in views.items():
        answers[name] = tuple(holdings.answers(view, protocol, sleeves[name], host, scribe))
        wishes[name] = hedges.ask(view, protocol, host, scribe)
    return Leaving(answers, wishes)


def order(leaving: Leaving, views: Mapping[str, SleeveView], scribe: Scribe) -> list[Order]:
    """Journaled orders for exits and rolls, one decision a position, and after all of them the hedges."""
    orders: list[Order] = []
    for name, answers in leaving.answers.items():
        for position, intents in answers:
            for intent in intents:
                _remember(position.ledger, position.symbol, position.key, intent, scribe)
            wish = next((i for i in intents if isinstance(i, Exit)), None)
            if wish is not None:
                orders += leave(wish, position, views[name], scribe)
    for name, intents in leaving.hedges.items():
        for intent in intents:
            _remember(name, intent.symbol, hedges.SUBJECT, intent, scribe)
            if isinstance(intent, Hedge):
                orders += hedges.order(intent, views[name], scribe)
            elif isinstance(intent, Close):
                orders += leave(intent, intent.position, views[name], scribe)
    return orders


def _remember(ledger: str, symbol: str, about: str, intent: Intent | Candidate, scribe: Scribe) -> None:
    if isinstance(intent, Candidate):
        scribe.write(RollPrepared(
            ledger=ledger, symbol=symbol, rule=intent.rule, position=about, rung=intent.rung, taken=intent.taken,
            instrument=intent.sell.contract.osi if intent.sell else "", debit=intent.debit,
            delta=float(f"{intent.delta:.4g}") if intent.delta is not None else None, why=intent.why,
            numbers={} if intent.buyback is None else {"buyback": str(intent.buyback)},
        ))  # fmt: skip
    elif isinstance(intent, Skip):
        scribe.decide(ledger, symbol, intent.verdict, intent.rule, intent.why, intent.numbers, subject=about)
    elif isinstance(intent, Note):
        scribe.write(Noted(ledger=ledger, symbol=symbol, rule=intent.rule, key=intent.key, text=intent.text))


def leave(wish: Exit, position: Position, view: SleeveView, scribe: Scribe) -> Sequence[Order]:
    """The orders of one exit; what stands against it is journaled instead. One exit of a position works at a time."""
    ledger = scribe.book.ledgers[position.ledger]
    position = ledger.positions[position.key]  # the books know what is held, whatever a wish says of it
    wish = evolve(wish, position=position)
    if any(w.position == position.key and not w.opening for w in ledger.working.values()):
        return ()
    made = _shut(wish, position, view, scribe) or _make(wish, position, view, ledger)
    urgent = isinstance(wish, Close) and wish.urgent
    vetoes = (made,) if isinstance(made, Veto) else checks.leaving(made, ledger, view.rules, urgent=urgent)
    if isinstance(made, Veto) or vetoes:
        scribe.refuse(position.ledger, position.symbol, wish.rule, vetoes, {}, subject=position.key)
        return ()
    parts = sliced(made, _most(made, view), view.rules)
    for one in parts:
        scribe.write(one.intent(one.action, wish.why, rounded(wish.numbers)))
    return parts


def _most(made: Order, view: SleeveView) -> int:
    """Contracts in one order (KS-11.3); shares are not counted."""
    return view.rules.integer("KS-11.child_max") if isinstance(made.legs[0].instrument, Contract) else made.quantity


# --- what stands against it ----------------------------------------------------------------------------------------


def _shut(wish: Exit, position: Position, view: SleeveView, scribe: Scribe) -> Veto | None:
    allowed = permit(scribe.book, position.ledger)
    if not (allowed.rolls if isinstance(wish, Roll) else allowed.closes):
        return Veto("KS-6", "tier HALT sends nothing by itself")
    if broken := freezes.vetoes(scribe.book, position.symbol):
        return broken[0]
    if position.symbol in view.market.halted:
        return Veto("KS-11", f"trading in {position.symbol} is halted; asked again at the next instant")
    if why := too_late(view.market, position.contract.expiry if position.contract else None):
        return Veto("CAD-1", why)
    return _crossing(wish, position, scribe) or _unquoted(wish, position, view)


def _crossing(wish: Exit, position: Position, scribe: Scribe) -> Veto | None:
    """What stands opposite the contract that a roll would write (CAD-13)."""
    if not isinstance(wish, Roll):
        return None
    return next(crosses(scribe.book, position.ledger, wish.sell.contract.osi, -1), None)


def _unquoted(wish: Exit, position: Position, view: SleeveView) -> Veto | None:
    if isinstance(wish, Shares):
        snapshot = view.fresh(wish.symbol)
        if snapshot is not None and usable_shares(snapshot):
            return None
        return Veto("RULE-0", "no sound quote for the shares; asked again at the next instant")
    bought = wish.buy if isinstance(wish, Roll) else wish.quote
    quotes = (bought, wish.sell) if wish.sell is not None else (bought,)
    sold = wish.sell or (bought if position.quantity > 0 else None)
    if all(_usable(quote, view, sold=quote is sold) for quote in quotes):
        return None
    numbers = {quote.contract.osi: f"{quote.bid} x {quote.ask}" for quote in quotes}
    return Veto("RULE-0", "no sound quote to leave at; asked again at the next instant", numbers)


def _usable(quote: Quote, view: SleeveView, *, sold: bool) -> bool:
    """Whether an exit may rest on a quote of this instant; a zero bid lets a short be bought, nothing be sold."""
    known = _bought(quote).bid < quote.ask < float("inf")
    return hedges.fresh(quote, view) and known and (quote.bid > 0 or not sold)


def _bought(quote: Quote) -> Quote:
    """A quote as what is bought back rests on it: a bid below nothing is nobody's, as one of zero is."""
    return evolve(quote, bid=max(quote.bid, 0.0))


# --- orders --------------------------------------------------------------------------------------------------------


def _make(wish: Exit, position: Position, view: SleeveView, ledger: LedgerBook) -> Order | Veto:
    if isinstance(wish, Shares):
        return _shares(wish, view, ledger)
    if isinstance(wish, Roll):
        return _roll(wish, position, view, ledger)
    return _close(wish, position, view, ledger) if wish.sell is None else _unwound(wish, wish.sell, view, ledger)


def _shares(wish: Shares, view: SleeveView, ledger: LedgerBook) -> Order | Veto:
    """Shares that back no call may be sold (RULE-1)."""
    held, snapshot = ledger.shares(wish.symbol), view.fresh(wish.symbol)
    spare = held - MULTIPLIER * (held // MULTIPLIER - ledger.uncovered(wish.symbol))
    if -wish.quantity > spare or snapshot is None:
        return Veto("RULE-1", f"{-wish.quantity} shares to sell, {spare} back no call", {"spare": spare})
    return share_order(wish, snapshot, view, ledger.name, cause="exit")


def _close(wish: Close, position: Position, view: SleeveView, ledger: LedgerBook) -> Order | Veto:
    quote, rules, selling = _bought(wish.quote), view.rules, position.quantity > 0
    bid, ask = Decimal(str(quote.bid)), Decimal(str(quote.ask))
    urgent = wish.urgent and not selling and not _LEVEL_THREE.isdisjoint(wish.rule.split())
    if urgent:
        prices = urgent_ladder(quote, rules, seconds=_seconds(view))
    else:
        prices = _walk(wish, (bid + ask) / 2, bid if selling else ask, view, quote.contract, selling=selling)
    unit = ZERO if selling else means.unit(prices[-1], position, ZERO, view)
    wanted = wish.lots or abs(position.quantity)
    lots = min(wanted, means.unbound(position, ledger)) if selling else means.paid_for(wanted, unit, ledger)
    if not lots:
        why = "its short leg is bought back first" if selling else f"needs {unit:,.2f} a contract of free cash"
        return Veto("RULE-1", why, {"free": str(ledger.free)})
    leg = Leg(quote.contract, -lots if selling else lots, bid, ask)
    seconds = rules.integer("PE-11.step_seconds" if urgent else "ORD-1.step_seconds")
    return _order(wish, (leg,), prices, (bid + ask) / 2, unit, view, step_seconds=seconds)


def _order(
    wish: Close | Roll, legs: tuple[Leg, ...], prices: tuple[Decimal, ...], mid: Decimal, unit: Decimal,
    view: SleeveView, *, step_seconds: int,
) -> Order:  # fmt: skip
    """What leaves, by the legs of one exit; `unit` is the free cash that each contract of it takes."""
    position, rolls, first = wish.position, isinstance(wish, Roll), legs[0].instrument
    assert isinstance(first, Contract)
    return Order(
        key=order_key(position.ledger, view.clock, position.symbol, f"{'roll' if rolls else 'close'}-{subject(first)}"),
        ledger=position.ledger,
        symbol=position.symbol,
        legs=legs,
        prices=prices,
        mid=mid,
        step_seconds=step_seconds,
        opening=False,
        rule=wish.rule,
        cause=ROLL if rolls else wish.rule.split()[0],
        reserve=usd(unit * abs(legs[0].quantity)),
        position=position,
    )


def _unwound(wish: Close, sell: Quote, view: SleeveView, ledger: LedgerBook) -> Order | Veto:
    """Both legs of a spread in one combo: what is sold pays for what is bought back, and nothing is ever uncovered."""
    buy, position, rules = _bought(wish.quote), wish.position, view.rules
    mid, touch = middle(buy) - middle(sell), Decimal(str(buy.ask)) - Decimal(str(sell.bid))
    prices = _walk(wish, mid, touch, view, None, selling=False)
    unit = means.unit(prices[-1], position, ZERO, view, legs=2)
    held = ledger.positions.get(f"{ledger.name}:{sell.contract.osi}")
    wanted = min(wish.lots or abs(position.quantity), held.quantity if held is not None else 0)
    if wanted < 1:
        return Veto("RULE-1", f"no {sell.contract} is held to be sold with it")
    lots = means.paid_for(wanted, unit, ledger)
    if not lots:
        return Veto("RULE-1", f"needs {unit:,.2f} a contract of free cash", {"free": str(ledger.free)})
    return _order(
        wish, _pair(buy, sell, lots), prices, mid, unit, view, step_seconds=rules.integer("ORD-1.step_seconds")
    )


def _pair(buy: Quote, sell: Quote, lots: int) -> tuple[Leg, ...]:
    """The legs of a combo, the one bought first."""
    sides = ((buy, lots), (sell, -lots))
    return tuple(Leg(q.contract, count, Decimal(str(q.bid)), Decimal(str(q.ask))) for q, count in sides)


def _walk(
    wish: Close, mid: Decimal, touch: Decimal, view: SleeveView, contract: Contract | None, *, selling: bool
) -> tuple[Decimal, ...]:
    """The limits of a close; end-of-day data has one, as near the touch as the collar lets it.

    It may always go one tick from the mid: of what costs a few cents 5 % are less, and it would never be bought back.
    """
    rules, steps = view.rules, walk_steps(view)
    slack = max(abs(mid) * rules.money("ORD-1.slippage"), tick(contract, mid, rules))
    prices = ladder(mid, touch, contract, rules, selling=selling, steps=steps, worst=wish.limit, slack=slack)
    return prices[-1:] if view.end_of_day else prices


def _roll(wish: Roll, position: Position, view: SleeveView, ledger: LedgerBook) -> Order | Veto:
    """One combo for as many contracts as LQ-1 lets be sold and free cash pays for; the rest is asked again (PE-8)."""
    buy, sell = _bought(wish.buy), wish.sell
    mid, touch = middle(buy) - middle(sell), Decimal(str(buy.ask)) - Decimal(str(sell.bid))
    prices = _roll_limits(mid, touch, view)
    fits = means.liquid_lots(abs(position.quantity), sell, view)
    if isinstance(fits, Veto):
        return fits
    unit = means.unit(prices[-1], position, sell.contract.notional if sell.contract.is_put else ZERO, view, legs=2)
    lots = means.paid_for(fits, unit, ledger)
    if not lots:
        return Veto("RULE-1", f"needs {unit:,.2f} a contract of free cash", {"free": str(ledger.free)})
    seconds = view.rules.integer("PE-8.step_seconds")
    return evolve(
        _order(wish, _pair(buy, sell, lots), prices, mid, unit, view, step_seconds=seconds), rolls=position.rolls + 1,
        roll_debit=position.roll_debit + wish.debit, first_credit=position.first_credit,
    )  # fmt: skip


def _roll_limits(mid: Decimal, touch: Decimal, view: SleeveView) -> tuple[Decimal, ...]:
    """From the combo's mid up to 5 % worse, for as long as the budget lasts (PE-7, PE-8)."""
    rules = view.rules
    slack = max(abs(mid) * rules.money("PE-8.slippage"), PENNY)
    steps = _seconds(view) // rules.integer("PE-8.step_seconds") - 1
    return ladder(mid, touch, None, rules, selling=False, steps=steps, slack=slack)


def _seconds(view: SleeveView) -> int:
    """How long a roll or a stop works: until just before PE-7's budget is over and its position asked again.

    On coarse data it is CAD-14's walk.
    """
    if view.market.grain is Grain.GRID:
        return 60 * view.rules.integer("PE-7.budget_minutes") - 1
    return view.rules.integer("CAD-14.walk_seconds")


# --- freezes -------------------------------------------------------------------------------------------------------


def thaw(ledgers: Iterable[LedgerBook], scribe: Scribe) -> None:
    """Lift freezes of ledgers that hold nothing at level 2 or above, at a week's reconciliation (PE-7)."""
    for ledger in ledgers:
        if ledger.frozen and all(p.watch.level < 2 for p in ledger.positions.values()):
            for symbol in sorted(ledger.frozen):
                why = "weekly reconciliation: no position at level 2"
                scribe.write(Thawed(ledger=ledger.name, symbol=symbol, rule="PE-7", why=why))
