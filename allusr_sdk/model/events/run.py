"""A run: its head, its tail, its capital."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import Factory, field, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class RunStarted(Event):
    """Head of a run's journal: all that its decisions depend on besides the market."""

    mode: str
    market: str
    first: date
    last: date
    seed: int
    capital: Decimal
    settings: str = field(metadata={"doc": "hash of the effective settings"})
    rulebook: str
    plugins: Mapping[str, str] = Factory(dict)
    what_if: Mapping[str, str] = Factory(dict)


@frozen(kw_only=True)
class RunEnded(Event):
    """Tail of a run's journal."""

    cycles: int
    equity: Decimal


@frozen(kw_only=True)
class Funded(Event):
    """Capital contributed to a ledger (CAD-12)."""

    amount: Decimal


@frozen(kw_only=True)
class Resumed(Event):
    """A run without an end goes on; in the home's chain of restarts, of which the run itself knows nothing.

    `seq` and `head` are the run's last entry; from `evening` on (None: from its beginning) it is lived through again,
    unless it says why the books were `adopted` as they stand.
    """

    run: int
    seq: int
    head: str
    evening: date | None
    adopted: str = ""
