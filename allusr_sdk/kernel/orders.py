"""Orders: deterministic keys (RULE-2), prices on ticks (LQ-2), and the ladder of limits an order walks (ORD-1)."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_UP, Decimal
from itertools import islice

from attrs import evolve, frozen

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.events import IntentRecorded
from allusr_sdk.model.money import CENT, ZERO
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import HEDGE, Position
from allusr_sdk.rulebook import Rulebook

ROLL = "roll"
"""Cause and action of an order that leaves one contract for another."""

PENNY, NICKEL, DIME = Decimal("0.01"), Decimal("0.05"), Decimal("0.10")
_VERSION = re.compile(r"-v(\d+)$")


@frozen
class Leg:
    """One side of an order: contract, or share symbol, with signed quantity and the quote it was decided on."""

    instrument: Contract | str
    quantity: int
    bid: Decimal
    ask: Decimal

    @property
    def name(self) -> str:
        """OSI symbol or share symbol."""
        return self.instrument.osi if isinstance(self.instrument, Contract) else self.instrument


@frozen(kw_only=True)
class Order:
    """What leaves for the broker, once its intent is journaled.

    A single leg is priced per share; a combo of two legs is bought for `prices` (negative is a credit). `prices` is the
    ladder of limits, one every `step_seconds`; after the last has rested as long, the order is cancelled. A slice names
    its `parent` and leaves `delay` seconds after the decision (LQ-3).
    """

    key: str
    ledger: str
    symbol: str
    legs: tuple[Leg, ...]
    prices: tuple[Decimal, ...]
    mid: Decimal
    step_seconds: int
    opening: bool
    rule: str
    cause: str = ""
    reserve: Decimal = ZERO
    position: Position | None = None
    rolls: int = 0
    roll_debit: Decimal = ZERO
    first_credit: Decimal = ZERO
    parent: str = ""
    delay: int = 0

    @property
    def quantity(self) -> int:
        """Contracts or shares of the order, unsigned."""
        return abs(self.legs[0].quantity)

    @property
    def selling(self) -> bool:
        """Whether a single-leg order sells."""
        return len(self.legs) == 1 and self.legs[0].quantity < 0

    @property
    def group(self) -> str:
        """The key that all slices of one decision share."""
        return self.parent or self.key

    @property
    def action(self) -> str:
        """What it does, as its intent says: sell, buy, hedge, close, roll or shares."""
        if not self.opening:
            return ROLL if self.cause == ROLL else "close" if self.position and self.position.contract else "shares"
        return "hedge" if self.cause.startswith(HEDGE) else "sell" if self.selling else "buy"

    def opens(self, leg: Leg) -> bool:
        """Whether a leg opens something: all legs of an opening order, of a roll the one that is sold."""
        return self.opening or (self.cause == ROLL and leg.quantity < 0)

    def intent(self, action: str, why: str, numbers: dict[str, object]) -> IntentRecorded:
        """The journal's record of it, written before it is sent."""
        return IntentRecorded(
            ledger=self.ledger,
            symbol=self.symbol,
            rule=self.rule,
            key=self.key,
            action=action,
            legs=tuple((leg.name, leg.quantity) for leg in self.legs),
            limit=self.prices[0],
            mid=self.mid,
            worst=self.prices[-1],
            reserve=self.reserve,
            opening=self.opening,
            cause=self.cause,
            position=self.position.key if self.position else "",
            parent=self.parent,
            delay=self.delay,
            why=why,
            numbers=numbers,
        )


def order_key(ledger: str, at: datetime, symbol: str, action: str) -> str:
    """The key of the only order that a ledger may send for a symbol and action at an instant (RULE-2)."""
    return f"{ledger}.{at:%y%m%d.%H%M%S}.{symbol}.{action}-v1"


def next_version(key: str) -> str:
    """The key under which an order that the broker does not know is sent again: `...-v1` becomes `...-v2` (ORD-2)."""
    return _VERSION.sub(lambda found: f"-v{int(found[1]) + 1}", key)


def subject(contract: Contract) -> str:
    """A contract as part of a key, e.g. `P270-260213`: two positions of a symbol may leave at one instant."""
    return f"{contract.right}{contract.strike.normalize():f}-{contract.expiry:%y%m%d}"


