"""What a user has, wherever it lies."""

from collections import Counter
from decimal import Decimal

from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.model.events import (
    ForkFunded,
    ForkPaid,
    MergeTaken,
    TransferTaken,
)

D = Decimal


class Estate:
    """What a user has in all ledgers and in flight: cash, and units and dollars of each lot by day and execution."""

    def __init__(self, book):
        missing = [event for one in book.unfinished.values() for event in one.missing]
        unpaid = {event.node for event in missing if isinstance(event, ForkPaid)}
        paid = [e.amount for e in missing if isinstance(e, ForkFunded) and e.node not in unpaid]
        taken = [e for e in missing if isinstance(e, MergeTaken | TransferTaken)]
        flying = [e.cash if isinstance(e, MergeTaken) else e.amount for e in taken]
        self.cash = sum((*(b.cash for b in book.ledgers.values()), *paid, *flying), D(0))
        self.units, self.dollars = Counter(), Counter()
        for lot in (*(x for b in book.ledgers.values() for x in in_kind(b)), *(x for e in taken for x in e.lots)):
            name = lot.instrument, lot.opened, lot.execution
            self.units[name] += lot.quantity
            self.dollars[name] += lot.amount

    def __eq__(self, other):
        return (self.cash, self.units, self.dollars) == (other.cash, other.units, other.dollars)

    def __hash__(self):
        raise TypeError


def summed(lots):
    """Units and dollars by ledger, instrument and day."""
    found = {}
    for *name, quantity, amount in lots:
        units, dollars = found.get(tuple(name), (0, D(0)))
        found[tuple(name)] = (units + quantity, dollars + amount)
    return found
