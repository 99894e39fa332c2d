"""What a ladder buys: its gates, each under its rule, and its order (LL-1, LL-2, LL-4).

Long-dated options fail LQ-1, so LL-2 has limits of their own; of the entry window only open and close bind (CAD-7), for
a rung is no weekly entry. A hedge that is rolled lowers risk: switches hold it as they hold any hedge (PE-10).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from math import nan

from attrs import frozen

from allusr_sdk.contracts import LadderView, greeks, ladders
from allusr_sdk.contracts.windows import too_late
from allusr_sdk.host import Host
from allusr_sdk.kernel import freezes, hedges
from allusr_sdk.kernel.entries import walk_steps
from allusr_sdk.kernel.orders import Leg, Order, ladder, middle, order_key, subject
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.switches import PERMITS, rule_of, unknown_vix, wild_before_open
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.events import rounded
from allusr_sdk.model.intents import Hedge, Veto
from allusr_sdk.model.ladders import Rung
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.outstanding import LADDER
from allusr_sdk.model.positions import Book, LedgerBook
from allusr_sdk.model.views import Grain

SUBJECT = "ladder"


@frozen(eq=False)
class Purchase:
    """A wish to buy, over the books as they stand; `approved` is the stamp of the rules that the run started under."""

    wish: Rung | Hedge
    view: LadderView
    book: Book
    approved: str

    @property
    def ledger(self) -> LedgerBook:
        """The ladder's ledger."""
        return self.book.ledgers[self.view.book.name]

    @property
    def quote(self) -> Quote:
        """Of what is bought."""
        return self.wish.quote if isinstance(self.wish, Rung) else self.wish.buy

    @property
    def order(self) -> Order:
        """The order of a rung, of as many contracts as the budget pays for, at least one."""
        wish, quote, view = self.wish, self.quote, self.view
        bid, ask, mid = Decimal(str(quote.bid)), Decimal(str(quote.ask)), middle(quote)
        walk = ladder(mid, ask, quote.contract, view.rules, selling=False, steps=walk_steps(view))
        unit = walk[-1] * MULTIPLIER + view.rules.money("FEE-1.option")
        lots = max(1, min(wish.lots, view.rules.integer("KS-11.child_max"), int(self.ledger.free / unit)))
        return Order(
            key=order_key(self.ledger.name, view.clock, wish.symbol, f"rung-{subject(quote.contract)}"),
            ledger=self.ledger.name,
            symbol=wish.symbol,
            legs=(Leg(quote.contract, lots, bid, ask),),
            prices=walk[-1:] if view.end_of_day else walk,
            mid=mid,
            step_seconds=view.rules.integer("ORD-1.step_seconds"),
            opening=True,
            rule=" ".join(dict.fromkeys(f"{wish.rule} LL-1 LL-2".split())),
            cause=LADDER,
            reserve=usd(unit * lots),
        )


Gate = Callable[[Purchase], Iterable[Veto]]


def bought(wish: Rung | Hedge, view: LadderView, host: Host, scribe: Scribe) -> Sequence[Order]:
    """The journaled orders of a purchase; what stands against it is journaled instead (RULE-0)."""
    asked = Purchase(wish, view, scribe.book, scribe.stamp)
    vetoes: tuple[Veto, ...] = tuple(veto for gate in _TABLES[type(wish)] for veto in gate(asked))
    vetoes = vetoes or tuple(veto for check in _CHECKS[type(wish)] for veto in check(asked))
    vetoes = (*vetoes, *host.screen(wish, view.market))
    contract = asked.quote.contract
    if vetoes:
        numbers = {"contract": contract.osi, **wish.numbers}
        scribe.refuse(asked.ledger.name, wish.symbol, wish.rule, vetoes, numbers, subject=SUBJECT)
        return ()
    if isinstance(wish, Hedge):
        return hedges.order(wish, view, scribe)
    order = asked.order
    scribe.write(order.intent(order.action, wish.why, rounded({"delta": wish.delta, **wish.numbers})))
    return (order,)


