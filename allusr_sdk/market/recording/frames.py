"""What stands in a recording: a head, then one frame a step of the market.

A frame says only what is new: whatever is left out is as the frame before it said. Instants keep their time zone, since
it shows where they enter the journal.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import (
    Action,
    Adjustment,
    Bar,
    Dividend,
    EarlyExercise,
    EarningsDate,
    Grain,
    Settlement,
    Split,
    Vix,
)

VERSION = 1

Instant = tuple[datetime, str]
"""An instant in UTC and the name of the zone in which it was given."""
Named = tuple[str, date, str, str]
"""A contract by root, expiry, right, and its strike as written."""
Dates = Mapping[str, tuple[EarningsDate, ...]]
Dividends = Mapping[str, tuple[Dividend, ...]]


class Head(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Whose views these are, and what the run was told.

    Attributes:
        first: hash of the first entry of the run's journal.
        settings, rulebook, plugins: as that entry says them.
        tables: the effective configuration without the rules and without the places of data.
        rules: values that differ from the packaged rulebook, by key.
    """

    version: int = VERSION
    first: str
    market: str
    settings: str
    rulebook: str
    plugins: dict[str, str]
    tables: dict[str, object]
    rules: dict[str, object]


class Pass(msgspec.Struct, frozen=True, array_like=True):
    """What the kernel wrote by itself: entries after number `after` up to `last`, while it did `what`."""

    what: str
    after: int
    last: int


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A snapshot that was not there before; `number` names it where something of it was looked at."""

    number: int
    symbol: str
    bid: float
    ask: float
    last: float
    dividend_yield: float = 0.0
    optionable: bool = True
    at: Instant | None = None


class Column(msgspec.Struct, frozen=True, array_like=True):
    """A column of a chain (see `packing`)."""

    form: str
    data: bytes


class Opened(msgspec.Struct, frozen=True):
    """A chain that was opened, all of it; a column that is left out is as the symbol's last chain had it."""

    number: int
    symbol: str
    at: Instant
    spot: float
    roots: tuple[str, ...]
    columns: dict[str, Column]


class Quoted(msgspec.Struct, frozen=True, array_like=True):
    """The quote of one contract; `numbers` are None where the market had none of it."""

    number: int
    contract: Named
    numbers: tuple[float, float, float, float, float] | None
    at: Instant | None = None


class Traded(msgspec.Struct, frozen=True, array_like=True):
    """The volumes of one contract."""

    number: int
    contract: Named
    volumes: tuple[float, ...]


class Barred(msgspec.Struct, frozen=True, array_like=True):
    """Daily bars: the last `count` before a day, or for 0 the bar of that day, none where it is not known."""

    symbol: str
    day: date
    count: int
    bars: tuple[Bar, ...]


class Acted(msgspec.Struct, frozen=True, array_like=True):
    """An action by its kind; fields that the kind lacks are empty."""

    kind: str
    symbol: str
    day: date
    amount: Decimal | None = None
    ratio: int = 0
    why: str = ""
    put: bool = False
    pay_day: date | None = None


class Frame(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One step of the market and what was looked at until the next.

    Where it says all `anew` no snapshot of earlier frames holds any more. `vix` has its instant in `vix_at`, and its
    closes, which a day does not change, in `closes`.
    """

    at: Instant
    day: date
    anew: bool = False
    grain: Grain = Grain.GRID
    closing: bool = False
    shown: list[Shown] = []
    gone: list[str] = []
    vix: Vix | UnsetType | None = UNSET
    vix_at: Instant | None = None
    closes: tuple[float, ...] | UnsetType = UNSET
    earnings: Dates | UnsetType = UNSET
    dividends: Dividends | UnsetType = UNSET
    rate: float | UnsetType = UNSET
    halted: tuple[str, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    actions: tuple[Acted, ...] = ()
    opened: list[Opened] = []
    quoted: list[Quoted] = []
    traded: list[Traded] = []
    barred: list[Barred] = []
    passes: list[Pass] = []


def encoded(told: Head | Frame | Barred) -> bytes:
    """What a recording says, as bytes; a source's numbers may be numpy's."""
    return msgspec.msgpack.encode(told, enc_hook=_plain)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} has no place in a recording")


def instant(at: datetime) -> Instant:
    """An instant as a recording keeps it."""
    return at.astimezone(UTC), str(getattr(at.tzinfo, "key", "UTC"))


def moment(kept: Instant) -> datetime:
    """A kept instant in the zone in which it was given."""
    return kept[0].astimezone(ZoneInfo(kept[1]))


def named(contract: Contract) -> Named:
    """A contract as a recording keeps it: its strike's zeros are its own, since they show in words."""
    return contract.root, contract.expiry, contract.right.value, str(contract.strike)


def contract(kept: Named) -> Contract:
    """A kept contract."""
    return Contract(kept[0], kept[1], Right(kept[2]), Decimal(kept[3]))


def quote(kept: Quoted, at: datetime) -> Quote | None:
    """A kept quote; `at` is the instant of its snapshot."""
    if kept.numbers is None:
        return None
    return Quote(contract(kept.contract), moment(kept.at) if kept.at else at, *kept.numbers)


def acted(action: Action) -> Acted:
    """An action as a recording keeps it."""
    day = action.ex_day if isinstance(action, Dividend) else action.day
    names = ("amount", "ratio", "why", "put", "pay_day")
    more = {name: getattr(action, name) for name in names if hasattr(action, name)}
    return Acted(type(action).__name__, action.symbol, day, **more)


def action(kept: Acted) -> Action:
    """A kept action."""
    return _ACTIONS[kept.kind](kept)


_ACTIONS: Mapping[str, Callable[[Acted], Action]] = {
    "Dividend": lambda kept: Dividend(kept.symbol, kept.day, kept.amount or ZERO, kept.pay_day),
    "Split": lambda kept: Split(kept.symbol, kept.day, kept.ratio),
    "Adjustment": lambda kept: Adjustment(kept.symbol, kept.day, kept.why),
    "EarlyExercise": lambda kept: EarlyExercise(kept.symbol, kept.day, kept.put),
}
