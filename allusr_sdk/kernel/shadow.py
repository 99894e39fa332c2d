"""The books as they would stand with entries that are not written yet: what a comparison goes on from (RECON)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.lots import contract_of, held, instrument_of
from allusr_sdk.ledger.outcomes import outcome
from allusr_sdk.model.events import CashBooked, Corrected, Event
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import Book, LedgerBook, Lot

Holdings = dict[str, tuple[Lot, ...]]


class Shadow:
    """Lots and cash of all ledgers, moved by entries as the fold would move them. The books themselves stay."""

    def __init__(self, book: Book, day: date) -> None:
        self._day = day
        self._lots = {name: _lots(ledger) for name, ledger in book.ledgers.items()}
        self.cash = sum((ledger.cash for ledger in book.ledgers.values()), ZERO)
        self.pending = False

    def take(self, events: Sequence[Event]) -> str:
        """Take entries in, all or none; returns why not where one does not fit what is held."""
        lots, cash = {name: dict(mine) for name, mine in self._lots.items()}, self.cash
        try:
            for event in events:
                self._take(event)
        except KernelError as why:
            self._lots, self.cash = lots, cash
            return str(why)
        self.pending = self.pending or bool(events)
        return ""

    def held(self) -> dict[str, int]:
        """Signed contracts and shares of all ledgers together, by instrument; nothing that sums to zero."""
        totals: dict[str, int] = {}
        for mine in self._lots.values():
            for name, lots in mine.items():
                totals[name] = totals.get(name, 0) + held(lots)
        return {name: quantity for name, quantity in totals.items() if quantity}

    def parts(self, instrument: str) -> dict[str, int]:
        """What each ledger holds of an instrument, those that hold nothing left out."""
        parts = {name: held(mine.get(instrument, ())) for name, mine in self._lots.items()}
        return {name: quantity for name, quantity in parts.items() if quantity}

    def basis(self, instrument: str) -> Decimal:
        """Dollars at which lots of an instrument stand: total basis, or net premium of what is written."""
        return sum((lot.amount for mine in self._lots.values() for lot in mine.get(instrument, ())), ZERO)

    def _take(self, event: Event) -> None:
        if isinstance(event, CashBooked | Corrected):
            self.cash += event.amount
            return
        mine = self._lots.setdefault(event.ledger, {})
        result = outcome(event, mine, self._day)
        if result:
            self.cash += result.cash
            mine.update(result.lots)


def named(instrument: str) -> str:
    """An instrument as lots are kept under it; one that is no option of ours stays as the broker calls it."""
    try:
        contract = contract_of(instrument)
    except ValueError:
        return instrument
    return instrument_of(instrument, contract)


def symbol_of(instrument: str) -> str:
    """The underlying of an option, the share itself, or whatever else the broker calls it."""
    try:
        contract = contract_of(instrument)
    except ValueError:
        return instrument
    return contract.underlying if contract else instrument


def _lots(ledger: LedgerBook) -> Holdings:
    lots: Holdings = {}
    for lot in ledger.lots:
        name = instrument_of(lot.symbol, lot.contract)
        lots[name] = (*lots.get(name, ()), lot)
    return lots
