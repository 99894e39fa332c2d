"""The books of one ledger while they are folded: lots and orders in, positions and a frozen `LedgerBook` out."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from attrs import define, evolve, field, fields

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.chart import CASH, CONTRIBUTED, REALISED
from allusr_sdk.ledger.effect import Outcome
from allusr_sdk.ledger.kind import book_value
from allusr_sdk.ledger.lots import held
from allusr_sdk.ledger.outcomes import effective_day
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.working import Order
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.model.events import (
    Assigned,
    Corrected,
    Event,
    Filled,
    ForkFunded,
    ForkPaid,
    Funded,
    LevelChanged,
    Marked,
    MergeSent,
    MergeTaken,
    TransferSent,
    TransferTaken,
    Valued,
    Watched,
)
from allusr_sdk.model.money import ZERO, price
from allusr_sdk.model.nodes import Funds
from allusr_sdk.model.positions import HEDGE, LedgerBook, Lot, Position, Quarter

Arriving = Mapping[str, Position]
"""Positions by instrument as they stood in the ledger that they come from."""

_CONTRIBUTIONS = frozenset({Funded, ForkFunded})
_MOVES = frozenset({ForkPaid, ForkFunded, MergeSent, MergeTaken, TransferSent, TransferTaken})
_QUARTERS = 8
_FUNDS = tuple(each.name for each in fields(Funds))
_MAPPINGS = frozenset({"revalued", "results"})
_NONE: Mapping[Any, Any] = MappingProxyType({})


def sealed[K, V](mapping: Mapping[K, V]) -> Mapping[K, V]:
    """A copy that cannot be changed."""
    return MappingProxyType(dict(mapping)) if mapping else _NONE


@define
class Account:
    """One ledger's books, to be changed by the fold alone; the fields are those of `LedgerBook`.

    `contributed` tells whether capital was contributed to it, by a person or a fork; `owed` are keys of short positions
    whose mark stands in the books.
    """

    name: str
    base: Decimal = ZERO
    cash: Decimal = ZERO
    realised: Decimal = ZERO
    premium: Decimal = ZERO
    fees: Decimal = ZERO
    high_water: Decimal = ZERO
    improvement: Decimal = ZERO
    positions: dict[str, Position] = field(factory=dict)
    lots: dict[str, tuple[Lot, ...]] = field(factory=dict)
    orders: dict[str, Order] = field(factory=dict)
    tried: dict[str, tuple[date, int]] = field(factory=dict)
    slices: dict[str, tuple[str, int]] = field(factory=dict)
    eligible: tuple[date | None, frozenset[str]] = (None, frozenset())
    frozen: dict[str, str] = field(factory=dict)
    quarantined: str = ""
    notes: dict[str, str] = field(factory=dict)
    switches: dict[str, str] = field(factory=dict)
    day_start: Decimal = ZERO
    week_start: Decimal = ZERO
    pinned: dict[str, Decimal] = field(factory=dict)
    called: dict[str, date] = field(factory=dict)
    reentries: dict[str, int] = field(factory=dict)
    stops: tuple[date, ...] = ()
    quarter: Quarter = field(factory=Quarter)
    hedged: dict[str, str] = field(factory=dict)
    funds: Funds = field(factory=Funds)
    contributed: bool = False
    owed: set[str] = field(factory=set)
    _apart: dict[str, Any] = field(factory=dict)
    _week: str = ""
    _snapshot: LedgerBook | None = None

    def changed(self) -> None:
        """Forget the frozen form."""
        self._snapshot = None

    def snapshot(self) -> LedgerBook:
        """The frozen form, made once a change."""
        if self._snapshot is None:
            self._snapshot = LedgerBook(
                name=self.name,
                base=self.base,
                cash=self.cash,
                realised=self.realised,
                premium=self.premium,
                fees=self.fees,
                high_water=self.high_water,
                improvement=self.improvement,
                tried=sealed(self.tried),
                positions=sealed(self.positions),
                lots=tuple(lot for _, lots in sorted(self.lots.items()) for lot in lots),
                working=sealed({key: order.working() for key, order in self.orders.items()}),
                eligible=self.eligible,
                frozen=sealed(self.frozen),
                quarantined=self.quarantined,
                notes=sealed(self.notes),
                switches=sealed(self.switches),
                day_start=self.day_start,
                week_start=self.week_start,
                pinned=sealed(self.pinned),
                called=sealed(self.called),
                reentries=sealed(self.reentries),
                stops=self.stops,
                quarter=self.quarter,
                hedged=sealed(self.hedged),
                **self._apart,
            )
        return self._snapshot

    def stand(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Funds
        """Change whose it is, or what is set apart."""
        frozen: dict[str, Any] = {k: sealed(v) if k in _MAPPINGS else v for k, v in changes.items()}
        self.funds = evolve(self.funds, **frozen)
        self._apart = {name: getattr(self.funds, name) for name in _FUNDS}
        self.changed()

    @property
    def unchanging(self) -> tuple[object, ...]:
        """What a copy of it shares with it."""
        return (self.snapshot(), self.funds, *self._apart.values(), *self.positions.values())

    def position(self, event: Watched | LevelChanged | Marked) -> Position:
        """The position that an event names. Raises `KernelError` when it is not held."""
        found = self.positions.get(event.position)
        if found is None:
            raise KernelError(f"{event.kind} names {event.position}, which {self.name} does not hold")
        return found

    def settle(
        self, event: Event, result: Outcome, lines: tuple[Line, ...], at: datetime, arriving: Arriving | None = None
    ) -> None:
        """Take over an outcome and its postings. Capital that comes or goes moves the marks of equity: it is no gain.

        Raises `KernelError` where something is restated while orders on it work: they would name what is no more.
        """
        day = at.astimezone(NEW_YORK).date()
        moves = type(event) in _MOVES
        before = self._value(result) if moves else ZERO
        self.turn(day)
        self.cash += _sum(lines, CASH)
        self.realised -= _sum(lines, *REALISED)
        self.fees += result.fee
        self.premium += result.premium
        self.improvement += result.improvement
        if isinstance(event, Filled):
            self._hedge(event, result, day)
        if not isinstance(event, Corrected):
            self._wheel(event, result, effective_day(event, day))
        if result.renamed:
            self._restate(event, result)
            return
        for instrument, lots in result.lots.items():
            self._hold(instrument, lots, event, at, (arriving or {}).get(instrument))
        if moves:
            self._shift(result.cash + self._value(result) - before)
        else:
            self._shift(-_sum(lines, CONTRIBUTED))
        self._base(event, result)

    def _value(self, result: Outcome) -> Decimal:
        """Dollars at the last marks of what an outcome touches."""
        held = (self.positions.get(f"{self.name}:{instrument}") for instrument in result.lots)
        return sum((position.value for position in held if position), ZERO)

    def _shift(self, amount: Decimal) -> None:
        """Capital that came or went, in dollars of equity."""
        if amount:
            self.high_water += amount
            self.day_start += amount
            self.week_start += amount

    def _base(self, event: Event, result: Outcome) -> None:
        """Capital contributed (FK-1): forks and transfers leave that of a parent, a merge takes all of it along."""
        if type(event) in _CONTRIBUTIONS:
            self.contributed = True
            self.base += result.cash
        elif isinstance(event, MergeSent):
            self.base = ZERO
        elif isinstance(event, TransferSent | TransferTaken) and not self.contributed:
            self.base += result.cash + book_value(result.opened) - book_value(part.lot for part in result.ended)

    def give_up(self, order: Order, day: date) -> None:
        """Remember the size of an entry that was cancelled; slices of one decision count together (ORD-1, LQ-3)."""
        symbol, size, group = order.intent.symbol, order.working().quantity, order.intent.parent or order.intent.key
        last, before = self.slices.get(symbol, ("", 0))
        size += before if last == group else 0
        self.slices[symbol], self.tried[symbol] = (group, size), (day, size)

    def value(self, event: Valued) -> None:
        """Take over a session's equity, with which the next day starts."""
        self.day_start = event.equity
        self.high_water = max(self.high_water, event.equity)

    def turn(self, day: date) -> None:
        """Begin a day: a new quarter counts from what is realised, a new week from the last session's equity.

        What an archived ledger lost on its last day is that day's affair, and nobody's mark afterwards.
        """
        if self.funds.closed:
            self.day_start = self.high_water = ZERO
        label, week = f"{day.year}-Q{(day.month + 2) // 3}", iso_week(day)
        if label != self.quarter.label:
            self._finish()
            self.quarter = Quarter(label, self.realised)
        if week != self._week:
            self._week, self.week_start = week, self.day_start
        self.changed()

    def _finish(self) -> None:
        """Remember the result of the quarter that ends (FK-7)."""
        if self.quarter.label:
            results = {**self.funds.results, self.quarter.label: self.realised - self.quarter.realised_before}
            self.stand(results=dict([*results.items()][-_QUARTERS:]))

    def _hedge(self, fill: Filled, result: Outcome, day: date) -> None:
        """Remember what a hedge cost and which trigger asked for it (PE-9, PE-10)."""
        if fill.opening and fill.cause.startswith(HEDGE):
            self.quarter = evolve(self.quarter, hedge_cost=self.quarter.hedge_cost - result.cash)
            self.hedged[fill.cause.partition(":")[2]] = iso_week(day)

    def _wheel(self, event: Event, result: Outcome, day: date) -> None:
        """Follow a symbol from being called away to its return (CC-5, CAD-9): a put that is assigned brings shares."""
        symbol, shares = event.symbol, {lot.symbol for lot in result.opened if lot.contract is None}
        if shares:
            for each in shares:
                self.called.pop(each, None)
                self.reentries.pop(each, None)
        elif isinstance(event, Assigned) and event.cash is None:
            self.called[symbol], self.reentries[symbol] = day, 0
        elif symbol in self.called and _put_ended(event, result):
            self.reentries[symbol] += 1

    def _hold(
        self, instrument: str, lots: tuple[Lot, ...], event: Event, at: datetime, arriving: Position | None
    ) -> None:
        key = f"{self.name}:{instrument}"
        if lots:
            self.lots[instrument] = lots
            before = self.positions.get(key) or (evolve(arriving, ledger=self.name) if arriving else None)
            self.positions[key] = _position(self.name, lots, before, event, at)
        else:
            self.lots.pop(instrument, None)
            self.positions.pop(key, None)

    def _restate(self, event: Event, result: Outcome) -> None:
        """Carry positions over to their new names and units: what is counted by share shrinks as the count grows."""
        if working := [key for key, order in self.orders.items() if order.intent.symbol == event.symbol]:
            raise KernelError(
                f"{event.kind} of {event.symbol} in {self.name}: {working[0]} still works, cancel it first"
            )
        past = {new: self.positions.pop(f"{self.name}:{old}") for old, new in result.renamed.items()}
        for old in result.renamed:
            del self.lots[old]
        for new, before in past.items():
            self.lots[new] = lots = result.lots[new]
            self.positions[f"{self.name}:{new}"] = _restated(before, lots, result.ratio)
        if event.symbol in self.tried:
            tried, size = self.tried[event.symbol]
            self.tried[event.symbol] = (tried, size * result.ratio)


