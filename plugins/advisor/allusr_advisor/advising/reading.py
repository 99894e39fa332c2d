"""What `allusr_advise` is given, as this plugin reads it, and the words that every topic shares."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from allusr_sdk.hookspecs import Advice
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import Event
from allusr_sdk.model.positions import Book
from allusr_sdk.model.views import Bar

STALE = 3
"""Sessions that the newest bar may lie behind the journal; older ones say nothing of now."""


class Entry(Protocol):
    """An entry of the journal."""

    @property
    def seq(self) -> int:
        """Its number."""
        ...

    @property
    def event(self) -> Event:
        """What it says."""
        ...


class Briefing(Protocol):
    """The journal and daily data as they were known at its last instant, read only."""

    @property
    def book(self) -> Book:
        """The books."""
        ...

    @property
    def instant(self) -> datetime:
        """Of the last entry."""
        ...

    @property
    def day(self) -> date:
        """The last session that had ended."""
        ...

    @property
    def vix(self) -> Mapping[date, float]:
        """Closes of VIX by day."""
        ...

    @property
    def headlines(self) -> str:
        """A CSV file's content, or nothing."""
        ...

    @property
    def rules(self) -> Mapping[str, object]:
        """Values of rules by key."""
        ...

    @property
    def index(self) -> str:
        """The symbol that stands for the market."""
        ...

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that have daily bars."""
        ...

    def bars(self, symbol: str) -> Sequence[Bar]:
        """Daily bars of a symbol, oldest first."""
        ...

    def entries(self, *, kind: str) -> Iterable[Entry]:
        """Entries of a kind, in order."""
        ...


def unknown(topic: str, why: str) -> Advice:
    """Nothing is advised, and why."""
    return Advice(topic, f"unknown: {why}")


def index_bars(known: Briefing) -> Sequence[Bar] | str:
    """Bars of the index up to now, or why there are none to speak of now."""
    bars = known.bars(known.index)
    if not bars:
        have = ", ".join(known.symbols) or "none at all"
        return f"no daily bars of {known.index} up to {known.day} (market.daily names their folder); there are: {have}"
    behind = _sessions_after(bars[-1].day, known.day)
    if behind > STALE:
        return f"the newest bar of {known.index} is of {bars[-1].day}, {behind} sessions before {known.day}"
    return bars


def _sessions_after(day: date, last: date) -> int:
    return len(xnys().between(day + timedelta(days=1), last)) if day < last else 0
