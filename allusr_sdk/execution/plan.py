"""What a run is given: everything that it depends on, resolved before anything is written."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.host import Host
from allusr_sdk.model.views import MarketSource
from allusr_sdk.rulebook import Rulebook

if TYPE_CHECKING:
    from allusr_sdk.contracts.broker import Broker
    from allusr_sdk.execution.faults import Faults
    from allusr_sdk.kernel.commands import Command


@frozen(kw_only=True)
class Plan:
    """Everything a run depends on, resolved: the same plan gives the same journal.

    Attributes:
        split: weights of the ledgers by name (CAD-12); the sum need not be 100, what is left stays undeployed.
        fills: `seeded` or `touch` (see execution.fills).
        rebuild: when the venue is rebuilt from the books: after every `session`, or where a `week` or a `month` ends
            and it has become slow by what has expired, or has held shares.
        settings: hash of the effective settings.
        pace: `fast`, or `real` to wait for the wall clock between instants.
        commands: what an operator says at which instant.
        faults: how the simulated broker misbehaves; None where it does not.
        broker: the connection that executes; None for the simulated venue.
    """

    mode: str
    source: MarketSource
    first: date
    last: date
    capital: Decimal
    seed: int
    host: Host
    rules: Rulebook
    split: Mapping[str, Decimal]
    fills: str = "seeded"
    rebuild: str = "week"
    settings: str = ""
    pace: str = "fast"
    commands: tuple["Command", ...] = ()
    faults: "Faults | None" = None
    broker: "Broker | None" = None
