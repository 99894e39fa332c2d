"""What is owned and owed: lots, positions, the books of each ledger. A fold over the journal, nothing else."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from attrs import Factory, frozen

from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER, Contract


class Wheel(StrEnum):
    """Where a symbol stands in a sleeve's wheel (CAD-9)."""

    CASH = "CASH"
    SHORT_PUT = "SHORT_PUT"
    STOCK = "STOCK"
    SHORT_CALL = "SHORT_CALL"


@frozen
class Watch:
    """The protocol's memory of one position: its level and what a change still waits for (PE-4).

    Attributes:
        level: confirmed level, 0 to 3.
        rising: level that one sample has reached and a second must confirm; equal to `level` when none.
        rising_at: instant of that sample.
        calm: consecutive samples at or under the lower level's threshold less the hysteresis.
        calm_since: instant of the first of them.
    """

    level: int = 0
    rising: int = 0
    rising_at: datetime | None = None
    calm: int = 0
    calm_since: datetime | None = None


@frozen
class Position:
    """Contracts or shares of one kind in one ledger.

    Attributes:
        ledger: the sleeve's ledger.
        symbol: the underlying.
        contract: None for shares.
        quantity: signed contracts or shares; negative is short.
        price: average gross price per share at which it was opened, dollars.
        amount: net premium received (short) or total basis (long), dollars, fees included.
        opened: instant of the first opening fill.
        rolls: rolls already done in this chain of positions (PE-8).
        roll_debit: net debit per share of those rolls, dollars; credits count negative.
        first_credit: credit per share of the chain's first position, dollars.
        watch: the protocol's state.
        mark: last known value per share (mid), dollars; None before the first mark.
    """

    ledger: str
    symbol: str
    contract: Contract | None
    quantity: int
    price: Decimal
    amount: Decimal
    opened: datetime
    rolls: int = 0
    roll_debit: Decimal = ZERO
    first_credit: Decimal = ZERO
    watch: Watch = Watch()
    mark: Decimal | None = None

    @property
    def key(self) -> str:
        """Unique within the account: ledger and OSI symbol, or ledger and share symbol."""
        return f"{self.ledger}:{self.contract.osi if self.contract else self.symbol}"

    @property
    def short(self) -> bool:
        """Whether it is owed rather than owned."""
        return self.quantity < 0

    @property
    def multiplier(self) -> int:
        """Shares for one unit of quantity."""
        return MULTIPLIER if self.contract else 1

    @property
    def value(self) -> Decimal:
        """Signed value at the last mark, at the opening price while there is none, in dollars."""
        return (self.price if self.mark is None else self.mark) * self.quantity * self.multiplier


@frozen
class Lot:
    """Shares or contracts bought or written together; `amount` is total basis or net premium in dollars."""

    symbol: str
    contract: Contract | None
    quantity: int
    amount: Decimal
    opened: date
    price: Decimal


@frozen
class Working:
    """An order whose end is not known yet. `reserve` is the cash it would need if it filled now, in dollars."""

    key: str
    ledger: str
    symbol: str
    contract: Contract | None
    quantity: int
    opening: bool
    reserve: Decimal = ZERO


