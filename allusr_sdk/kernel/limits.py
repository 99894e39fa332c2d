"""The gates of an entry and the checks of every order: pure functions in two tables, each under its rule.

`GATES` asks whether a contract may be opened at all; a symbol that passes them is eligible for CAD-10. `CHECKS` asks
whether an order of a given size and price may leave (KS-11). All of a table are asked and every veto is kept.
Risk-reducing orders are never held by a gate (RULE-0).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from attrs import frozen

from allusr_sdk.contracts import liquidity
from allusr_sdk.contracts.windows import outside_entry, too_late
from allusr_sdk.kernel.orders import Order
from allusr_sdk.kernel.switches import PERMITS, unknown_vix
from allusr_sdk.market.indicators import average_volume
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.intents import Sell, Shares, Veto
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import Book, LedgerBook, Wheel, Working
from allusr_sdk.model.views import EarningsDate, Grain, MarketView
from allusr_sdk.rulebook import Rulebook


@frozen(eq=False)
class Entry:
    """What a guard may look at: an opening intent, the market, the ledger that asks, all books, the rules.

    `universe` is the number of symbols of the sleeve.
    """

    intent: Sell | Shares
    view: MarketView
    ledger: LedgerBook
    book: Book
    rules: Rulebook
    universe: int

    @property
    def volumes(self) -> tuple[float, ...]:
        """Daily volumes of the contract (LQ-1)."""
        assert isinstance(self.intent, Sell)
        snapshot = self.view.fresh(self.intent.symbol)
        return tuple(snapshot.volumes(self.intent.quote.contract)) if snapshot else ()


Gate = Callable[[Entry], Iterable[Veto]]
Check = Callable[[Entry, Order], Iterable[Veto]]


# --- gates: may this be opened at all? -----------------------------------------------------------------------------


def permitted(entry: Entry) -> Iterator[Veto]:
    """The VIX tier and its data let entries through (KS-1, KS-5, KS-6)."""
    if not PERMITS[entry.book.tier].entries:
        yield Veto("KS-6", f"tier {entry.book.tier} opens nothing")
    if veto := unknown_vix(entry.view, entry.rules):
        yield veto


def unfrozen(entry: Entry) -> Iterator[Veto]:
    """Neither the sleeve nor the symbol is frozen or quarantined (PE-7); calls on frozen shares go on (PE-3)."""
    call = isinstance(entry.intent, Sell) and not entry.intent.quote.contract.is_put
    for scope in ("*", entry.intent.symbol):
        rule = entry.ledger.frozen.get(scope)
        if rule and not (call and rule == "PE-3"):
            yield Veto("PE-7", f"entries of {'the sleeve' if scope == '*' else scope} are frozen by {rule}")
    if entry.ledger.quarantined:
        yield Veto("RULE-0", f"the sleeve is quarantined: {entry.ledger.quarantined}")


def in_window(entry: Entry) -> Iterator[Veto]:
    """Entries lie in the entry window and away from open and close (CAD-7); end-of-day data has none (CAD-14)."""
    if why := outside_entry(entry.view, entry.rules):
        yield Veto("CAD-7", why)
    expiry = entry.intent.quote.contract.expiry if isinstance(entry.intent, Sell) else None
    if why := too_late(entry.view, expiry):
        yield Veto("CAD-14" if entry.view.grain is Grain.EOD else "CAD-1", why)


def current(entry: Entry) -> Iterator[Veto]:
    """The market that the intent rests on is of this instant (KS-11.9, RULE-0)."""
    symbol, limit = entry.intent.symbol, entry.rules.number("KS-11.quote_age")
    if entry.view.fresh(symbol) is None:
        yield Veto("KS-11", f"no market of {symbol} at this instant")
    if isinstance(entry.intent, Sell):
        age = (entry.view.at - entry.intent.quote.at).total_seconds()
        if not 0 <= age <= limit:
            yield Veto("KS-11", f"the quote is {age:g} seconds old", {"age": age, "limit": limit})


def liquid(entry: Entry) -> Iterable[Veto]:
    """The contract meets LQ-1."""
    return liquidity.illiquid(entry.intent.quote, entry.volumes, entry.rules) if isinstance(entry.intent, Sell) else ()


def standard(entry: Entry) -> Iterator[Veto]:
    """The deliverable is standard and settles on a price that a close can give (KS-11.1, LQ-4)."""
    if isinstance(entry.intent, Sell) and entry.intent.quote.contract.kind.morning:
        yield Veto("KS-11", f"{entry.intent.quote.contract.root} settles on an opening print, which no close replaces")


def in_band(entry: Entry) -> Iterator[Veto]:
    """Own delta and days to expiry lie inside the band that the intent rests on (KS-11.13)."""
    if not isinstance(entry.intent, Sell):
        return
    intent, band, day = entry.intent, entry.intent.band, entry.view.session.day
    size, expiry = abs(intent.delta), intent.quote.contract.expiry
    if not band.low - band.reach <= size <= band.high:
        yield Veto("KS-11", f"delta {size:.3f} is outside {band.low - band.reach:g}-{band.high:g}", {"delta": size})
    sessions = entry.view.calendar.sessions_left(day, expiry) if expiry >= day else -1
    left = sessions if band.unit == "sessions" else (expiry - day).days
    if not band.nearest <= left <= band.furthest:
        yield Veto("KS-11", f"{left} {band.unit} to expiry is outside {band.nearest}-{band.furthest}", {"dte": left})
    if intent.quote.contract.strike < (floor := _lowest_strike(entry)):
        yield Veto("CAD-8", f"strike {intent.quote.contract.strike} is under the basis {floor:.2f}")


def _lowest_strike(entry: Entry) -> Decimal:
    """The floor of the band; for calls outside the recovery band at least the basis of the shares (CAD-8)."""
    assert isinstance(entry.intent, Sell)
    band, held = entry.intent.band, entry.ledger.positions.get(f"{entry.ledger.name}:{entry.intent.symbol}")
    if entry.intent.quote.contract.is_put or held is None or band.rule == "CAD-9":
        return band.floor
    return max(band.floor, held.amount / held.quantity)


def earnings_clear(entry: Entry) -> Iterator[Veto]:
    """No report lies in the week or before expiry; an old or absent calendar counts as one (CC-3). Puts only."""
    if not isinstance(entry.intent, Sell) or not entry.intent.quote.contract.is_put:
        return
    reason = earnings_week(entry.intent.symbol, entry.intent.quote.contract.expiry, entry.view, entry.rules)
    if reason:
        yield Veto("CC-3", f"EARNINGS_SKIP: {reason}")


def earnings_week(symbol: str, expiry: date, view: MarketView, rules: Rulebook) -> str:
    """Why the time to `expiry` counts as earnings time, or an empty text (CC-3)."""
    if symbol in rules.texts("CC-3.exempt"):
        return ""
    today, known = view.session.day, view.earnings.get(symbol)
    if not known:
        return "no earnings calendar for it: give one with --earnings"
    age = (today - max(e.as_of for e in known)).days
    if age >= (limit := rules.integer("CC-3.calendar_days")):
        return f"its earnings calendar is {age} days old, older than {limit - 1}"
    for report in known:
        if _touches(report, today, expiry, rules):
            return f"report {report.day} {report.session} ({'confirmed' if report.confirmed else 'estimated'})"
    return ""


def _touches(report: EarningsDate, today: date, expiry: date, rules: Rulebook) -> bool:
    margin = timedelta(days=0 if report.confirmed else rules.integer("CC-3.estimate_days"))
    monday = today - timedelta(days=today.weekday())
    first, last = report.day - margin, report.day + margin
    in_week = first <= monday + timedelta(days=6) and last >= monday
    return in_week or (first <= expiry and last >= today)


def wheel_allows(entry: Entry) -> Iterator[Veto]:
    """The wheel's state permits this side (CAD-9): a put from CASH, a call on uncovered shares."""
    if not isinstance(entry.intent, Sell):
        return
    state = entry.ledger.wheel(entry.intent.symbol)
    if entry.intent.quote.contract.is_put:
        if state is not Wheel.CASH:
            yield Veto("CAD-9", f"{entry.intent.symbol} is in {state}, a put starts from CASH", {"state": str(state)})
    elif entry.ledger.uncovered(entry.intent.symbol) < 1:
        yield Veto("CAD-10", "no hundred uncovered shares", {"uncovered": entry.ledger.uncovered(entry.intent.symbol)})


