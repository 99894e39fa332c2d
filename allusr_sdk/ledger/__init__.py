"""The journal: append-only, hash-chained, double entry; books, lots, balances and tax lines are queries over it."""

from allusr_sdk.ledger.entry import Entry
from allusr_sdk.ledger.journal import Ledger, Run, RunInfo
from allusr_sdk.ledger.opening import open_ledger

__all__ = ["Entry", "Ledger", "Run", "RunInfo", "open_ledger"]