def _put_ended(event: Event, result: Outcome) -> bool:
    """Whether a written put ended without assignment; one that is rolled goes on."""
    if isinstance(event, Filled) and event.cause == "roll":
        return False
    ended = [part.lot for part in result.ended if part.against is not None]
    return any(lot.quantity < 0 and lot.contract is not None and lot.contract.is_put for lot in ended)


def _sum(lines: tuple[Line, ...], *accounts: str) -> Decimal:
    return Decimal(sum(line.amount for line in lines if line.account in accounts)) / 100


def _restated(before: Position, lots: tuple[Lot, ...], ratio: int) -> Position:
    return evolve(
        before, contract=lots[0].contract, quantity=held(lots), price=_average(lots),
        first_credit=price(before.first_credit / ratio), roll_debit=price(before.roll_debit / ratio),
        mark=None if before.mark is None else price(before.mark / ratio),
    )  # fmt: skip


def _average(lots: tuple[Lot, ...]) -> Decimal:
    return price(sum((lot.price * lot.quantity for lot in lots), ZERO) / held(lots))


def _position(ledger: str, lots: tuple[Lot, ...], before: Position | None, event: Event, at: datetime) -> Position:
    """A position from its lots; its past (opening, rolls, watch, mark) comes from what it was before."""
    count, first = held(lots), lots[0]
    average = _average(lots)
    amount = sum((lot.amount for lot in lots), ZERO)
    if before is None:
        cause = event.cause if isinstance(event, Filled) else ""
        before = Position(ledger, first.symbol, first.contract, count, average, amount, at, cause=cause)
    now = evolve(before, quantity=count, price=average, amount=amount)
    if isinstance(event, Corrected) and before.first_credit == before.price:
        return evolve(now, first_credit=average)
    if count > 0 or not isinstance(event, Filled) or not event.opening:
        return now
    if event.rolls and event.rolls >= now.rolls:
        credit = event.first_credit or average
        return evolve(now, rolls=event.rolls, roll_debit=event.roll_debit, first_credit=credit)
    return now if now.rolls else evolve(now, first_credit=event.first_credit or average)
