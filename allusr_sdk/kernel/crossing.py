"""SELF_CROSS: no two ledgers stand on opposite sides of one contract, for at the broker they net (CAD-13, KS-11.7).

An entry that would is refused, and so is a roll into it. An exit is never held (RULE-0): entries of other ledgers that
work against it are cancelled instead.
"""

from collections.abc import Iterator

from allusr_sdk.model.intents import Veto
from allusr_sdk.model.positions import Book, Working


def crosses(book: Book, ledger: str, instrument: str, quantity: int) -> Iterator[Veto]:
    """Every ledger that stands opposite an order of `ledger` for a signed quantity, by an order or by what it holds.

    A ledger's own hedge counts too, for it nets with what the ledger writes.
    """
    for other in book.ledgers.values():
        for work in other.working.values():
            if other.name != ledger and (instrument, quantity > 0) in _sides(work):
                yield Veto("KS-11", f"SELF_CROSS with the working order {work.key}")
        held = other.positions.get(f"{other.name}:{instrument}")
        if held is not None and (other.name != ledger or held.hedges) and held.quantity * quantity < 0:
            yield Veto("CAD-13", f"SELF_CROSS: {other.name} holds the other side")


def crossed(entry: Working, book: Book) -> str:
    """The exit of another ledger that works against a working entry, by its key; empty where there is none."""
    others = (work for other in book.ledgers.values() for work in other.working.values() if other.name != entry.ledger)
    opposite = {(name, not sold) for name, sold in _sides(entry)}
    return next((work.key for work in others if not work.opening and not opposite.isdisjoint(_sides(work))), "")


def named(work: Working) -> str:
    """The instrument of a working order."""
    return work.contract.osi if work.contract else work.symbol


def _sides(work: Working) -> tuple[tuple[str, bool], ...]:
    """What a working order trades, each with whether it sells it.

    Of a combo that leaves something the books show the leg sold, and what is bought back by its position; of a hedge,
    which may have a leg on either side, both count as traded.
    """
    name = named(work)
    if work.hedges:
        return (name, True), (name, False)
    if len(work.legs) > 1:
        return (name, True), (work.position.partition(":")[2], False)
    return ((name, work.sold),)
