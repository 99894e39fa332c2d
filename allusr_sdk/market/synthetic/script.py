"""`Script`: what the synthetic market is told beside its seed. It bends what it names and leaves every draw alone."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

from attrs import frozen

from allusr_sdk.market.synthetic import reading
from allusr_sdk.market.synthetic.entries import (
    BeforeOpen,
    Halt,
    Level,
    Liquidity,
    Move,
    OldCalendar,
    Print,
    Regime,
    Report,
    Share,
    Trouble,
)
from allusr_sdk.market.synthetic.profiles import PROFILES
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, Split


@frozen(kw_only=True, slots=False)
class Script:
    """Everything that goes as told instead of as drawn, by table; see `entries` for what each one says.

    Attributes:
        name: of the scenario, for the journal's head.
        dividends: each instead of the symbol's usual one of that quarter; an amount of zero takes it away.
        calendars: what is wrong with the knowledge of report dates; `earnings` are the reports themselves.
    """

    name: str = ""
    moves: tuple[Move, ...] = ()
    vix: tuple[Level, ...] = ()
    regimes: tuple[Regime, ...] = ()
    prints: tuple[Print, ...] = ()
    before_open: tuple[BeforeOpen, ...] = ()
    feed: tuple[Trouble, ...] = ()
    halts: tuple[Halt, ...] = ()
    liquidity: tuple[Liquidity, ...] = ()
    splits: tuple[Split, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    dividends: tuple[Dividend, ...] = ()
    exercises: tuple[EarlyExercise, ...] = ()
    earnings: tuple[Report, ...] = ()
    calendars: tuple[OldCalendar, ...] = ()

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """A script from plain data, as a TOML file gives it: under each name an array of tables.

        Raises:
            SettingsError: names, types or values that do not fit, all at once, each a line that says where.
        """
        return reading.read(cls, table)

    @property
    def description(self) -> str:
        """Name and digest, empty where nothing is told."""
        return "" if self == NO_SCRIPT else " ".join(filter(None, ("script", self.name, self.digest)))

    @cached_property
    def digest(self) -> str:
        """Eight hex digits that tell one script from another."""
        return sha256(repr(self).encode()).hexdigest()[:8]

    def told(self, company: str, day: date) -> tuple[Share, ...]:
        """How a company's session is told to go; empty where it goes as drawn."""
        return self._shares.get((company, day), ())

    def level(self, day: date) -> float | None:
        """VIX of a session where it is told."""
        return self._levels.get(day)

    def regime(self, day: date) -> Regime:
        """The climate of a session; of several the first one told."""
        return next(
            (regime for regime in self.regimes if regime.day <= day <= regime.until), Regime(day=day, until=day)
        )

    @cached_property
    def _levels(self) -> Mapping[date, float]:
        return {day: value for entry in self.vix for day, value in _sessions(entry.day, entry.levels)}

    @cached_property
    def _shares(self) -> Mapping[tuple[str, date], tuple[Share, ...]]:
        found: dict[tuple[str, date], tuple[Share, ...]] = {}
        for move in self.moves:
            gap = (0.5 if move.at is None else 0.0) if move.gap is None else move.gap
            for day, total in _sessions(move.day, move.returns):
                key = (PROFILES[move.symbol].company, day)
                found[key] = (*found.get(key, ()), Share(total, gap, move.at, move.noise))
        return found


@frozen
class Told:
    """The part of a script that a session needs by the instant."""

    prints: tuple[Print, ...] = ()
    feed: tuple[Trouble, ...] = ()
    halts: tuple[Halt, ...] = ()
    before_open: float | None = None

    @classmethod
    def of(cls, script: Script, day: date) -> "Told":
        """What the script says of a session."""
        return cls(
            tuple(entry for entry in script.prints if entry.day == day),
            tuple(entry for entry in script.feed if entry.day == day),
            tuple(entry for entry in script.halts if entry.day == day),
            max((entry.high for entry in script.before_open if entry.day == day), default=None),
        )

    @property
    def troubled(self) -> bool:
        """Whether anything arrives otherwise than it was made."""
        return bool(self.feed or self.halts)

    def halted(self, clock: time) -> frozenset[str]:
        """Symbols halted at a time of day."""
        return frozenset(halt.symbol for halt in self.halts if halt.start <= clock < halt.end)

    def troubles(self, clock: time) -> Iterator[Trouble]:
        """Feeds in trouble at a time of day."""
        return (trouble for trouble in self.feed if trouble.start <= clock < trouble.end)


def _sessions(first: date, values: tuple[float, ...]) -> Iterator[tuple[date, float]]:
    """Values on consecutive sessions from a first one on."""
    day = first
    for value in values:
        yield day, value
        day = xnys().after(day).day


NO_SCRIPT = Script()
