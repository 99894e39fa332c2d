"""Switches that are thrown with what threw them, and what is frozen."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from allusr_sdk.model.positions import Book
    from allusr_sdk.reports.counts import Change

RING = ("SAFE", "SCANNING", "ANALYZING", "ORDERING", "MONITORING", "CLOSING", "RECONCILING")
OUTSIDE = ("EMERGENCY", "MAINTENANCE", "AUDIT")
"""States of the machine, as in the rules' part 1.6."""


@frozen(kw_only=True)
class Switch:
    """A switch that is thrown, with what threw it; `at` is None where the journal does not tell."""

    scope: str
    cause: str
    tier: str
    why: str = ""
    at: datetime | None = None
    rules: tuple[str, ...] = ()


def switches(book: "Book", changes: "Sequence[Change]") -> Iterator[Switch]:
    """Every switch that is thrown, the account's first."""
    last = {(change.scope, change.cause): change for change in changes if change.what == "switch"}
    scopes = (("account", book.switches), *((name, ledger.switches) for name, ledger in book.ledgers.items()))
    for scope, thrown in scopes:
        for cause, tier in sorted(thrown.items()):
            found = last.get((scope, cause))
            yield Switch(scope=scope, cause=cause, tier=tier) if found is None else Switch(
                scope=scope, cause=cause, tier=tier, why=found.why, at=datetime.fromisoformat(found.at),
                rules=tuple(found.rule.split()),
            )  # fmt: skip


def frozen_things(book: "Book") -> Iterator[str]:
    """Sleeves that are quarantined and symbols that are frozen, in words."""
    for name, ledger in book.ledgers.items():
        if ledger.quarantined:
            yield f"{name} is quarantined: {ledger.quarantined}"
        for symbol, why in sorted(ledger.frozen.items()):
            yield f"{name}: entries in {'every symbol' if symbol == '*' else symbol} are frozen by {why}"
