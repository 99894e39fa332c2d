"""Entries: what the sleeves propose, through gates, sizing and checks, to journaled orders."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial

from attrs import frozen

from allusr_sdk.contracts import Sleeve, SleeveView
from allusr_sdk.host import Fault, Host
from allusr_sdk.kernel.limits import Entry, asked, checked, cover, earnings_week, notional_limit, size_facts
from allusr_sdk.kernel.orders import Leg, Order, ladder, middle, order_key
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.sizing import Allotment, Capital, Demand, allot
from allusr_sdk.kernel.switches import PERMITS
from allusr_sdk.model.events import Noted, rounded
from allusr_sdk.model.intents import Intent, Note, Sell, Shares, Skip, Veto
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.model.views import Grain, Snapshot
from allusr_sdk.rulebook import Rulebook

_NOTHING = Allotment(0, "no room for one contract", {})

Sleeves = Mapping[str, Sleeve[object]]
Proposals = Mapping[str, Sequence[Intent]]


def ask(views: Mapping[str, SleeveView], sleeves: Sleeves, host: Host, scribe: Scribe) -> Proposals:
    """Every sleeve's proposals; a sleeve that raises or breaks its promise is quarantined and proposes nothing."""
    proposals: dict[str, Sequence[Intent]] = {}
    for name, sleeve in sleeves.items():
        if scribe.book.ledgers[name].quarantined:
            continue
        answer = host.ask(name, "propose", partial(_proposed, sleeve, views[name]))
        if isinstance(answer, Fault):
            scribe.fault(answer)
            scribe.quarantine(name, answer.error)
            continue
        broken = broken_promise(answer.value, sleeve, views[name])
        if broken:
            scribe.quarantine(name, broken)
        proposals[name] = () if broken else answer.value
    return proposals


def _proposed(sleeve: Sleeve[object], view: SleeveView) -> tuple[Intent, ...]:
    return tuple(sleeve.propose(view))


def broken_promise(intents: Iterable[object], sleeve: Sleeve[object], view: SleeveView) -> str:
    """What a sleeve's intents break of its own declarations, or an empty text."""
    traded: set[tuple[type, str]] = set()
    for intent in intents:
        if not isinstance(intent, Sell | Shares | Skip | Note):
            return f"proposed a {type(intent).__name__}, which opens nothing"
        if not intent.rule:
            return f"gave no rule for {type(intent).__name__} {intent.symbol}"
        if intent.symbol not in sleeve.symbols and not isinstance(intent, Skip | Note):
            return f"proposed {intent.symbol}, which is not among its symbols"
        if isinstance(intent, Sell) and intent.quote.contract.underlying != intent.symbol:
            return f"proposed {intent.quote.contract} for {intent.symbol}"
        if isinstance(intent, Sell) and _undeclared(intent, view):
            return f"rested {intent.quote.contract} on a band that it does not declare"
        if isinstance(intent, Sell | Shares) and (type(intent), intent.symbol) in traded:
            return f"proposed two {type(intent).__name__} of {intent.symbol} at one instant"
        traded.add((type(intent), intent.symbol))
    return ""


def _undeclared(intent: Sell, view: SleeveView) -> bool:
    b = intent.band
    return not any(
        d.rule == b.rule and d.unit == b.unit and d.low <= b.low <= b.high <= d.high
        and d.nearest <= b.nearest <= b.furthest <= d.furthest and b.reach <= d.reach
        for d in view.bands
    )  # fmt: skip


def order(
    proposals: Proposals, views: Mapping[str, SleeveView], sleeves: Sleeves, host: Host, scribe: Scribe
) -> list[Order]:
    """Turn proposals into orders, sleeve by sleeve; everything that is not done is journaled with its rules."""
    orders: list[Order] = []
    for name, intents in proposals.items():
        desk = _Desk(views[name], sleeves[name], host, scribe)
        for intent in intents:
            if isinstance(intent, Skip):
                scribe.decide(name, intent.symbol, intent.verdict, intent.rule, intent.why, intent.numbers)
            elif isinstance(intent, Note):
                scribe.write(
                    Noted(ledger=name, symbol=intent.symbol, rule=intent.rule, key=intent.key, text=intent.text)
                )
        sells = [i for i in intents if isinstance(i, Sell) and desk.passes(i)]
        granted = desk.sizes(sells)
        orders += [o for i in sells if (o := desk.sell(i, granted.get(i.symbol, _NOTHING))) is not None]
        orders += [o for i in intents if isinstance(i, Shares) and (o := desk.shares(i)) is not None]
    return orders


