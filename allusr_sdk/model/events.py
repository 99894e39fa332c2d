"""Everything that can be written in the journal: one frozen class a kind of event.

Each event names its ledger, symbol and rule where it has them; the journal lifts those three into columns. A new kind
of event is no change of the interface: readers skip kinds that they do not know.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from attrs import Factory, field, fields, frozen

from allusr_sdk.model.positions import Watch

Numbers = Mapping[str, Any]


@frozen(kw_only=True)
class Event:
    """Common to all events."""

    kinds: ClassVar[dict[str, type["Event"]]] = {}

    ledger: str = ""
    symbol: str = ""
    rule: str = ""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        Event.kinds[cls.__name__] = cls

    @property
    def kind(self) -> str:
        """Name of the event's class, as it stands in the journal."""
        return type(self).__name__

    def payload(self) -> bytes:
        """Canonical JSON of everything but the three lifted columns; equal events give equal bytes."""
        body = {f.name: getattr(self, f.name) for f in fields(type(self)) if f.name not in ("ledger", "symbol", "rule")}
        return msgspec.json.encode(msgspec.to_builtins(body, enc_hook=_plain, order="sorted"), order="sorted")

    @staticmethod
    def read(kind: str, payload: bytes, *, ledger: str = "", symbol: str = "", rule: str = "") -> "Event":
        """The event back from its columns.

        Raises `KeyError` for an unknown kind and `msgspec.ValidationError` for a body that does not fit it.
        """
        body = msgspec.json.decode(payload) | {"ledger": ledger, "symbol": symbol, "rule": rule}
        return msgspec.convert(body, Event.kinds[kind], strict=False)


def _plain(value: object) -> object:
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an event")


def rounded(numbers: Numbers) -> dict[str, Any]:
    """Numbers fit for the journal: floats with six significant digits, so that no last bit enters the hash."""
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in numbers.items()}


# --- the run -------------------------------------------------------------------------------------------------------


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
class StateChanged(Event):
    """The state machine left its cycle: EMERGENCY, MAINTENANCE, AUDIT, SAFE and back."""

    before: str
    after: str
    cause: str


@frozen(kw_only=True)
class SwitchChanged(Event):
    """A kill switch moved (KS-1, KS-8)."""

    before: str
    after: str
    value: float | None
    threshold: float | None
    actor: str = "system"
    reason: str = ""


@frozen(kw_only=True)
class DataGap(Event):
    """Coarse data: minutes since the symbol's previous snapshot (CAD-14)."""

    minutes: int


# --- decisions -----------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Decided(Event):
    """What was done or not done for a symbol or position, and on which numbers (RULE-3).

    Written when it differs from the last decision for the same ledger, symbol and subject: it stands until the next.
    `verdict` is open, close, roll, skip, hold, refuse, prepare or ready.
    """

    subject: str = ""
    verdict: str
    why: str
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class IntentRecorded(Event):
    """An order that will be sent, under its deterministic key, before anything leaves (RULE-2).

    `legs` are (OSI or share symbol, signed quantity); `limit` is the first limit, `worst` the last the walk may reach.
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
    why: str = ""
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class PluginFaulted(Event):
    """A plugin raised or broke its promise."""

    plugin: str
    where: str
    error: str


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


# --- orders --------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class OrderChanged(Event):
    """What the broker said of an order: accepted, repriced, canceled, expired, rejected or denied."""

    key: str
    status: str
    price: Decimal | None = None
    reason: str = ""


@frozen(kw_only=True)
class Filled(Event):
    """An execution. `quantity` is signed (negative sells), `price` per share, `touch` the bid (sells) or ask then.

    `opening` tells a fill that opens or adds from one that closes; `first_credit`, `rolls` and `roll_debit` carry a
    roll's chain on to the position it opens (PE-8).
    """

    key: str
    execution: str
    instrument: str
    quantity: int
    price: Decimal
    fee: Decimal
    touch: Decimal | None
    opening: bool
    cause: str = ""
    rolls: int = 0
    roll_debit: Decimal = Decimal("0.00")
    first_credit: Decimal = Decimal("0.00")


# --- expiry --------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Expired(Event):
    """Contracts that ended worthless; `settlement` is the underlying's official price, dollars."""

    instrument: str
    quantity: int
    settlement: Decimal


@frozen(kw_only=True)
class Assigned(Event):
    """Short contracts assigned (or cash-settled: `cash` per share): `quantity` is the signed position that ended."""

    instrument: str
    quantity: int
    settlement: Decimal
    fee: Decimal = Decimal("0.00")
    cash: Decimal | None = None


@frozen(kw_only=True)
class Exercised(Event):
    """Long contracts exercised, or cash-settled (`cash` per share)."""

    instrument: str
    quantity: int
    settlement: Decimal
    fee: Decimal = Decimal("0.00")
    cash: Decimal | None = None


@frozen(kw_only=True)
class Unsettled(Event):
    """An expiry without a settlement price: the position and its reserve stay (RULE-0)."""

    instrument: str
    quantity: int
    reserved: Decimal
    why: str


# --- protocol ------------------------------------------------------------------------------------------------------


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


# --- books ---------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Marked(Event):
    """A position's value per share at a session's end (mid), dollars."""

    position: str
    mark: Decimal


@frozen(kw_only=True)
class Valued(Event):
    """A ledger's day: cash plus positions at last marks; `at_touch` is the equity had every fill been at the touch."""

    day: date
    cash: Decimal
    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    reserved: Decimal
    at_touch: Decimal


@frozen(kw_only=True)
class Broken(Event):
    """Books and venue disagree: entries stop (section 9)."""

    what: str
    ours: str
    theirs: str
