"""What is owned and owed: lots, positions, the books of each ledger. A fold over the journal, nothing else."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from attrs import Factory, frozen

from allusr_sdk.model.breaks import Break
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.nodes import ROOT, Funds, Node, Unfinished
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.outstanding import HEDGE, Sent, Working

__all__ = [
    "HEDGE",
    "ROOT",
    "TIERS",
    "Book",
    "LedgerBook",
    "Lot",
    "Node",
    "Position",
    "Quarter",
    "Sent",
    "Unfinished",
    "Watch",
    "Wheel",
    "Working",
]

TIERS = ("NONE", "CALLS", "HEDGED", "FREEZE", "SAFE", "HALT")
"""Tiers of the kill switches, by gravity; CALLS is a sleeve's pivot (ORD-3), FREEZE stops entries alone (KS-10)."""


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
        profit_at: instant of the one sample at which a covered call had earned enough (CC-1).
        prepared: session in which roll candidates were last prepared since level 1 was entered (PE-2).
    """

    level: int = 0
    rising: int = 0
    rising_at: datetime | None = None
    calm: int = 0
    calm_since: datetime | None = None
    profit_at: datetime | None = None
    prepared: date | None = None


@frozen(slots=False)
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
        cause: of the order that opened it: `entry`, `roll`, or `hedge:` and its trigger (PE-10).
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
    cause: str = ""

    @cached_property
    def key(self) -> str:
        """Unique within the account: ledger and OSI symbol, or ledger and share symbol."""
        return f"{self.ledger}:{self.contract.osi if self.contract else self.symbol}"

    @property
    def short(self) -> bool:
        """Whether it is owed rather than owned."""
        return self.quantity < 0

    @cached_property
    def hedges(self) -> bool:
        """Whether it was opened as a hedge (PE-10); it is then no part of the wheel."""
        return self.cause.startswith(HEDGE)

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
    """Shares or contracts bought or written together; `amount` is total basis or net premium in dollars.

    `execution` is the broker's newest id of the fill that made it; empty for shares that an assignment brought.
    """

    symbol: str
    contract: Contract | None
    quantity: int
    amount: Decimal
    opened: date
    price: Decimal
    execution: str = ""


@frozen
class Quarter:
    """The running quarter of a ledger (``2026-Q1``), dollars: result realised before it, cost of its hedges (PE-9)."""

    label: str = ""
    realised_before: Decimal = ZERO
    hedge_cost: Decimal = ZERO


@frozen(slots=False)
class LedgerBook(Funds):
    """The books of one ledger (a sleeve); whose it is, and what of its capital is set apart, is in `Funds`.

    Attributes:
        base: capital contributed, never raised by gains, never lowered by forks (FK-1, FK-2); of a ledger that began
            with a transfer, what transfers brought less what they took.
        cash: settled and unsettled cash, dollars.
        realised, premium: realised result and gross premium taken since the start, dollars.
        high_water: highest daily equity so far (ORD-3).
        improvement: dollars by which all fills together beat the touch.
        tried: by symbol, the session and size of the last entry that was cancelled unfilled (ORD-1).
        eligible: symbols that passed every gate today, with the session's date (CAD-10).
        frozen: symbols (or `*` for all) with entries frozen, and the rule that froze them (PE-7).
        quarantined: why, or empty.
        switches: kill switches of this ledger that are not NONE, tier by cause (KS-1, PE-11, ORD-3).
        day_start, week_start: equity at the last session's end, and at the last one of the week before (KS-10).
        pinned: dollars reserved until morning behind options that expired near their strike, by OSI symbol (LQ-6).
        called: by symbol, the day on which its shares were last called away (CC-5); gone once shares are held again.
        reentries: by symbol, puts sold to come back since then that ended without assignment (CAD-9).
        stops: days on which a position reached level 3, oldest first (PE-11).
        quarter: the running quarter.
        hedged: ISO week of the last hedge by trigger (PE-7, PE-10).
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
    switches: Mapping[str, str] = Factory(dict)
    day_start: Decimal = ZERO
    week_start: Decimal = ZERO
    pinned: Mapping[str, Decimal] = Factory(dict)
    called: Mapping[str, date] = Factory(dict)
    reentries: Mapping[str, int] = Factory(dict)
    stops: tuple[date, ...] = ()
    quarter: Quarter = Factory(Quarter)
    hedged: Mapping[str, str] = Factory(dict)

    @cached_property
    def equity(self) -> Decimal:
        """Cash and positions at their last marks, in dollars."""
        return self.cash + sum((p.value for p in self.positions.values()), ZERO)

    @property
    def own_equity(self) -> Decimal:
        """Equity less tax reserve and what is set aside for forks, dollars: the equity that FK-1 means."""
        return self.equity - self.tax_reserve - self.set_aside

    @property
    def deployable(self) -> Decimal:
        """Equity that may be deployed, dollars: FK-1's less the LEAP budget, which pays for LEAPs alone (CAD-10)."""
        return self.own_equity - self.leap_budget

    @property
    def surplus(self) -> Decimal:
        """What FK-1's equity, which is less the tax reserve, has over the base, in dollars; negative after losses."""
        return self.own_equity - self.base

    @property
    def free(self) -> Decimal:
        """Cash that secures nothing and is set apart for nothing, dollars: never the tax reserve (TX-8, RULE-1)."""
        return self.cash - self.tax_reserve - self.set_aside - self.reserved

    @property
    def reserved(self) -> Decimal:
        """Cash behind short puts, dollars: strike x 100 x contracts, working orders and pinned ones included (RULE-1).

        The short leg of a hedge's spread needs none: its long leg secures it.
        """
        held = (_collateral(p) for p in self.positions.values())
        working = (w.reserve for w in self.working.values())
        return sum((*held, *working, *self.pinned.values()), ZERO)

    def exposure(self, symbol: str) -> Decimal:
        """Capital tied in a symbol, dollars: put collateral, working orders and shares at basis (CAD-10)."""
        mine = [p for p in self.positions.values() if p.symbol == symbol and not p.hedges]
        puts = sum((_collateral(p) for p in mine), ZERO)
        shares = sum((p.amount for p in mine if p.contract is None), ZERO)
        return puts + shares + sum((w.reserve for w in self.working.values() if w.symbol == symbol), ZERO)

    def shares(self, symbol: str) -> int:
        """Shares of a symbol held."""
        held = self.positions.get(f"{self.name}:{symbol}")
        return held.quantity if held else 0

    def uncovered(self, symbol: str) -> int:
        """Whole hundreds of shares that back no short call, open or working, and are not about to be sold (CAD-10)."""
        short = sum(-p.quantity for p in self.positions.values() if p.symbol == symbol and _short_call(p))
        mine = [w for w in self.working.values() if w.symbol == symbol]
        working = sum(w.quantity for w in mine if _opens_call(w))
        selling = sum(w.quantity for w in mine if w.contract is None and not w.opening)
        return (self.shares(symbol) - selling) // MULTIPLIER - short - working

    def wheel(self, symbol: str) -> Wheel:
        """Where the symbol stands; working entry orders count as if filled (CAD-9)."""
        mine = [p for p in self.positions.values() if p.symbol == symbol and not p.hedges]
        opening = [w for w in self.working.values() if w.symbol == symbol and w.opening and w.contract and not w.hedges]
        if any(_short_call(p) for p in mine) or any(_opens_call(w) for w in opening):
            return Wheel.SHORT_CALL
        if any(_short_put(p) for p in mine) or opening:
            return Wheel.SHORT_PUT
        return Wheel.STOCK if self.shares(symbol) >= MULTIPLIER else Wheel.CASH


