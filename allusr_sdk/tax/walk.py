"""From the journal's entries to parcels: which lots ended, by first in first out or highest cost first (TX-3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from allusr_sdk.errors import BreakError
from allusr_sdk.ledger.corporate import split_contract
from allusr_sdk.ledger.lots import contract_of, instrument_of, spread
from allusr_sdk.ledger.outcomes import effective_day
from allusr_sdk.ledger.tax import TaxEntry
from allusr_sdk.model.events import (
    Adjusted,
    Assigned,
    Corrected,
    Event,
    Exercised,
    Expired,
    Filled,
    MergeSent,
    Picked,
    SplitApplied,
    TransferSent,
)
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.tax.parcels import End, Ending, Parcel, Parcels

FIFO, HIFO = "fifo", "hifo"
NO_CHOICE: Mapping[str, tuple[Picked, ...]] = MappingProxyType({})


class Walk:
    """Reads entries in order; `parcels` is what they made so far.

    Args:
        method: `fifo` or `hifo`; written options always end first in, first out (TX-3).
        choices: lots that a person chose, by the sale's execution; sales without a choice go by the method.
    """

    def __init__(self, method: str = FIFO, choices: Mapping[str, tuple[Picked, ...]] = NO_CHOICE) -> None:
        self.parcels = Parcels()
        self._method, self._choices = method, choices
        self._held: dict[tuple[str, str], list[Parcel]] = {}
        self._names: dict[str, str] = {}
        self._lot = 0

    def read(self, entries: Iterable[TaxEntry]) -> Parcels:
        """Read entries and return the parcels.

        Raises:
            BreakError: an entry ends more than is held, so the journal is not one that books would take.
        """
        for entry in entries:
            handle = HANDLERS.get(type(entry.event))
            if handle is not None:
                handle(self, entry, entry.event)
        return self.parcels

    def filled(self, entry: TaxEntry, event: Filled) -> None:
        """An execution: a new lot, or the end of some."""
        contract = contract_of(event.instrument)
        gross = usd(event.price * abs(event.quantity) * (MULTIPLIER if contract else 1))
        amount = gross - usd(event.fee) if event.quantity < 0 else gross + usd(event.fee)
        if not event.opening:
            end = End(entry.seq, entry.day, Ending.CLOSED, event.execution)
            self._end(self._closed(entry, event), end, amount)
            return
        symbol = contract.underlying if contract else event.instrument
        self._open(
            Parcel(
                event.ledger, symbol, contract, event.quantity, amount, entry.day, entry.seq, self._next(),
                event.key or f"#{entry.seq}", event.execution, event.price,
            )
        )  # fmt: skip

    def expired(self, entry: TaxEntry, event: Expired) -> None:
        """Contracts that lapsed, on the day of their expiry."""
        parts = self._take(entry, event.instrument, event.quantity)
        self._end(parts, End(entry.seq, _contract(event.instrument).expiry, Ending.EXPIRED), ZERO)

    def delivered(self, entry: TaxEntry, event: Assigned | Exercised) -> None:
        """Assignment or exercise: cash by difference, or shares at the strike, which bear the premium (TX-1)."""
        contract, written = _contract(event.instrument), isinstance(event, Assigned)
        day, fee, count = effective_day(event, entry.day), usd(event.fee), abs(event.quantity)
        parts = self._take(entry, event.instrument, event.quantity)
        if event.cash is not None:
            gross = usd(event.cash * count * MULTIPLIER)
            self._end(parts, End(entry.seq, day, Ending.SETTLED), gross + fee if written else gross - fee)
            return
        self._end(parts, End(entry.seq, day, Ending.CARRIED), ZERO)
        carry, paid = sum((p.amount for p in parts), ZERO), usd(contract.notional * count)
        symbol, end = contract.underlying, End(entry.seq, day, Ending.CLOSED)
        if contract.is_put is not written:
            sold = self._take(entry, symbol, MULTIPLIER * count)
            self._end(sold, end, paid - fee + (-carry if contract.is_put else carry))
            return
        cost = paid + fee + (-carry if contract.is_put else carry)
        lot, order = self._next(), f"#{entry.seq}"
        self.parcels.delivered[entry.seq] = lot
        bought = (event.ledger, symbol, None, MULTIPLIER * count, cost, day, entry.seq, lot, order)
        self._open(Parcel(*bought, price=contract.strike))

    def split(self, entry: TaxEntry, event: SplitApplied) -> None:
        """More units at the same amount, contracts under new strikes (LQ-7)."""
        known = self.parcels.splits  # each ledger has an entry of its own for one split
        if not any((day, symbol) == (entry.day, event.symbol) for _, day, symbol, _ in known):
            known.append((entry.seq, entry.day, event.symbol, event.ratio))
        mine = [key for key, parts in self._held.items() if key[0] == event.ledger and parts[0].symbol == event.symbol]
        for key, parts in [(key, self._held.pop(key)) for key in mine]:
            for part in parts:
                part.quantity, part.units = part.quantity * event.ratio, part.units * event.ratio
                part.contract = split_contract(part.contract, event.ratio)
            self._held[key[0], parts[0].instrument] = parts

    def adjusted(self, entry: TaxEntry, event: Adjusted) -> None:
        """A contract under another root."""
        parts = self._held.pop((event.ledger, _name(event.instrument)), [])
        for part in parts:
            old = part.contract or _contract(event.instrument)
            part.contract = Contract(event.root, old.expiry, old.right, old.strike)
        if parts:
            self._held[event.ledger, parts[0].instrument] = parts

    def moved(self, entry: TaxEntry, event: MergeSent | TransferSent) -> None:
        """Lots in kind into another ledger, with their dates and bases (FK-3)."""
        target = event.target if isinstance(event, MergeSent) else event.to
        for lot in event.lots:
            name = _name(lot.instrument)
            held = self._held.get((event.ledger, name), [])
            like = [p for p in held if (p.opened, p.execution) == (lot.opened, lot.execution)]
            order = [*like, *(p for p in held if not any(p is q for q in like))]
            for part in self._pick(entry, (event.ledger, name), order, lot.quantity):
                part.moves, part.ledger = (*part.moves, (entry.seq, event.ledger)), target
                there = self._held.setdefault((target, name), [])
                there.append(part)
                there.sort(key=lambda p: p.opened)  # as books keep them

    def corrected(self, entry: TaxEntry, event: Corrected) -> None:
        """An execution told otherwise: the lines that it made bear it, whenever they ended (B08)."""
        first = self._names.get(event.corrects, event.corrects)
        self._names[event.execution or first] = first
        more = usd(event.amount)
        opened = [p for p in self.parcels if p.execution == first]
        closed = [] if opened else [p for p in self.parcels if p.end and p.end.execution == first]
        shares = spread(more, [_old_units(p) for p in opened or closed]) if opened or closed else []
        for part, share in zip(opened or closed, shares, strict=True):
            if opened:
                self._restate(part, share)
            else:
                part.against += -share if part.written else share

    def _restate(self, part: Parcel, more: Decimal) -> None:
        """A lot for which the account has more dollars; what was carried on from it follows."""
        part.amount += more if part.written else -more
        if part.end is None or part.end.how is not Ending.CARRIED:
            return
        if part.end.seq in self.parcels.delivered:
            bearers = self.parcels.lots[self.parcels.delivered[part.end.seq]]
            for share, p in zip(spread(more, [p.shares for p in bearers]), bearers, strict=True):
                p.amount -= share
            return
        bearers = [p for p in self.parcels if p.end and p.end.seq == part.end.seq and p.contract is None]
        for share, p in zip(spread(more, [p.shares for p in bearers]), bearers, strict=True):
            p.against += share

    def held(self, ledger: str, instrument: str) -> tuple[Parcel, ...]:
        """What a ledger holds of an instrument now, oldest first."""
        return tuple(self._held.get((ledger, _name(instrument)), ()))

    def _closed(self, entry: TaxEntry, event: Filled) -> list[Parcel]:
        picks = self._choices.get(event.execution, ()) if event.quantity < 0 else ()
        if not picks:
            return self._take(entry, event.instrument, -event.quantity)
        key, taken = (event.ledger, _name(event.instrument)), list[Parcel]()
        for pick in picks:
            order = [p for p in self._held.get(key, []) if pick.lot in (p.execution, f"#{p.seq}")]
            taken += self._pick(entry, key, order, pick.units)
        return taken

    def _next(self) -> int:
        self._lot += 1
        return self._lot

    def _open(self, parcel: Parcel) -> None:
        self.parcels.add(parcel)
        self._held.setdefault((parcel.ledger, parcel.instrument), []).append(parcel)

    def _take(self, entry: TaxEntry, instrument: str, quantity: int) -> list[Parcel]:
        key = (entry.event.ledger, _name(instrument))
        held = self._held.get(key, [])
        order = sorted(held, key=_unit_cost) if self._method == HIFO and quantity > 0 else held
        return self._pick(entry, key, order, quantity)

    def _pick(self, entry: TaxEntry, key: tuple[str, str], order: Sequence[Parcel], quantity: int) -> list[Parcel]:
        """Take units of `quantity`'s sign out of what is held, in an order."""
        left, taken, sign = abs(quantity), [], 1 if quantity > 0 else -1
        for part in order:
            if left and part.quantity * sign > 0:
                taken.append(part if abs(part.quantity) <= left else self.parcels.cut(part, left))
                left -= abs(taken[-1].quantity)
        if left:
            raise BreakError(f"entry {entry.seq} ends {quantity} {key[1]} in {key[0]}, and {abs(quantity) - left} are "
                             "held: `allusr ledger verify` says whether the journal is whole")  # fmt: skip
        rest = [part for part in self._held[key] if not any(part is one for one in taken)]
        self._held[key] = rest
        if not rest:
            del self._held[key]
        return taken

    @staticmethod
    def _end(parts: Sequence[Parcel], end: End, amount: Decimal) -> None:
        shares = spread(amount, [abs(part.quantity) for part in parts]) if len(parts) > 1 else [amount]
        for part, share in zip(parts, shares, strict=True):
            part.end, part.against = end, share


def _name(instrument: str) -> str:
    contract = contract_of(instrument)
    return instrument_of(contract.underlying if contract else instrument, contract)


def _contract(instrument: str) -> Contract:
    contract = contract_of(instrument)
    if contract is None:
        raise BreakError(f"{instrument} ended as an option and is none: see `allusr ledger verify`")
    return contract


def _unit_cost(parcel: Parcel) -> Fraction:
    """Highest cost first; equal ones stay in their order."""
    return -Fraction(parcel.amount) / abs(parcel.quantity)


def _old_units(parcel: Parcel) -> int:
    return max(abs(parcel.quantity) // parcel.units, 1)


HANDLERS: dict[type[Event], Callable[[Walk, TaxEntry, Any], None]] = {
    Filled: Walk.filled,
    Expired: Walk.expired,
    Assigned: Walk.delivered,
    Exercised: Walk.delivered,
    SplitApplied: Walk.split,
    Adjusted: Walk.adjusted,
    MergeSent: Walk.moved,
    TransferSent: Walk.moved,
    Corrected: Walk.corrected,
}
"""What makes and ends parcels, and what it does."""