@frozen
class LedgerBook:
    """The books of one ledger (a sleeve).

    Attributes:
        base: capital contributed, never raised by gains (FK-1).
        cash: settled and unsettled cash, dollars.
        realised, premium: realised result and gross premium taken since the start, dollars.
        high_water: highest daily equity so far (ORD-3).
        improvement: dollars by which all fills together beat the touch.
        tried: by symbol, the session and size of the last entry that was cancelled unfilled (ORD-1).
        eligible: symbols that passed every gate today, with the session's date (CAD-10).
        frozen: symbols (or `*` for all) with entries frozen, and the rule that froze them (PE-7).
        quarantined: why, or empty.
    """

    name: str
    base: Decimal = ZERO
    cash: Decimal = ZERO
    realised: Decimal = ZERO
    premium: Decimal = ZERO
    fees: Decimal = ZERO
    high_water: Decimal = ZERO
    improvement: Decimal = ZERO
    tried: Mapping[str, tuple[date, int]] = Factory(dict)
    positions: Mapping[str, Position] = Factory(dict)
    lots: tuple[Lot, ...] = ()
    working: Mapping[str, Working] = Factory(dict)
    eligible: tuple[date | None, frozenset[str]] = (None, frozenset())
    frozen: Mapping[str, str] = Factory(dict)
    quarantined: str = ""
    notes: Mapping[str, str] = Factory(dict)

    @property
    def equity(self) -> Decimal:
        """Cash and positions at their last marks, in dollars."""
        return self.cash + sum((p.value for p in self.positions.values()), ZERO)

    @property
    def reserved(self) -> Decimal:
        """Cash behind short puts, dollars: strike x 100 x contracts, working orders included (RULE-1)."""
        held = (_collateral(p) for p in self.positions.values())
        return sum(held, ZERO) + sum((w.reserve for w in self.working.values()), ZERO)

    def exposure(self, symbol: str) -> Decimal:
        """Capital tied in a symbol, dollars: put collateral, working orders and shares at basis (CAD-10)."""
        mine = [p for p in self.positions.values() if p.symbol == symbol]
        puts = sum((_collateral(p) for p in mine), ZERO)
        shares = sum((p.amount for p in mine if p.contract is None), ZERO)
        return puts + shares + sum((w.reserve for w in self.working.values() if w.symbol == symbol), ZERO)

    def shares(self, symbol: str) -> int:
        """Shares of a symbol held."""
        held = self.positions.get(f"{self.name}:{symbol}")
        return held.quantity if held else 0

    def uncovered(self, symbol: str) -> int:
        """Whole hundreds of shares that back no short call, open or working."""
        short = sum(-p.quantity for p in self.positions.values() if p.symbol == symbol and _short_call(p))
        working = sum(w.quantity for w in self.working.values() if w.symbol == symbol and _opens_call(w))
        return self.shares(symbol) // MULTIPLIER - short - working

    def wheel(self, symbol: str) -> Wheel:
        """Where the symbol stands; working entry orders count as if filled (CAD-9)."""
        mine = [p for p in self.positions.values() if p.symbol == symbol]
        opening = [w for w in self.working.values() if w.symbol == symbol and w.opening and w.contract]
        if any(_short_call(p) for p in mine) or any(_opens_call(w) for w in opening):
            return Wheel.SHORT_CALL
        if any(_short_put(p) for p in mine) or opening:
            return Wheel.SHORT_PUT
        return Wheel.STOCK if self.shares(symbol) >= MULTIPLIER else Wheel.CASH


def _collateral(position: Position) -> Decimal:
    if position.contract is None or not position.contract.is_put:
        return ZERO
    return position.contract.notional * max(-position.quantity, 0)


def _short_put(position: Position) -> bool:
    return position.contract is not None and position.contract.is_put and position.quantity < 0


def _short_call(position: Position) -> bool:
    return position.contract is not None and not position.contract.is_put and position.quantity < 0


def _opens_call(order: Working) -> bool:
    return order.opening and order.contract is not None and not order.contract.is_put


@frozen
class Book:
    """All ledgers of one account and the switches that bind them.

    Attributes:
        tier: VIX tier in force: NONE, HEDGED, SAFE or HALT (KS-1).
        state: the state machine's resting state after the last entry.
        cycle: number of the last cycle.
        orders_sent: instants of the orders of the running session (KS-11.8).
        unsettled: position keys that expired without a settlement price.
    """

    ledgers: Mapping[str, LedgerBook] = Factory(dict)
    tier: str = "NONE"
    state: str = "SAFE"
    cycle: int = 0
    orders_sent: tuple[datetime, ...] = ()
    unsettled: frozenset[str] = frozenset()

    @property
    def positions(self) -> tuple[Position, ...]:
        """Every position of every ledger, ledgers in order, positions by key."""
        return tuple(p for book in self.ledgers.values() for _, p in sorted(book.positions.items()))

    @property
    def equity(self) -> Decimal:
        """Sum over all ledgers at last marks, dollars."""
        return sum((book.equity for book in self.ledgers.values()), ZERO)
