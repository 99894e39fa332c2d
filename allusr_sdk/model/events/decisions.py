"""What was decided, wished and noted, and what went wrong on the way."""

from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.model.events.base import Event, Numbers


@frozen(kw_only=True)
class DataGap(Event):
    """Coarse data: minutes since the symbol's previous snapshot (CAD-14)."""

    minutes: int


@frozen(kw_only=True)
class Decided(Event):
    """What was done or not done for a symbol or position, and on which numbers (RULE-3).

    Written when it differs from the last decision for the same ledger, symbol and subject: it stands until the next.
    `verdict` is open, close, roll, skip, hold, refuse, prepare, ready or note.
    """

    subject: str = ""
    verdict: str
    why: str
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class IntentRecorded(Event):
    """An order that will be sent, under its deterministic key, before anything leaves (RULE-2).

    `legs` are (OSI or share symbol, signed quantity); `limit` is the first limit, `worst` the last the walk may reach.
    A slice names the key of its `parent`, and after how many seconds it leaves (`delay`, LQ-3).
    """

    key: str
    action: str
    legs: tuple[tuple[str, int], ...]
    limit: Decimal
    mid: Decimal
    worst: Decimal
    reserve: Decimal = Decimal("0.00")
    opening: bool = True
    cause: str = ""
    position: str = ""
    parent: str = ""
    delay: int = 0
    why: str = ""
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class PluginFaulted(Event):
    """A plugin raised or broke its promise, or had to be stopped: then it is asked nothing more in the run."""

    plugin: str
    where: str
    error: str
    stopped: bool = False


@frozen(kw_only=True)
class Quarantined(Event):
    """A sleeve's entries are frozen until a human has looked."""

    plugin: str
    why: str


@frozen(kw_only=True)
class Noted(Event):
    """A sleeve's own note."""

    key: str
    text: str
