"""Lots that are open, first in, first out, without folding the journal (TX-3)."""

from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.tax import entries_of_open
from allusr_sdk.tax.parcels import Parcel
from allusr_sdk.tax.walk import HANDLERS, Walk


def open_lots(run: Run) -> tuple[Parcel, ...]:
    """Lots that are open after the last entry, by ledger and instrument, oldest first.

    Entries of options that have ended and brought no shares are not read. Units and dollars are those of the books, but
    for one thing: a correction stays with a part that has moved to another ledger, where the books realise it.
    """
    found = Walk().read(entries_of_open(run, tuple(HANDLERS)))
    return tuple(sorted((p for p in found if p.end is None), key=lambda p: (p.ledger, p.instrument, p.opened, p.lot)))