def worth_it(entry: Entry) -> Iterator[Veto]:
    """The credit covers the minimum (CAD-11)."""
    if not isinstance(entry.intent, Sell) or not entry.intent.quote.sound:
        return
    rules, mid = entry.rules, entry.intent.quote.mid
    least = max(
        rules.money("CAD-11.min_credit"),
        rules.money("CAD-11.fee_multiple") * rules.money("FEE-1.option") / MULTIPLIER,
    )
    if mid < least:
        yield Veto("CAD-11", f"credit {mid} < {least}", {"credit": str(mid), "required": str(least)})


def cover(entry: Entry) -> int:
    """Hundreds of shares that may still be written against: half of them in an earnings week (CAD-10, CC-3)."""
    assert isinstance(entry.intent, Sell)
    symbol, ledger = entry.intent.symbol, entry.ledger
    free = ledger.uncovered(symbol)
    if not earnings_week(symbol, entry.intent.quote.contract.expiry, entry.view, entry.rules):
        return free
    hundreds = ledger.shares(symbol) // MULTIPLIER
    return int(entry.rules.number("CC-3.coverage") * hundreds) - (hundreds - free)


GATES: tuple[Gate, ...] = (
    permitted, unfrozen, in_window, current, standard, wheel_allows, earnings_clear, in_band, liquid, worth_it,
)  # fmt: skip


