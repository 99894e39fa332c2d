"""What is held: the protocol's assessments and answers, and the orders that reduce risk (RULE-0, PE-1 to PE-11)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from allusr_sdk.contracts import Assessment, RiskProtocol, Sleeve, SleeveView
from allusr_sdk.contracts.windows import too_late
from allusr_sdk.host import Fault, Host
from allusr_sdk.kernel.entries import share_order, usable_shares, walk_steps
from allusr_sdk.kernel.orders import PENNY, Leg, Order, ladder, middle, order_key, urgent_ladder
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.switches import PERMITS
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.events import Frozen, LevelChanged, RollPrepared, Thawed, Watched, rounded
from allusr_sdk.model.intents import Candidate, Close, Intent, Note, Roll, Shares, Skip, Veto
from allusr_sdk.model.positions import LedgerBook, Position

Answer = tuple[Position, Sequence[Intent | Candidate]]
Leaving = Mapping[str, Sequence[Answer]]


def analyze(
    views: Mapping[str, SleeveView],
    protocol: RiskProtocol[object] | None,
    sleeves: Mapping[str, Sleeve[object]],
    host: Host,
    scribe: Scribe,
) -> Leaving:
    """Assess every position whose underlying is fresh, journal levels, and collect what protocol and sleeve want."""
    leaving: dict[str, list[Answer]] = {}
    for name, view in views.items():
        for _, position in sorted(view.book.positions.items()):
            if view.fresh(position.symbol) is None or position.key in scribe.book.unsettled:
                continue
            answers = [*_protocol(position, view, protocol, host, scribe)]
            answers += _managed(position, view, sleeves[name], host, scribe)
            leaving.setdefault(name, []).append((position, answers))
    return leaving


def _protocol(
    position: Position, view: SleeveView, protocol: RiskProtocol[object] | None, host: Host, scribe: Scribe
) -> Sequence[Intent | Candidate]:
    if protocol is None:
        return ()
    seen = host.ask(protocol.name, "assess", lambda: protocol.assess(position, view))
    if isinstance(seen, Fault):
        return _blind(position, seen, scribe)
    assessment = seen.value
    if assessment is None:
        return (Skip(position.symbol, "RULE-0", "no usable price or ATR: its level is unknown", verdict="hold"),)
    journal_levels(position, assessment, scribe)
    answer = host.ask(protocol.name, "respond", lambda: tuple(protocol.respond(position, assessment, view)))
    if isinstance(answer, Fault):
        return _blind(position, answer, scribe)
    exits = [i for i in answer.value if not isinstance(i, Candidate)]
    broken = [text for i in exits if (text := broken_exit(i, position))]
    if broken:
        return _blind(position, Fault(protocol.name, "respond", f"answered with {broken[0]}"), scribe)
    return answer.value


def _blind(position: Position, fault: Fault, scribe: Scribe) -> Sequence[Intent]:
    """A protocol that raises or errs leaves its positions unwatched, so the sleeve opens nothing more (RULE-0)."""
    scribe.fault(fault)
    if "*" not in scribe.book.ledgers[position.ledger].frozen:
        why = f"the protocol failed on {position.key}: {fault.error}"
        scribe.write(Frozen(ledger=position.ledger, symbol="*", rule="RULE-0", why=why))
    return ()


def _managed(
    position: Position, view: SleeveView, sleeve: Sleeve[object], host: Host, scribe: Scribe
) -> Sequence[Intent]:
    if view.book.quarantined or type(sleeve).manage is Sleeve.manage:
        return ()
    answer = host.ask(sleeve.name, "manage", lambda: tuple(sleeve.manage(position, view)))
    if isinstance(answer, Fault):
        scribe.fault(answer)
        scribe.quarantine(sleeve.name, answer.error)
        return ()
    broken = [text for intent in answer.value if (text := broken_exit(intent, position))]
    if broken:
        scribe.quarantine(sleeve.name, f"managed {position.key} with {broken[0]}")
    return () if broken else answer.value


def broken_exit(intent: object, position: Position) -> str:
    """What makes an intent unfit to reduce this very position, or an empty text (RULE-0)."""
    if not isinstance(intent, Close | Roll | Shares | Skip | Note):
        return f"a {type(intent).__name__}"
    if isinstance(intent, Shares):
        ours = position.contract is None and -position.quantity <= intent.quantity < 0
        return "" if ours else f"{intent.quantity} shares"
    if isinstance(intent, Close) and intent.quote.contract != position.contract:
        return f"a close of {intent.quote.contract}"
    return _broken_roll(intent, position) if isinstance(intent, Roll) else ""


def _broken_roll(roll: Roll, position: Position) -> str:
    held, new = position.contract, roll.sell.contract
    if held is None or not position.short or roll.buy.contract != held:
        return f"a roll of {roll.buy.contract}"
    same = (new.underlying, new.right) == (held.underlying, held.right) and new.expiry > held.expiry
    dearer = new.is_put and new.strike > held.strike
    return "" if same and not dearer else f"a roll into {new}"


def journal_levels(position: Position, seen: Assessment, scribe: Scribe) -> None:
    """Write the watch where it moved, and each level between the old and the new one (PE-4)."""
    before, after = position.watch, seen.watch
    if before == after:
        return
    about = {"ledger": position.ledger, "symbol": position.symbol}
    numbers = rounded(seen.numbers)
    m = float(f"{seen.m:.6g}")
    step = 1 if after.level > before.level else -1
    for level in range(before.level, after.level, step):
        scribe.write(LevelChanged(
            **about, rule=seen.rule, position=position.key, before=level, after=level + step, m=m, numbers=numbers,
        ))  # fmt: skip
    scribe.write(Watched(**about, rule="PE-4", position=position.key, watch=after, m=m, numbers=numbers))
    if after.level >= 2 > before.level:
        _freeze(position, after.level, scribe)


def _freeze(position: Position, level: int, scribe: Scribe) -> None:
    """Puts freeze symbol and sleeve (PE-7, PE-11), shares their symbol (PE-3); calls only schedule (PE-3)."""
    if position.contract is not None and not (position.short and position.contract.is_put):
        return
    rule = "PE-3" if position.contract is None else "PE-11" if level >= 3 else "PE-7"
    for symbol in (position.symbol, "*") if position.contract else (position.symbol,):
        if symbol not in scribe.book.ledgers[position.ledger].frozen:
            why = f"{position.key} at level {level}"
            scribe.write(Frozen(ledger=position.ledger, symbol=symbol, rule=rule, why=why))


def order(leaving: Leaving, views: Mapping[str, SleeveView], scribe: Scribe) -> list[Order]:
    """Orders for exits and rolls, one a position; no entry rule holds them, only an unusable quote does."""
    orders: list[Order] = []
    permit = PERMITS[scribe.book.tier]
    for name, answers in leaving.items():
        for position, intents in answers:
            for intent in intents:
                _remember(position, intent, scribe)
            wish = next((i for i in intents if isinstance(i, Close | Roll | Shares)), None)
            if wish is None or _working(position, scribe.book.ledgers[name]):
                continue
            if not (permit.rolls if isinstance(wish, Roll) else permit.closes):
                scribe.refuse(
                    name, position.symbol, wish.rule, (Veto("KS-6", "tier HALT sends nothing by itself"),), {}
                )
                continue
            if why := too_late(views[name].market, position.contract.expiry if position.contract else None):
                scribe.refuse(name, position.symbol, wish.rule, (Veto("CAD-1", why),), {})
                continue
            made = _make(wish, position, views[name], scribe)
            if made is not None:
                scribe.write(made.intent(type(wish).__name__.lower(), wish.why, rounded(wish.numbers)))
                orders.append(made)
    return orders


def _remember(position: Position, intent: Intent | Candidate, scribe: Scribe) -> None:
    name, symbol = position.ledger, position.symbol
    if isinstance(intent, Candidate):
        scribe.write(RollPrepared(
            ledger=name, symbol=symbol, rule=intent.rule, position=position.key, rung=intent.rung, taken=intent.taken,
            instrument=intent.sell.contract.osi if intent.sell else "", debit=intent.debit,
            delta=float(f"{intent.delta:.4g}") if intent.delta is not None else None, why=intent.why,
            numbers={} if intent.buyback is None else {"buyback": str(intent.buyback)},
        ))  # fmt: skip
    elif isinstance(intent, Skip):
        scribe.decide(name, symbol, intent.verdict, intent.rule, intent.why, intent.numbers, subject=position.key)


def _working(position: Position, ledger: LedgerBook) -> bool:
    return any(w.symbol == position.symbol and not w.opening for w in ledger.working.values())


def _make(wish: Intent, position: Position, view: SleeveView, scribe: Scribe) -> Order | None:
    if isinstance(wish, Shares):
        snapshot = view.fresh(wish.symbol)
        if snapshot is not None and usable_shares(snapshot):
            return share_order(wish, snapshot, view, position.ledger, cause="exit")
        why = "no sound quote for the shares; asked again at the next instant"
        scribe.refuse(position.ledger, position.symbol, wish.rule, (Veto("RULE-0", why),), {})
        return None
    quotes = (wish.buy, wish.sell) if isinstance(wish, Roll) else (wish.quote,)  # type: ignore[attr-defined]
    if not all(_usable(quote) for quote in quotes):
        numbers = {quote.contract.osi: f"{quote.bid} x {quote.ask}" for quote in quotes}
        why = "no sound quote to leave at; asked again at the next instant"
        scribe.refuse(position.ledger, position.symbol, wish.rule, (Veto("RULE-0", why),), numbers)
        return None
    return _roll(wish, position, view) if isinstance(wish, Roll) else _close(wish, position, view)  # type: ignore[arg-type]


def _usable(quote: Quote) -> bool:
    """A bid of zero still lets a short be bought back; an unknown or crossed ask does not."""
    return max(quote.bid, 0) < quote.ask < float("inf")


def _close(wish: Close, position: Position, view: SleeveView) -> Order:
    quote, rules = wish.quote, view.rules
    bid, ask = Decimal(str(quote.bid if quote.bid > 0 else 0)), Decimal(str(quote.ask))
    selling = position.quantity > 0
    mid = (bid + ask) / 2
    if wish.urgent:
        prices = urgent_ladder(quote, rules)
    elif view.end_of_day:
        prices = (bid if selling else ask,)
    else:
        touch = bid if selling else ask
        prices = ladder(mid, touch, quote.contract, rules, selling=selling, steps=walk_steps(view), worst=wish.limit)
    seconds = rules.integer("PE-11.step_seconds" if wish.urgent else "ORD-1.step_seconds")
    return Order(
        key=order_key(position.ledger, view.clock, position.symbol, f"close-{position.contract.right}"),  # type: ignore[union-attr]
        ledger=position.ledger,
        symbol=position.symbol,
        legs=(Leg(quote.contract, -position.quantity, bid, ask),),
        prices=prices,
        mid=mid,
        step_seconds=seconds,
        opening=False,
        rule=wish.rule,
        cause=wish.rule.split()[0],
        position=position,
    )


def _roll(wish: Roll, position: Position, view: SleeveView) -> Order:
    rules, quantity = view.rules, abs(position.quantity)
    buy, sell = wish.buy, wish.sell
    mid = middle(buy) - middle(sell)
    touch = Decimal(str(buy.ask)) - Decimal(str(sell.bid))
    slack = max(abs(mid) * rules.money("PE-8.slippage"), PENNY)
    legs = (
        Leg(buy.contract, quantity, Decimal(str(buy.bid)), Decimal(str(buy.ask))),
        Leg(sell.contract, -quantity, Decimal(str(sell.bid)), Decimal(str(sell.ask))),
    )
    extra = (sell.contract.notional - buy.contract.notional) * quantity if sell.contract.is_put else Decimal(0)
    return Order(
        key=order_key(position.ledger, view.clock, position.symbol, "roll"),
        ledger=position.ledger,
        symbol=position.symbol,
        legs=legs,
        prices=ladder(mid, touch, None, rules, selling=False, steps=walk_steps(view), slack=slack),
        mid=mid,
        step_seconds=rules.integer("PE-8.step_seconds"),
        opening=False,
        rule=wish.rule,
        cause="roll",
        reserve=max(extra, Decimal(0)),
        position=position,
        rolls=position.rolls + 1,
        roll_debit=position.roll_debit + wish.debit,
        first_credit=position.first_credit,
    )


def thaw(ledgers: Iterable[LedgerBook], scribe: Scribe) -> None:
    """Lift freezes of ledgers that hold nothing at level 2 or above, at a week's reconciliation (PE-7)."""
    for ledger in ledgers:
        if ledger.frozen and all(p.watch.level < 2 for p in ledger.positions.values()):
            for symbol in sorted(ledger.frozen):
                why = "weekly reconciliation: no position at level 2"
                scribe.write(Thawed(ledger=ledger.name, symbol=symbol, rule="PE-7", why=why))