@frozen(eq=False)
class _Desk:
    """One sleeve's entries at one instant."""

    view: SleeveView
    sleeve: Sleeve[object]
    host: Host
    scribe: Scribe

    @property
    def ledger(self) -> LedgerBook:
        return self.scribe.book.ledgers[self.view.book.name]

    @property
    def rules(self) -> Rulebook:
        return self.view.rules

    def entry(self, intent: Sell | Shares) -> Entry:
        universe = len(self.sleeve.symbols)
        return Entry(intent, self.view.market, self.ledger, self.scribe.book, self.rules, universe)

    def passes(self, intent: Sell) -> bool:
        """Ask gates and guard plugins; journal the refusal, or that the symbol is ready (and so eligible)."""
        entry = self.entry(intent)
        vetoes = (*asked(entry), *self.host.screen(intent, self.view.market))
        numbers = {"contract": intent.quote.contract.osi, **intent.numbers}
        if vetoes:
            self.scribe.refuse(self.ledger.name, intent.symbol, intent.rule, vetoes, numbers)
            return False
        numbers["session"] = self.view.session.day.isoformat()
        self.scribe.decide(self.ledger.name, intent.symbol, "ready", intent.rule, intent.why, numbers)
        return True

    def sizes(self, sells: Sequence[Sell]) -> Mapping[str, Allotment]:
        """CAD-10 over the puts and the cover of the calls."""
        puts = [i for i in sells if i.quote.contract.is_put]
        demands = [self._demand(i) for i in puts]
        calls = {i.symbol: self._covered(i) for i in sells if not i.quote.contract.is_put}
        return {**allot(demands, self._capital(), self.rules), **calls} if demands else calls

    def _capital(self) -> Capital:
        ledger = self.ledger
        deployable = ledger.equity if self.sleeve.deploys == "equity" else min(ledger.equity, ledger.base)
        day, symbols = ledger.eligible
        committed = sum((ledger.exposure(s) for s in {p.symbol for p in ledger.positions.values()}
                         | {w.symbol for w in ledger.working.values()}), ZERO)  # fmt: skip
        return Capital(
            deployable=deployable,
            share=self.rules.money(PERMITS[self.scribe.book.tier].deploy),
            committed=committed,
            universe=len(self.sleeve.symbols),
            eligible=len(symbols) if day == self.view.session.day else 0,
        )

    def _covered(self, intent: Sell) -> Allotment:
        symbol, entry = intent.symbol, self.entry(intent)
        free, reason = cover(entry), earnings_week(symbol, intent.quote.contract.expiry, entry.view, self.rules)
        why, rule = (
            (f"CC-3 EARNINGS_REDUCE: {reason}, cover {free}", "CC-3 CAD-10") if reason else (f"cover {free}", "CAD-10")
        )
        return Allotment(max(0, min(free, self._cap(intent))), why, {"shares": self.ledger.shares(symbol)}, rule)

    def _demand(self, intent: Sell) -> Demand:
        contract = intent.quote.contract
        return Demand(
            intent.symbol, contract.strike, intent.quote.mid, self.ledger.exposure(intent.symbol), self._cap(intent)
        )

    def _cap(self, intent: Sell) -> int:
        affordable = int(notional_limit(self.entry(intent)) / intent.quote.contract.notional)
        most = min(self.rules.integer("KS-11.child_max"), max(affordable, 1))
        most = most if intent.lots is None else min(most, intent.lots)
        day, tried = self.ledger.tried.get(intent.symbol, (None, 0))
        if day != self.view.session.day:
            return most
        return min(most, max(1, int(tried * self.rules.number("ORD-1.retry_share"))))

    def sell(self, intent: Sell, allotment: Allotment) -> Order | None:
        """The order of a contract that passed; None where size or a check refuses it."""
        name, contract = self.ledger.name, intent.quote.contract
        if not allotment.lots:
            numbers = {**intent.numbers, **allotment.numbers}
            self.scribe.decide(name, intent.symbol, "refuse", allotment.rule, allotment.why, numbers)
            return None
        mid, bid, ask = middle(intent.quote), Decimal(str(intent.quote.bid)), Decimal(str(intent.quote.ask))
        order = Order(
            key=order_key(name, self.view.clock, intent.symbol, "sell"),
            ledger=name,
            symbol=intent.symbol,
            legs=(Leg(contract, -allotment.lots, bid, ask),),
            prices=(bid,) if self.view.end_of_day else ladder(
                mid, bid, contract, self.rules, selling=True, steps=walk_steps(self.view)
            ),
            mid=mid,
            step_seconds=self.rules.integer("ORD-1.step_seconds"),
            opening=True,
            rule=" ".join(dict.fromkeys(f"{intent.rule} CAD-8 {allotment.rule}".split())),
            cause="entry",
            reserve=contract.notional * allotment.lots if contract.is_put else ZERO,
        )  # fmt: skip
        return self._leave(intent, order, f"{intent.why}; {allotment.why}", {**intent.numbers, **allotment.numbers})

    def shares(self, intent: Shares) -> Order | None:
        """The order to buy shares for a sleeve's lots."""
        snapshot = self.view.fresh(intent.symbol)
        vetoes = (*asked(self.entry(intent)), *self.host.screen(intent, self.view.market))
        if snapshot is None or not usable_shares(snapshot):
            vetoes = (*vetoes, Veto("RULE-0", "no sound quote for the shares"))
        if vetoes or snapshot is None:
            self.scribe.refuse(self.ledger.name, intent.symbol, intent.rule, vetoes, intent.numbers)
            return None
        order = share_order(intent, snapshot, self.view, self.ledger.name, cause="entry")
        return self._leave(intent, order, intent.why, dict(intent.numbers))

    def _leave(self, intent: Sell | Shares, order: Order, why: str, numbers: Mapping[str, object]) -> Order | None:
        vetoes = checked(self.entry(intent), order)
        if vetoes:
            self.scribe.refuse(order.ledger, order.symbol, order.rule, vetoes, numbers)
            return None
        flags = {"flag": "EOD"} if self.view.end_of_day else {}
        known = rounded({**numbers, **size_facts(self.entry(intent)), **flags})
        self.scribe.write(order.intent("sell" if order.selling else "buy", why, known))
        return order