# --- checks: may this order leave? ---------------------------------------------------------------------------------


def secured(entry: Entry, order: Order) -> Iterator[Veto]:
    """Puts have their cash, calls their shares, purchases their money (RULE-1, KS-11.2, KS-11.11).

    Premium received today is not collateral (CAD-10).
    """
    ledger, leg = entry.ledger, order.legs[0]
    today = entry.view.session.day
    fresh = sum((p.amount for p in ledger.positions.values() if p.short and _day(p.opened) == today), ZERO)
    free = ledger.cash - fresh - ledger.reserved
    need = order.reserve
    if need > max(free, ZERO):
        yield Veto("RULE-1", f"needs {need:,.2f}, free cash {free:,.2f}", {"need": str(need), "free": str(free)})
    if isinstance(entry.intent, Shares) and leg.quantity < 0:
        spare = min(ledger.shares(order.symbol), MULTIPLIER * ledger.uncovered(order.symbol))
        if order.quantity > spare:
            yield Veto("RULE-1", f"{order.quantity} shares to sell, {spare} back no call")
    is_call = isinstance(entry.intent, Sell) and not entry.intent.quote.contract.is_put
    if is_call and order.quantity > ledger.uncovered(order.symbol):
        yield Veto("RULE-1", f"{order.quantity} calls on {ledger.uncovered(order.symbol)} uncovered hundreds")


def _day(instant: datetime) -> date:
    return instant.astimezone(NEW_YORK).date()


def sized(entry: Entry, order: Order) -> Iterator[Veto]:
    """Contracts per order and dollars per order (KS-11.3, KS-11.4)."""
    most, is_option = entry.rules.integer("KS-11.child_max"), isinstance(entry.intent, Sell)
    if is_option and order.quantity > most:
        yield Veto("KS-11", f"{order.quantity} contracts > {most}", {"quantity": order.quantity, "limit": most})
    unit = entry.intent.quote.contract.notional if isinstance(entry.intent, Sell) else order.prices[0]
    notional = unit * order.quantity
    limit = notional_limit(entry)
    if notional > limit and not (is_option and order.quantity == 1 and "CAD-11" in order.rule):
        yield Veto("KS-11", f"notional {notional:,.0f} > {limit:,.0f}", {"notional": str(notional)})


