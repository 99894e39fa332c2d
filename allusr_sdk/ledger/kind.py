"""Lots in kind: what a ledger gives to another, with dates and amounts as they are (FK-3)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from allusr_sdk.ledger.effect import Lots
from allusr_sdk.ledger.lots import contract_of, instrument_of, standing, take
from allusr_sdk.model.events import Moved
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import LedgerBook, Lot


def in_kind(book: LedgerBook, wanted: Mapping[str, int] | None = None) -> tuple[Moved, ...]:
    """The oldest lots of a ledger as a transfer or merge names them.

    Args:
        book: the ledger that gives.
        wanted: signed units by OSI or share symbol; None gives all that it holds.

    Raises:
        ValueError: less is held.
    """
    held: dict[str, tuple[Lot, ...]] = {}
    for lot in book.lots:
        name = instrument_of(lot.symbol, lot.contract)
        held[name] = (*held.get(name, ()), lot)
    if wanted is None:
        return _named(book.lots)
    found = (take(held.get(name_of(name), ()), count)[0] for name, count in sorted(wanted.items()))
    return tuple(moved for lots in found for moved in _named(lots))


def lots_of(moved: Iterable[Moved]) -> tuple[Lot, ...]:
    """What is moved, as lots again."""
    return tuple(_lot(one) for one in moved)


def name_of(instrument: str) -> str:
    """The name under which lots of an instrument are kept."""
    return instrument_of(instrument, contract_of(instrument))


def book_value(lots: Iterable[Lot]) -> Decimal:
    """Dollars at which lots stand in the books; what is written counts against."""
    return sum(map(standing, lots), ZERO)


def given(moved: Sequence[Moved], holdings: Lots) -> tuple[tuple[Lot, ...], Lots]:
    """What leaves, and the lots of each touched instrument afterwards.

    Raises:
        ValueError: the oldest lots of an instrument are not those that are named, to the unit and the cent.
    """
    lots = lots_of(moved)
    after: dict[str, tuple[Lot, ...]] = {}
    for name, mine in _by_instrument(lots).items():
        try:
            taken, after[name] = take(holdings.get(name, ()), sum(lot.quantity for lot in mine))
        except ValueError as why:
            raise ValueError(f"{name}: {why}") from None
        if taken != mine:
            raise ValueError(f"{name}: the lots that it names are not its oldest ones: {_differs(taken, mine)}")
    return lots, after


def received(moved: Sequence[Moved], holdings: Lots) -> tuple[tuple[Lot, ...], Lots]:
    """What arrives, and the lots of each touched instrument afterwards, oldest first.

    Raises:
        ValueError: the other side of it is held: what is owned and what is owed do not stand beside each other.
    """
    lots, after = lots_of(moved), {}
    for name, new in _by_instrument(lots).items():
        mine = holdings.get(name, ())
        if mine and mine[0].quantity * new[0].quantity < 0:
            raise ValueError(f"{name}: its other side is held where it goes")
        after[name] = tuple(sorted((*mine, *new), key=lambda lot: lot.opened))
    return lots, after


def _by_instrument(lots: Iterable[Lot]) -> dict[str, tuple[Lot, ...]]:
    found: dict[str, tuple[Lot, ...]] = {}
    for lot in lots:
        name = instrument_of(lot.symbol, lot.contract)
        found[name] = (*found.get(name, ()), lot)
    return found


def _named(lots: Iterable[Lot]) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            instrument=instrument_of(lot.symbol, lot.contract), quantity=lot.quantity, amount=lot.amount,
            price=lot.price, opened=lot.opened, execution=lot.execution,
        )
        for lot in lots
    )  # fmt: skip


def _lot(moved: Moved) -> Lot:
    contract = contract_of(moved.instrument)
    symbol = contract.underlying if contract else moved.instrument
    return Lot(symbol, contract, moved.quantity, moved.amount, moved.opened, moved.price, moved.execution)


def _differs(held: Sequence[Lot], named: Sequence[Lot]) -> str:
    def text(lots: Sequence[Lot]) -> str:
        return ", ".join(f"{lot.quantity} of {lot.opened} at {lot.amount}" for lot in lots) or "nothing"

    return f"held {text(held)}; named {text(named)}"
