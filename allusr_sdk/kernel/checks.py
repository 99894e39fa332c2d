"""The checks of an order that is to leave: pure functions in tables, each under its rule (KS-11).

`CHECKS` binds every entry, `WHOLE` what is cut into slices, before it is cut. `leaving` is what of it binds orders that
reduce risk. All of a table are asked and every veto is kept.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from allusr_sdk.contracts import liquidity
from allusr_sdk.kernel.crossing import crosses
from allusr_sdk.kernel.limits import Entry, Vetoes, free_cash, notional_limit, unit_of
from allusr_sdk.kernel.orders import Order, tick
from allusr_sdk.model.intents import Sell, Shares, Veto
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.positions import LedgerBook, Working
from allusr_sdk.rulebook import Rulebook

Check = Callable[[Entry, Order], Iterable[Veto]]

_TRIED = frozenset({"backtest", "paper"})
"""Modes in which the volume of a share may be unknown (LQ-1)."""


def secured(entry: Entry, order: Order) -> Iterator[Veto]:
    """Puts have their cash, calls their shares, purchases their money (RULE-1, KS-11.2, KS-11.11)."""
    need, free = order.reserve, free_cash(entry)
    if need > max(free, ZERO):
        yield Veto("RULE-1", f"needs {need:,.2f}, free cash {free:,.2f}", {"need": str(need), "free": str(free)})
    elif need and need > (account := sum((book.free for book in entry.book.ledgers.values()), ZERO)):
        numbers = {"need": str(need), "account": str(account)}
        yield Veto("KS-11", f"needs {need:,.2f}, free cash of the account {account:,.2f}", numbers)
    yield from backed(order, entry.ledger)
    if entry.call and order.quantity > entry.ledger.uncovered(order.symbol):
        yield Veto("RULE-1", f"{order.quantity} calls on {entry.ledger.uncovered(order.symbol)} uncovered hundreds")


def backed(order: Order, ledger: LedgerBook) -> Iterator[Veto]:
    """No share is sold that is not held or that backs a call (RULE-1)."""
    leg = order.legs[0]
    if isinstance(leg.instrument, Contract) or leg.quantity > 0:
        return
    shares = ledger.shares(order.symbol)
    spare = shares % MULTIPLIER + MULTIPLIER * ledger.uncovered(order.symbol)
    if order.quantity > spare:
        yield Veto("RULE-1", f"{order.quantity} shares to sell, {spare} back no call")


def sized(entry: Entry, order: Order) -> Iterator[Veto]:
    """Contracts and dollars of one order (KS-11.3, KS-11.4).

    One contract cannot be made smaller: it may be larger where CAD-11 grants it, and as a call on shares that are held.
    """
    most, option = entry.rules.integer("KS-11.child_max"), entry.contract is not None
    if option and order.quantity > most:
        yield Veto("KS-11", f"{order.quantity} contracts > {most}", {"quantity": order.quantity, "limit": most})
    notional, limit = unit_of(entry, order) * order.quantity, notional_limit(entry)
    smallest = option and order.quantity == 1 and (entry.call or "CAD-11" in order.rule)
    if notional > limit and not smallest:
        yield Veto("KS-11", f"notional {notional:,.0f} > {limit:,.0f}", {"notional": str(notional)})


def whole(entry: Entry, order: Order) -> Iterator[Veto]:
    """Contracts of a parent before it is cut into slices (KS-11.3)."""
    most = entry.rules.integer("KS-11.parent_max")
    if entry.contract is not None and order.quantity > most:
        numbers = {"quantity": order.quantity, "limit": most}
        yield Veto("KS-11", f"{order.quantity} contracts in one decision > {most}", numbers)


def not_too_large(entry: Entry, order: Order) -> Iterator[Veto]:
    """Size against the contract's and the share's usual volume; where money is at stake both are known (LQ-1)."""
    if not isinstance(entry.intent, Sell):
        return
    shares = entry.share_volume
    if shares is None and entry.book.mode not in _TRIED:
        yield Veto("LQ-1", f"SHARE_ADV_UNKNOWN: how much of {order.symbol} trades a day must be known")
    yield from liquidity.oversized(order.quantity, entry.intent.delta, entry.volumes, shares, entry.rules)


def collared(entry: Entry, order: Order) -> Iterator[Veto]:
    """No limit of the ladder lies beyond the collar: sells at or over max(bid, 0.95 mid), buys under 1.05 (KS-11.5)."""
    low = max(order.legs[0].bid, order.mid * entry.rules.money("KS-11.sell_floor"))
    yield from _inside(order, low, order.mid * entry.rules.money("KS-11.buy_cap"))


def _inside(order: Order, low: Decimal, high: Decimal) -> Iterator[Veto]:
    for price in order.prices:
        if not (price >= low if order.selling else price <= high):
            yield Veto("KS-11", f"limit {price} is outside the collar", {"low": str(low), "high": str(high)})


def unrepeated(entry: Entry, order: Order) -> Iterator[Veto]:
    """Nothing like it works or was sent within a minute (KS-11.6); no ledger stands opposite (KS-11.7, CAD-13)."""
    yield from _twins(order, entry.ledger.working.values())
    leg, leaves = order.legs[0], entry.view.at + timedelta(seconds=order.delay)
    span = timedelta(seconds=entry.rules.integer("KS-11.duplicate_seconds"))
    for sent in entry.book.sent:
        same = (sent.ledger, sent.instrument, sent.quantity) == (order.ledger, leg.name, leg.quantity)
        if same and abs(leaves - sent.at) < span and sent.group != order.group:
            yield Veto("KS-11", f"duplicate of an order of {sent.at:%H:%M:%S} UTC", {"seconds": span.seconds})
    yield from crosses(entry.book, order.ledger, leg.name, leg.quantity)


def _twins(order: Order, working: Iterable[Working]) -> Iterator[Veto]:
    """Working orders on the same instrument, slices of the same decision aside (KS-11.6)."""
    names = {leg.name for leg in order.legs} if order.opening else {order.legs[0].name}
    for work in working:
        if not names.isdisjoint(work.legs) and (work.parent or work.key) != order.group:
            yield Veto("KS-11", f"duplicate of the working order {work.key}")


def paced(entry: Entry, order: Order) -> Iterator[Veto]:
    """Orders per minute, at the instant at which it leaves, and per day (KS-11.8)."""
    leaves, minute = entry.view.at + timedelta(seconds=order.delay), timedelta(minutes=1)
    near = sum(1 for at in entry.book.orders_sent if abs(leaves - at) < minute)
    for name, count, key in (
        ("a minute", near, "KS-11.orders_minute"),
        ("a day", len(entry.book.orders_sent), "KS-11.orders_day"),
    ):
        limit = entry.rules.integer(key)
        if count >= limit:
            yield Veto("KS-11", f"{order.key}: {count} orders {name} reached {limit}", {"count": count, "limit": limit})


CHECKS: tuple[Check, ...] = (secured, sized, not_too_large, collared, unrepeated, paced)
WHOLE: tuple[Check, ...] = (secured, whole, not_too_large)


def checked(entry: Entry, order: Order, checks: Iterable[Check] = CHECKS) -> Vetoes:
    """Every veto of the order checks; shares to be sold pass those of `leaving` alone (RULE-0)."""
    if isinstance(entry.intent, Shares) and order.selling:
        return leaving(order, entry.ledger, entry.rules)
    return tuple(veto for check in checks for veto in check(entry, order))


def leaving(order: Order, ledger: LedgerBook, rules: Rulebook, *, urgent: bool = False) -> Vetoes:
    """Every veto against an order that reduces risk: collar, a working twin, shares that back a call (KS-11, RULE-1).

    Sizes are cut, not refused (`slicing.sliced`), and neither liquidity nor other ledgers hold it (RULE-0). `urgent`
    are exits of level 3 and what goes straight to the touch on end-of-day data (PE-11, CAD-14). A walk may always go
    one tick.
    """
    cap = rules.money("KS-11.urgent_cap" if urgent else "KS-11.buy_cap")
    contract = order.legs[0].instrument if len(order.legs) == 1 else None
    one = tick(contract if isinstance(contract, Contract) else None, order.mid, rules)
    high = order.mid + max(abs(order.mid) * (cap - 1), one)
    low = order.mid - max(abs(order.mid) * (1 - rules.money("KS-11.sell_floor")), one)
    if urgent:
        low = min(low, order.legs[0].bid)
    exits = [work for work in ledger.working.values() if not work.opening]
    return (*_inside(order, low, high), *_twins(order, exits), *backed(order, ledger))
