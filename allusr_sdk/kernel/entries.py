"""Entries: what the sleeves propose, through gates, sizing and checks, to journaled orders."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial

from attrs import frozen

from allusr_sdk.contracts import Sleeve, SleeveView
from allusr_sdk.contracts.windows import outside_entry
from allusr_sdk.host import Fault, Host, drained
from allusr_sdk.kernel.checks import WHOLE, checked
from allusr_sdk.kernel.gates import asked
from allusr_sdk.kernel.genuine import borne_out
from allusr_sdk.kernel.limits import Entry, child_most, cover, last_start, pinned, size_facts, unit_of
from allusr_sdk.kernel.orders import Leg, Order, ladder, middle, order_key
from allusr_sdk.kernel.promises import broken_promise
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.sizing import Allotment, Capital, Demand, allot
from allusr_sdk.kernel.slicing import sliced
from allusr_sdk.kernel.switches import permit
from allusr_sdk.model.events import Noted, rounded
from allusr_sdk.model.intents import Intent, Note, Numbers, Sell, Shares, Skip, Veto
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.model.views import Grain, Snapshot
from allusr_sdk.rulebook import Rulebook

_NOTHING = Allotment(0, "no room for one contract", {})

Sleeves = Mapping[str, Sleeve[object]]
Proposals = Mapping[str, Sequence[Intent]]


def ask(views: Mapping[str, SleeveView], sleeves: Sleeves, host: Host, scribe: Scribe) -> Proposals:
    """Every sleeve's proposals; a sleeve that raises or breaks its promise is quarantined and proposes nothing.

    On a grid any is asked only at the attempts of the entry window (CAD-7); a snapshot of coarse data is worth each
    sleeve's own reasons.
    """
    view = next(iter(views.values()), None)  # the window is the market's, so one view speaks for all
    if view is None:
        return {}
    if view.market.grain is Grain.GRID:
        if why := outside_entry(view.market, view.rules):
            return _closed(why, view, sleeves, scribe)
        if view.attempt is None:  # what the last attempt decided stands (RULE-3)
            return {}
    scribe.shut = ("", {})
    proposals: dict[str, Sequence[Intent]] = {}
    for name, sleeve in sleeves.items():
        if scribe.book.ledgers[name].quarantined:
            continue
        answer = host.ask(sleeve.name, "propose", partial(_proposed, sleeve, views[name]))
        if isinstance(answer, Fault):
            scribe.fault(answer)
            scribe.quarantine(name, answer.error)
            continue
        intents, broken = answer.value
        if broken:
            scribe.quarantine(name, broken)
        proposals[name] = () if broken else intents
    return proposals


def _closed(why: str, view: SleeveView, sleeves: Sleeves, scribe: Scribe) -> Proposals:
    """Say once of each symbol that the window is shut, as soon as there is data of it (RULE-3)."""
    if scribe.shut[0] != why:
        scribe.shut = (why, {})
    untold = scribe.shut[1]
    for name, sleeve in sleeves.items():
        if waiting := untold.setdefault(name, sleeve.symbols):
            untold[name] = tuple(symbol for symbol in waiting if not view.fresh(symbol))
            for symbol in filter(view.fresh, waiting):
                scribe.decide(name, symbol, "skip", "CAD-7", why, {})
    return {}


def _proposed(sleeve: Sleeve[object], view: SleeveView) -> tuple[tuple[Intent, ...], str]:
    """What a sleeve proposes, and what it breaks by that: a proposal so odd that looking at it raises is its fault."""
    intents = drained(sleeve.propose(view))
    return intents, broken_promise(intents, sleeve, view)


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
        orders += [o for i in sells for o in desk.sell(i, granted.get(i.symbol, _NOTHING))]
        orders += [o for i in intents if isinstance(i, Shares) for o in desk.shares(i)]
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
        return Entry(
            intent=intent,
            view=self.view.market,
            ledger=self.ledger,
            book=self.scribe.book,
            rules=self.rules,
            universe=len(self.sleeve.symbols),
            approved=self.scribe.stamp,
            ranges=self.view.atr,
        )

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
        equity = ledger.deployable
        deployable = equity if self.sleeve.deploys == "equity" else min(equity, ledger.base + ledger.released)
        day, symbols = ledger.eligible
        touched = {p.symbol for p in ledger.positions.values()} | {w.symbol for w in ledger.working.values()}
        return Capital(
            deployable=deployable,
            share=self.rules.money(permit(self.scribe.book, ledger.name).deploy),
            committed=sum((ledger.exposure(s) for s in touched), sum(ledger.pinned.values(), ZERO)),
            universe=len(self.sleeve.symbols),
            eligible=len(symbols) if day == self.view.session.day else 0,
        )

    def _covered(self, intent: Sell) -> Allotment:
        """Calls by the shares that are free; in earnings time fewer, and the numbers say so if it costs any (CC-3)."""
        ledger, most = self.ledger, self._cap(intent)
        free, reason = cover(self.entry(intent))
        lots = max(0, min(free, most))
        numbers: dict[str, object] = {"shares": ledger.shares(intent.symbol)}
        if not reason:
            return Allotment(lots, f"cover {free}", numbers)
        if lots < min(ledger.uncovered(intent.symbol), most):
            numbers["earnings"] = "reduce"
        return Allotment(lots, f"CC-3 EARNINGS_REDUCE: {reason}, cover {free}", numbers, "CC-3 CAD-10")

    def _demand(self, intent: Sell) -> Demand:
        strike, mid = intent.quote.contract.strike, intent.quote.mid
        return Demand(intent.symbol, strike, mid, self._tied(intent.symbol), self._cap(intent))

    def _tied(self, symbol: str) -> Decimal:
        """Dollars tied in a symbol, what may still be assigned included (CAD-10)."""
        return self.ledger.exposure(symbol) + sum(pinned(symbol, self.ledger).values(), ZERO)

    def _cap(self, intent: Sell) -> int:
        """The most contracts of one decision: KS-11.3, what the sleeve asks for, and half of what was tried (ORD-1)."""
        most = self.rules.integer("KS-11.parent_max")
        most = most if intent.lots is None else min(most, intent.lots)
        day, tried = self.ledger.tried.get(intent.symbol, (None, 0))
        if day != self.view.session.day:
            return most
        return min(most, max(1, int(tried * self.rules.number("ORD-1.retry_share"))))

    def sell(self, intent: Sell, allotment: Allotment) -> Sequence[Order]:
        """The orders of a contract that passed; none where size or a check refuses it."""
        name, contract = self.ledger.name, intent.quote.contract
        if not allotment.lots:
            numbers = {**intent.numbers, **allotment.numbers}
            self.scribe.decide(name, intent.symbol, "refuse", allotment.rule, allotment.why, numbers)
            return ()
        if vetoes := tuple(borne_out(self.entry(intent))):
            self.scribe.refuse(name, intent.symbol, intent.rule, vetoes, {"contract": contract.osi, **intent.numbers})
            return ()
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

    def shares(self, intent: Shares) -> Sequence[Order]:
        """The orders to buy shares for a sleeve's lots, or to sell them."""
        snapshot = self.view.fresh(intent.symbol)
        vetoes = (*asked(self.entry(intent)), *self.host.screen(intent, self.view.market))
        if snapshot is None or not usable_shares(snapshot):
            vetoes = (*vetoes, Veto("RULE-0", "no sound quote for the shares"))
        if vetoes or snapshot is None:
            self.scribe.refuse(self.ledger.name, intent.symbol, intent.rule, vetoes, intent.numbers)
            return ()
        order = share_order(intent, snapshot, self.view, self.ledger.name, cause="entry")
        if vetoes := self._beyond(order):
            self.scribe.refuse(self.ledger.name, intent.symbol, intent.rule, vetoes, intent.numbers)
            return ()
        return self._leave(intent, order, intent.why, dict(intent.numbers))

    def _beyond(self, order: Order) -> tuple[Veto, ...]:
        """What of CAD-10 a purchase of shares would pass: the budget, halved in a hedged week, or the symbol's cap."""
        capital, cost = self._capital(), order.reserve
        room = {
            "budget left": capital.share * capital.deployable - capital.committed,
            "symbol cap": capital.symbol_cap(self.rules) - self._tied(order.symbol),
        }
        return tuple(
            Veto("CAD-10", f"shares for {cost:,.0f} > {name} {left:,.0f}", {name: str(left)})
            for name, left in room.items()
            if cost and cost > left
        )

    def _leave(self, intent: Sell | Shares, order: Order, why: str, numbers: Numbers) -> Sequence[Order]:
        """Journal an order, or its slices, after the checks; what they refuse stays behind with its reasons."""
        entry = self.entry(intent)
        parts = sliced(order, child_most(entry, unit_of(entry, order)), self.rules, within=last_start(entry))
        cut = parts != (order,)
        if cut and (vetoes := checked(entry, order, WHOLE)):
            self.scribe.refuse(order.ledger, order.symbol, order.rule, vetoes, numbers)
            return ()
        facts = {**numbers, **size_facts(entry), **({"flag": "EOD"} if self.view.end_of_day else {})}
        slices = _slice_facts(order, parts) if cut else ({},)
        return tuple(self._journaled(intent, zip(parts, slices, strict=True), why, facts))

    def _journaled(
        self, intent: Sell | Shares, parts: Iterable[tuple[Order, Numbers]], why: str, numbers: Numbers
    ) -> Iterator[Order]:
        for part, slice_facts in parts:
            known = {**numbers, **slice_facts}
            if vetoes := checked(self.entry(intent), part):
                self.scribe.refuse(part.ledger, part.symbol, part.rule, vetoes, known)
                return
            self.scribe.write(part.intent(part.action, why, rounded(known)))
            yield part


def _slice_facts(order: Order, parts: Sequence[Order]) -> Sequence[Numbers]:
    """What the journal says of each slice; the size that is displayed at the exchange is in no file (LQ-3)."""
    late = order.quantity - sum(part.quantity for part in parts)
    about = {"slices": len(parts), "whole": order.quantity, "displayed size": "unknown"}
    about |= {"left out after the last start": late} if late else {}
    return [{"slice": number, **about} for number, _ in enumerate(parts, 1)]


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