def notional_limit(entry: Entry) -> Decimal:
    """Dollars that one order may move: a quarter of the sleeve, up to half of a small universe (KS-11.4)."""
    rules = entry.rules
    of_universe = min(rules.money("KS-11.notional_share_rev"), Decimal(1) / entry.universe)
    share = max(rules.money("KS-11.notional_share"), of_universe)
    return min(rules.money("KS-11.notional_max"), share * entry.ledger.equity)


def size_facts(entry: Entry) -> dict[str, object]:
    """The volumes behind an order's size, for the journal; nothing for shares."""
    if not isinstance(entry.intent, Sell):
        return {}
    share_volume = average_volume(entry.view.bars, entry.intent.symbol, entry.view.session.day)
    return liquidity.size_facts(entry.volumes, share_volume, entry.rules)


def not_too_large(entry: Entry, order: Order) -> Iterable[Veto]:
    """Size against the contract's and the share's usual volume (LQ-1)."""
    if not isinstance(entry.intent, Sell):
        return ()
    share_volume = average_volume(entry.view.bars, order.symbol, entry.view.session.day)
    return liquidity.oversized(order.quantity, entry.intent.delta, entry.volumes, share_volume, entry.rules)


def collared(entry: Entry, order: Order) -> Iterator[Veto]:
    """No limit of the ladder lies beyond the collar: sells at or over max(bid, 0.95 mid), buys under 1.05 (KS-11.5)."""
    low = max(order.legs[0].bid, order.mid * entry.rules.money("KS-11.sell_floor"))
    high = order.mid * entry.rules.money("KS-11.buy_cap")
    for price in order.prices:
        if not (price >= low if order.selling else price <= high):
            yield Veto("KS-11", f"limit {price} is outside the collar", {"low": str(low), "high": str(high)})


def unrepeated(entry: Entry, order: Order) -> Iterator[Veto]:
    """The ledger has no working order on the instrument (KS-11.6), and no other ledger the other side (KS-11.7)."""
    leg = order.legs[0]
    for ledger in entry.book.ledgers.values():
        for work in ledger.working.values():
            same = work.symbol == order.symbol and (work.contract.osi if work.contract else work.symbol) == leg.name
            if same and ledger.name == order.ledger:
                yield Veto("KS-11", f"duplicate of the working order {work.key}")
            elif same and _sells(work) != (leg.quantity < 0):
                yield Veto("KS-11", f"SELF_CROSS with the working order {work.key}")
        held = ledger.positions.get(f"{ledger.name}:{leg.name}")
        if held and ledger.name != order.ledger and (held.quantity > 0) != (leg.quantity > 0):
            yield Veto("CAD-13", f"SELF_CROSS: {ledger.name} holds the other side")


def _sells(work: Working) -> bool:
    """Whether a working order sells: openings write options and buy shares, the rest does the opposite."""
    return work.opening == (work.contract is not None)


def paced(entry: Entry, order: Order) -> Iterator[Veto]:
    """Orders per minute and per day (KS-11.8)."""
    minute = timedelta(minutes=1)
    recent = sum(1 for at in entry.book.orders_sent if entry.view.at - at < minute)
    for name, count, key in (
        ("a minute", recent, "KS-11.orders_minute"),
        ("a day", len(entry.book.orders_sent), "KS-11.orders_day"),
    ):
        limit = entry.rules.integer(key)
        if count >= limit:
            yield Veto("KS-11", f"{order.key}: {count} orders {name} reached {limit}", {"count": count, "limit": limit})


CHECKS: tuple[Check, ...] = (secured, sized, not_too_large, collared, unrepeated, paced)


def asked(entry: Entry) -> tuple[Veto, ...]:
    """Every veto of the gates."""
    return tuple(veto for gate in GATES for veto in gate(entry))


def checked(entry: Entry, order: Order) -> tuple[Veto, ...]:
    """Every veto of the order checks."""
    return tuple(veto for check in CHECKS for veto in check(entry, order))