# --- what any purchase needs ---------------------------------------------------------------------------------------


def unfrozen(asked: Purchase) -> Iterator[Veto]:
    """The ledger and the symbol are not frozen, books and broker agree (RECON, RULE-0)."""
    for scope in ("*", asked.wish.symbol):
        if rule := asked.ledger.frozen.get(scope):
            yield Veto("RULE-0", f"purchases of {'the ladder' if scope == '*' else scope} are frozen by {rule}")
    if asked.ledger.quarantined:
        yield Veto("RULE-0", f"the ladder is quarantined: {asked.ledger.quarantined}")
    yield from freezes.vetoes(asked.book, asked.wish.symbol)


def in_session(asked: Purchase) -> Iterator[Veto]:
    """Neither just after the open nor just before the close (CAD-7); end-of-day data has one instant (CAD-14)."""
    market, rules, contract = asked.view.market, asked.view.rules, asked.quote.contract
    since, left = market.clock - market.session.open, market.session.close - market.clock
    early = since < timedelta(minutes=rules.integer("CAD-7.quiet_open"))
    late = left <= timedelta(minutes=rules.integer("CAD-7.quiet_close"))
    if market.grain is not Grain.EOD and (early or late):
        yield Veto("CAD-7", "just after the open or just before the close")
    if why := too_late(market, contract.expiry):
        yield Veto("CAD-1", why)


def once(asked: Purchase) -> Iterator[Veto]:
    """One purchase a symbol and session, and none while anybody's order on the contract works (KS-11.6, KS-11.7)."""
    for sent in asked.book.sent:
        if sent.opening and (sent.ledger, sent.symbol) == (asked.ledger.name, asked.wish.symbol):
            yield Veto("KS-11", f"sent at {sent.at.astimezone(NEW_YORK):%H:%M:%S}: tried again in the next session")
            break
    name = asked.quote.contract
    for book in asked.book.ledgers.values():
        yield from (
            Veto("KS-11", f"duplicate of, or across, the working order {work.key}")
            for work in book.working.values()
            if work.contract == name
        )
        held = book.positions.get(f"{book.name}:{name.osi}")
        if held is not None and held.short:
            yield Veto("CAD-13", f"SELF_CROSS: {book.name} holds the other side of {name}")


def current(asked: Purchase) -> Iterator[Veto]:
    """The quote is sound, of this instant, and its symbol trades (KS-11.9, KS-11.10)."""
    symbol, view = asked.wish.symbol, asked.view
    if view.fresh(symbol) is None or not hedges.fresh(asked.quote, view):
        yield Veto("KS-11", f"no market of {symbol} at this instant")
    if not asked.quote.sound:
        yield Veto("KS-11", "no sound two-sided quote", {"bid": asked.quote.bid, "ask": asked.quote.ask})
    if symbol in view.market.halted:
        yield Veto("KS-11", f"trading in {symbol} is halted")


def standard(asked: Purchase) -> Iterator[Veto]:
    """A standard contract that is not restricted, under the rules that the run started under (KS-11.1, KS-11.14)."""
    contract, rules = asked.quote.contract, asked.view.rules
    if asked.wish.symbol in rules.texts("KS-11.restricted"):
        yield Veto("KS-11", f"{asked.wish.symbol} is on the restricted list")
    if contract.kind.adjusted:
        yield Veto("LQ-4", f"{contract.root} is adjusted: its deliverable is not 100 shares")
    if contract.kind.morning and isinstance(asked.wish, Rung):
        yield Veto("KS-11", f"{contract.root} settles on an opening print, which no close replaces")
    if rules.stamp != asked.approved:
        yield Veto("KS-11", f"rulebook {rules.stamp} is not the approved {asked.approved}")


# --- what a rung needs ---------------------------------------------------------------------------------------------


