"""The protocol: levels, rolls, freezes."""

from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.model.events.base import Event, Numbers
from allusr_sdk.model.positions import Watch


@frozen(kw_only=True)
class Watched(Event):
    """The protocol's state of a position moved (PE-4). `m` is the distance past the strike in ATR (PE-2)."""

    position: str
    watch: Watch
    m: float
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class LevelChanged(Event):
    """A confirmed change of level; a jump logs every level between (PE-4)."""

    position: str
    before: int
    after: int
    m: float
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class RollPrepared(Event):
    """One rung of the roll ladder as it was found (PE-8)."""

    position: str
    rung: str
    taken: bool
    instrument: str = ""
    debit: Decimal | None = None
    delta: float | None = None
    why: str = ""
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class Frozen(Event):
    """Entries frozen for a symbol, or for the whole sleeve (`*`) (PE-7)."""

    why: str


@frozen(kw_only=True)
class Thawed(Event):
    """Entries permitted again."""

    why: str