def split(order: Order, most: int) -> tuple[Order, ...]:
    """The order in parts of at most `most` contracts or shares, all leaving when it would (KS-11.3).

    The first keeps its key, the others name it as their parent. Reserves are shared out, rounded up to the cent.
    """
    sizes = [min(most, order.quantity - done) for done in range(0, order.quantity, most)]
    if len(sizes) == 1:
        return (order,)
    return tuple(
        evolve(
            order,
            key=order.key if number == 1 else part(order.key, number),
            parent="" if number == 1 else order.key,
            legs=tuple(evolve(leg, quantity=size if leg.quantity > 0 else -size) for leg in order.legs),
            reserve=(order.reserve * size / order.quantity).quantize(CENT, ROUND_UP),
        )
        for number, size in enumerate(sizes, 1)
    )


def part(key: str, number: int) -> str:
    """The key of an order's second, third, ... slice: `...-v1` becomes `...-2-v1`."""
    return _VERSION.sub(rf"-{number}\g<0>", key)


def tick(contract: Contract | None, value: Decimal, rules: Rulebook) -> Decimal:
    """Minimum price increment in dollars of a contract at a price, of a combo or share where it is None (LQ-2).

    Index classes (SPX, XSP, VIX) have market rules of their own at the broker; in simulation they take the coarser grid
    of classes outside the penny program, whose prices lie on theirs too.
    """
    if contract is None or contract.underlying in rules.texts("LQ-2.penny"):
        return PENNY
    cheap = abs(value) < rules.money("LQ-2.boundary")
    if contract.underlying in rules.texts("LQ-2.penny_program"):
        return PENNY if cheap else NICKEL
    return NICKEL if cheap else DIME


def on_tick(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    """A price rounded to the tick: up for sells, down for buys (LQ-2)."""
    return (value / step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * step


def middle(quote: Quote) -> Decimal:
    """Exact middle of a sound quote, dollars per share."""
    return (Decimal(str(quote.bid)) + Decimal(str(quote.ask))) / 2


def ladder(
    mid: Decimal, touch: Decimal, contract: Contract | None, rules: Rulebook, *,
    selling: bool, steps: int, worst: Decimal | None = None, slack: Decimal | None = None,
) -> tuple[Decimal, ...]:  # fmt: skip
    """Limits from the mid toward the touch, one tick each, at most `steps` replacements (ORD-1, KS-11.5).

    The last limit is the touch, or `slack` dollars from the mid (5 % of it by default), or `worst`, whichever comes
    first. Where more ticks lie between than there are steps, the last step goes straight to it.
    """
    sign = -1 if selling else 1
    reach = mid + sign * (abs(mid) * rules.money("ORD-1.slippage") if slack is None else slack)
    bounds = [reach, touch] + ([worst] if worst is not None else [])
    bound = max(bounds) if selling else min(bounds)
    step = tick(contract, mid, rules)
    first = on_tick(mid, step, up=selling)
    last = on_tick(bound, tick(contract, bound, rules), up=selling)
    if contract is not None and not selling:
        first, last = max(first, step), max(last, step)  # nothing is bought for nothing
    return (*islice(_walk(first, last, contract, rules, sign), steps), last)


def _walk(first: Decimal, last: Decimal, contract: Contract | None, rules: Rulebook, sign: int) -> Iterator[Decimal]:
    """The limits before the last, a tick from each to the next; none where the first lies at it or behind."""
    value = first
    while sign * (last - value) > 0:
        yield value
        value += sign * tick(contract, value - PENNY if sign < 0 else value, rules)


def urgent_ladder(quote: Quote, rules: Rulebook, *, seconds: int) -> tuple[Decimal, ...]:
    """Limits of a protocol exit: the ask, then 2 % more each step up to 25 % over the mid (PE-11, KS-11.5).

    The last is a market order with protection: a limit at the cap that goes on working until `seconds` are over. An ask
    beyond the cap is not paid.
    """
    ask, cap = Decimal(str(quote.ask)), _cap(middle(quote), quote.contract, rules)
    factor, value = 1 + rules.money("PE-11.step"), ask
    walk = []
    while value < cap:
        walk.append(value if value == ask else on_tick(value, tick(quote.contract, value, rules), up=False))
        value *= factor
    rungs = max(1, seconds // rules.integer("PE-11.step_seconds"))
    steps = tuple(dict.fromkeys(walk))[: rungs - 1]
    return (*steps, *(cap for _ in range(rungs - len(steps))))


def _cap(mid: Decimal, contract: Contract, rules: Rulebook) -> Decimal:
    """The dearest limit of a protocol exit, a tick where the cap lies below one."""
    cap = mid * min(1 + rules.money("PE-11.cap"), rules.money("KS-11.urgent_cap"))
    step = tick(contract, cap, rules)
    return max(on_tick(cap, step, up=False), step)