def permitted(asked: Purchase) -> Iterator[Veto]:
    """Every switch lets entries through, none halves them, and the VIX is known (KS-5, KS-6)."""
    for scope, switches in (("", asked.book.switches), (asked.ledger.name, asked.ledger.switches)):
        for cause, tier in sorted(switches.items()):
            if not PERMITS[tier].entries or tier == "HEDGED":
                yield Veto(rule_of(cause, scope), f"tier {tier} of {scope or 'the account'} ({cause}) adds no rung")
    yield from filter(None, (known(asked.view.market, asked.view.rules) for known in (unknown_vix, wild_before_open)))
    if asked.book.waiting[1]:
        yield Veto("KS-2", f"{asked.book.waiting[1]} VIX samples ask for tier {asked.book.waiting[0]}")


def fitting(asked: Purchase) -> Iterator[Veto]:
    """Own delta and days lie inside LL-1's band; LL-2's count and spacing are met."""
    day, rules = asked.view.session.day, asked.view.rules
    delta = greeks.own(asked.quote, asked.view.market).delta
    if why := ladders.misfit(asked.quote.contract, delta, day, rules):
        yield Veto("LL-1", why, {"delta": delta})
    if why := ladders.waits(asked.ledger, day, rules):
        yield Veto("LL-2", why)


def liquid(asked: Purchase) -> Iterable[Veto]:
    """Spread and open interest meet LL-2, which stands in for LQ-1."""
    return ladders.illiquid(asked.quote, asked.view.rules)


def afforded(asked: Purchase) -> Iterator[Veto]:
    """The budget pays for it, and its expiry does not take too much of the ladder's cost (LL-2, KS-11.11)."""
    order, free = asked.order, asked.ledger.free
    if order.reserve > free:
        why = f"costs {order.reserve:,.2f}, the budget has {free:,.2f}"
        yield Veto("LL-2", why, {"need": str(order.reserve), "free": str(free)})
    if why := ladders.crowded(asked.quote.contract, order.reserve, asked.ledger, asked.view.rules):
        yield Veto("LL-2", why)


def collared(asked: Purchase) -> Iterator[Veto]:
    """No limit lies over 1.05 times the mid, and orders keep their pace (KS-11.4, KS-11.5, KS-11.8)."""
    order, rules = asked.order, asked.view.rules
    if (high := order.mid * rules.money("KS-11.buy_cap")) < max(order.prices):
        yield Veto("KS-11", f"limit {max(order.prices)} is over {high}")
    if order.reserve > (most := rules.money("KS-11.notional_max")):
        yield Veto("KS-11", f"{order.reserve:,.2f} in one order > {most:,.0f}")
    recent = sum(1 for at in asked.book.orders_sent if abs(asked.view.at - at) < timedelta(minutes=1))
    for span, count, key in (
        ("a minute", recent, "KS-11.orders_minute"),
        ("a day", len(asked.book.orders_sent), "KS-11.orders_day"),
    ):
        if count >= rules.integer(key):
            yield Veto("KS-11", f"{count} orders {span} reached the limit")


# --- what the roll of a hedge needs --------------------------------------------------------------------------------


def rolled(asked: Purchase) -> Iterator[Veto]:
    """A put alone, so far out of the money and so long to run as LL-4 says."""
    view, snapshot = asked.view, asked.view.fresh(asked.wish.symbol)
    spot = snapshot.spot if snapshot is not None else nan
    if why := ladders.misplaced(asked.quote.contract, spot, view.session.day, view.rules):
        yield Veto("LL-4", why, {"spot": spot})
    if isinstance(asked.wish, Hedge) and asked.wish.sell is not None:
        yield Veto("LL-4", "a ladder buys puts, no spreads")


_COMMON: tuple[Gate, ...] = (unfrozen, in_session, once, current, standard)
_TABLES: dict[type, tuple[Gate, ...]] = {Rung: (permitted, *_COMMON, fitting, liquid), Hedge: (*_COMMON, rolled)}
_CHECKS: dict[type, tuple[Gate, ...]] = {Rung: (afforded, collared), Hedge: ()}
