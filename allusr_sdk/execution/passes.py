"""What a replay's kernel stands on: the books of the stored journal up to a pass."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from allusr_sdk.execution.unlike import same
from allusr_sdk.host import Host
from allusr_sdk.kernel.states import State
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import Entry, utc
from allusr_sdk.model.events import (
    Decided,
    Event,
    Filled,
    Funded,
    IntentRecorded,
    PluginFaulted,
    RunStarted,
    StateChanged,
    SwitchChanged,
)
from allusr_sdk.model.positions import Book

# Faults of plugins that a replay does not ask: observers, and what report dates came from.
_UNASKED = frozenset({"allusr_event", "allusr_earnings"})


class Prefix:
    """The books of a stored journal up to a pass; within the pass, of what the kernel writes in it.

    As long as the kernel writes what is stored it is booked once. From the first other event on the rest of the pass
    goes to books of its own, which are thrown away at its end.
    """

    def __init__(self, entries: Iterator[Entry], host: Host) -> None:
        self._entries, self._host = entries, host
        self._next = next(entries, None)
        self._fold = Fold()
        self._fork: Fold | None = None
        self._expected: deque[Entry] = deque()
        self._foreign: frozenset[int] = frozenset()
        self._stored: list[Event] = []
        self._today: list[Event] = []
        self._break = ""
        self.stopped: Callable[[PluginFaulted], None] = lambda fault: None
        """Who is told at its point of a pass that a plugin was stopped which a replay does not ask."""
        while self._next is not None and isinstance(self._next.event, RunStarted | Funded):
            self._book(self._take())

    @property
    def book(self) -> Book:
        """The books as the kernel knows them."""
        return (self._fork or self._fold).book

    @property
    def intents(self) -> Mapping[str, IntentRecorded]:
        """Every intent up to here, by its key."""
        return self._fold.memory.intents

    @property
    def fills(self) -> Mapping[str, Filled]:
        """Every execution up to here, by the broker's id."""
        return self._fold.memory.fills

    @property
    def lines(self) -> frozenset[str]:
        """The lines of the broker's account that are booked up to here."""
        return self._fold.memory.lines

    @property
    def dividends(self) -> Mapping[tuple[str, date], Decimal]:
        """The dividends that are booked up to here."""
        return self._fold.memory.dividends

    def booked(self, key: str, execution: str) -> bool:
        """Executions are stored entries: none is heard in a replay."""
        return False

    def broken(self) -> str:
        """What books and broker disagree about in AUDIT: as was said last, nothing where the stored pass leaves it."""
        events = [entry.event for entry in self._expected]
        if any(isinstance(event, StateChanged) and event.before == State.AUDIT for event in events):
            return ""
        self._heard_of_breaks(events)
        return self._break

    def until(self, seq: int) -> tuple[Event, ...]:
        """Book the entries up to a number, and return them; what guards left unsaid was said with them."""
        taken = self._upto(seq)
        for entry in taken:
            self._book(entry)
        if taken:
            self._host.take_faults()
        events = tuple(entry.event for entry in taken)
        self._heard_of_breaks(events)
        return events

    def expect(self, seq: int) -> None:
        """Begin a pass that ends with an entry."""
        taken = self._upto(seq)
        self._expected, self._foreign = deque(taken), _foreign(taken)
        self._stored, self._today = [entry.event for entry in taken if entry.seq not in self._foreign], []
        self._hear()

    def append(self, event: Event, *, at: datetime, cycle: int, state: str, rulebook: str) -> None:
        """Take what the kernel writes."""
        columns = {"ledger": event.ledger, "symbol": event.symbol, "rule": event.rule}
        written = Event.read(event.kind, event.payload(), **columns)
        self._today.append(written)
        if self._fork is None and self._expected and same(self._expected[0].event, written):
            self._book(self._expected.popleft())
            self._hear()
            return
        if self._fork is None:
            self._fork = _forked(self._fold)
        self._fork.apply(written, at=utc(at), cycle=cycle)

    def end(self) -> tuple[Sequence[Event], Sequence[Event], bool]:
        """End a pass and book what is stored of it: that, what the kernel wrote, and whether both are the same."""
        equal = self._fork is None and not self._expected
        while self._expected:
            self._book(self._expected.popleft())
        self._fork = None
        return self._stored, self._today, equal

    def _hear(self) -> None:
        """Plugins that a replay does not ask failed at this point of the pass."""
        while self._expected and self._expected[0].seq in self._foreign:
            event = self._expected[0].event
            self._book(self._expected.popleft())
            if isinstance(event, PluginFaulted) and event.stopped:
                self.stopped(event)

    def _heard_of_breaks(self, events: Sequence[Event]) -> None:
        said = [e.why for e in events if isinstance(e, Decided) and (e.ledger, e.symbol, e.verdict) == ("", "", "hold")]
        self._break = said[-1].removeprefix("AUDIT: ") if said else self._break

    def _book(self, entry: Entry) -> None:
        self._fold.apply(entry.event, at=entry.at, cycle=entry.cycle)

    def _take(self) -> Entry:
        assert self._next is not None
        taken, self._next = self._next, next(self._entries, None)
        return taken

    def _upto(self, seq: int) -> list[Entry]:
        taken = []
        while self._next is not None and self._next.seq <= seq:
            taken.append(self._take())
        return taken


def _foreign(entries: Sequence[Entry]) -> frozenset[int]:
    """Numbers of the faults of plugins that are not asked, each with the switch that it threw where it was grave."""
    found = set()
    for entry, after in pairwise((*entries, None)):
        if entry is not None and isinstance(entry.event, PluginFaulted) and entry.event.where in _UNASKED:
            found.add(entry.seq)
            if entry.event.stopped and after is not None and isinstance(after.event, SwitchChanged):
                found.add(after.seq)
    return frozenset(found)


def _forked(fold: Fold) -> Fold:
    """A copy of books that can go another way. What is frozen is shared: caches know it by identity."""
    return deepcopy(fold, {id(value): value for value in fold.unchanging})