def walk_steps(view: SleeveView) -> int:
    """How many times an order may be replaced: KS-11.8, and on coarse data what fits CAD-14's walk."""
    rules = view.rules
    most = rules.integer("KS-11.replaces")
    if view.market.grain is Grain.COARSE:
        return min(most, rules.integer("CAD-14.walk_seconds") // rules.integer("ORD-1.step_seconds") - 1)
    return most


def usable_shares(snapshot: Snapshot) -> bool:
    """Whether both sides of the share's market are known and not crossed (KS-11.9)."""
    return 0 < snapshot.bid <= snapshot.ask < float("inf")


def share_order(intent: Shares, snapshot: Snapshot, view: SleeveView, ledger: str, *, cause: str) -> Order:
    """A limit order for shares from the mid to the touch."""
    bid, ask = Decimal(str(snapshot.bid)), Decimal(str(snapshot.ask))
    selling = intent.quantity < 0
    mid = (bid + ask) / 2
    steps, touch = walk_steps(view), bid if selling else ask
    prices = ladder(mid, touch, None, view.rules, selling=selling, steps=steps)
    return Order(
        key=order_key(ledger, view.clock, intent.symbol, "shares"),
        ledger=ledger,
        symbol=intent.symbol,
        legs=(Leg(intent.symbol, intent.quantity, bid, ask),),
        prices=prices,
        mid=mid,
        step_seconds=view.rules.integer("ORD-1.step_seconds"),
        opening=not selling,
        rule=intent.rule,
        cause=cause,
        reserve=ZERO if selling else prices[-1] * intent.quantity,
        position=intent.position,
    )