def _collateral(position: Position) -> Decimal:
    if position.contract is None or not position.contract.is_put or position.hedges:
        return ZERO
    return position.contract.notional * max(-position.quantity, 0)


def _short_put(position: Position) -> bool:
    return position.contract is not None and position.contract.is_put and position.quantity < 0


def _short_call(position: Position) -> bool:
    return position.contract is not None and not position.contract.is_put and position.quantity < 0


def _opens_call(order: Working) -> bool:
    return order.opening and order.contract is not None and not order.contract.is_put and not order.buys


@frozen(slots=False)
class Book:
    """All ledgers of one account and the switches that bind them.

    Attributes:
        switches: kill switches of the account that are not NONE, tier by cause (KS-1, KS-5, KS-10).
        valued: day of the last session that was valued; None before the first.
        waiting: a tier that VIX has been above for some samples, and their number (KS-2).
        samples: those samples, oldest first: when each was stamped, and its value.
        state: the state machine's resting state after the last entry.
        cycle: number of the last cycle.
        orders_sent: instants of the orders of the running session, those of PE-8 and PE-11 left out (KS-11.8).
        sent: all orders of the running session (KS-11.6, CAD-7).
        unsettled: position keys that expired without a settlement price.
        breaks: open breaks between books and broker, by code and subject (section 9).
        explained: what a person explained, likewise: the broker's side of it, which is no break while it stays so.
        nodes: the accounts of the tree by id, in the order in which they began; archived ones stay.
        unfinished: forks, merges and transfers that are under way, by key.
        mode: of the run, as its head says; empty where nobody said, which is as strict as live.
    """

    ledgers: Mapping[str, LedgerBook] = Factory(dict)
    switches: Mapping[str, str] = Factory(dict)
    waiting: tuple[str, int] = ("NONE", 0)
    samples: tuple[tuple[datetime, float], ...] = ()
    valued: date | None = None
    state: str = "SAFE"
    cycle: int = 0
    orders_sent: tuple[datetime, ...] = ()
    sent: tuple[Sent, ...] = ()
    unsettled: frozenset[str] = frozenset()
    breaks: Mapping[tuple[str, str], Break] = Factory(dict)
    explained: Mapping[tuple[str, str], str] = Factory(dict)
    nodes: Mapping[str, Node] = Factory(dict)
    unfinished: Mapping[str, Unfinished] = Factory(dict)
    mode: str = ""

    @property
    def tier(self) -> str:
        """The gravest tier of the account's switches: NONE, HEDGED, SAFE or HALT."""
        return max(self.switches.values(), key=TIERS.index, default="NONE")

    def tiers(self, ledger: str) -> tuple[str, ...]:
        """The tiers that bind a ledger: the account's and its own."""
        own = self.ledgers[ledger].switches if ledger in self.ledgers else {}
        return (*self.switches.values(), *own.values())

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """Every position of every ledger, ledgers in order, positions by key."""
        return tuple(p for book in self.ledgers.values() for _, p in sorted(book.positions.items()))

    @property
    def equity(self) -> Decimal:
        """Sum over all ledgers at last marks, dollars."""
        return sum((book.equity for book in self.ledgers.values()), ZERO)
