"""What was refused and why, entry by entry: the newest first, each reason under its rule."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.reports.periods.refusals import REFUSED, reasons
from allusr_sdk.reports.words import spoken

KINDS = ("Decided", "RollPrepared", "OrderChanged", "ForkCapped")
"""Kinds of entries that can refuse."""


@frozen
class Reason:
    """One rule that said no, and its words."""

    rule: str
    text: str


@frozen(kw_only=True)
class Refusal:
    """An entry that refused something.

    Attributes:
        seq: its number; `at` its instant.
        what: what was wanted: an entry, a candidate for a roll, an order, a fork.
        reasons: every one that was given.
    """

    seq: int
    at: datetime
    ledger: str
    symbol: str
    what: str
    reasons: tuple[Reason, ...]


def refusals(entries: Iterable[Entry]) -> Iterator[Refusal]:
    """The refusals among some entries, in their order."""
    for entry in entries:
        found = [(key, text) for key, text in reasons(entry) if key[0] == REFUSED]
        if found:
            yield Refusal(
                seq=entry.seq, at=entry.at, ledger=entry.event.ledger, symbol=entry.event.symbol, what=found[0][0][2],
                reasons=tuple(Reason(key[3], spoken(text)) for key, text in found),
            )  # fmt: skip


def refused(run: Run, *, symbol: str | None = None, ledger: str | None = None, limit: int = 100) -> tuple[Refusal, ...]:
    """The newest refusals of a run, newest first, by symbol and ledger where they are named."""
    every = [
        found
        for kind in KINDS
        for found in refusals(run.entries(kind=kind, symbol=symbol, ledger=ledger))
    ]  # fmt: skip
    return tuple(sorted(every, key=lambda found: found.seq, reverse=True)[:limit])
