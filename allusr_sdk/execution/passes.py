"""What a replay's kernel stands on: the stored journal's books, and what it remembers from one pass to the next."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise

from attrs import define, field

from allusr_sdk.host import Host
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import Entry, utc
from allusr_sdk.model.events import Decided, Event, Filled, Funded, OrderChanged, PluginFaulted, RunStarted, SwitchChanged
from allusr_sdk.model.positions import Book

Subject = tuple[str, str, str]
Pair = tuple[Event | None, Event | None]

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
        self.stopped: Callable[[PluginFaulted], None] = lambda fault: None
        """Who is told at its point of a pass that a plugin was stopped which a replay does not ask."""
        while self._next is not None and isinstance(self._next.event, RunStarted | Funded):
            self._book(self._take())

    @property
    def book(self) -> Book:
        """The books as the kernel knows them."""
        return (self._fork or self._fold).book

    def booked(self, key: str, execution: str) -> bool:
        """Executions are stored entries: none is heard in a replay."""
        return False

    def broken(self) -> str:
        """What books and broker disagreed about, as the stored pass says it."""
        events = (entry.event for entry in self._expected)
        said = (e.why for e in events if isinstance(e, Decided) and (e.ledger, e.symbol, e.verdict) == ("", "", "hold"))
        return next(said, "").removeprefix("AUDIT: ")

    def until(self, seq: int) -> tuple[Event, ...]:
        """Book the entries up to a number, and return them; what guards left unsaid was said with them."""
        taken = self._upto(seq)
        for entry in taken:
            self._book(entry)
        if taken:
            self._host.take_faults()
        return tuple(entry.event for entry in taken)

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
    book = fold.book
    shared = [book, *book.ledgers.values(), *book.positions]
    return deepcopy(fold, {id(value): value for value in shared})


# --- what stands ---------------------------------------------------------------------------------------------------


@define(eq=False)
class Memory:
    """What the kernel remembers beside its books: decisions that stand, plugins that are blind or stopped.

    After a pass that went otherwise it remembers what the stored run did.
    """

    kernel: Kernel
    stands: dict[Subject, Decided] = field(factory=dict)
    _blind: dict[str, str] = field(factory=dict)
    _stopped: dict[str, str] = field(factory=dict)

    def hear(self, events: Sequence[Event]) -> None:
        """What was said between two passes: the refusal of a person's word stands, and so does what was stopped."""
        refused = [e for e in events if isinstance(e, Decided) and e.verdict == "refuse" and not e.symbol]
        self.kernel.recall(refused, ())
        self.keep(refused)
        for event in events:
            if isinstance(event, PluginFaulted) and event.stopped:
                self.stop(event)
            elif isinstance(event, OrderChanged | Filled):
                self.kernel.contained()

    def stop(self, fault: PluginFaulted) -> None:
        """A plugin was stopped."""
        self.kernel.recall((), (fault,))
        self.kernel.scribe.contained = True

    def begin(self) -> None:
        """A pass begins."""
        self._blind, self._stopped = dict(self.kernel.host.quarantined), dict(self.kernel.host.stopped)

    def keep(self, stored: Sequence[Event]) -> None:
        """A pass went as it is stored."""
        self.stands |= {_about(event): event for event in stored if isinstance(event, Decided)}

    def recall(self, stored: Sequence[Event]) -> None:
        """A pass went otherwise: remember what is stored."""
        kernel, host = self.kernel, self.kernel.host
        self.keep(stored)
        host.take_faults()
        for plugin in (*host.quarantined, *host.stopped):
            host.release(plugin)
        for plugin, why in self._blind.items():
            host.quarantine(plugin, why)
        for plugin, why in self._stopped.items():
            host.stop(plugin, why)
        kernel.scribe.forget()
        kernel.recall(self.stands.values(), (e for e in stored if isinstance(e, PluginFaulted)))


def _about(event: Decided) -> Subject:
    return event.ledger, event.symbol, event.subject


# --- what differs --------------------------------------------------------------------------------------------------


def same(one: Event, other: Event) -> bool:
    """Whether two events are the same in the journal."""
    return _identity(one) == _identity(other)


def _identity(event: Event) -> tuple[str, str, str, str, bytes]:
    return event.kind, event.ledger, event.symbol, event.rule, event.payload()


def unlike(
    stored: Sequence[Event], today: Sequence[Event], stands: Mapping[Subject, Decided], *, whole: bool
) -> list[Pair]:
    """What is stored of a pass beside what would stand there, where they differ; None for nothing.

    Args:
        stored, today: the events.
        stands: decisions from before the pass: they are what a new one replaces.
        whole: whether today's pass came to its end; else nothing is said of what it lacks.
    """
    mine, theirs = list(map(_identity, stored)), list(map(_identity, today))
    gone: list[Event] = []
    come: list[Event] = []
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += stored[a:b]
            come += today[c:d]
    pairs: list[Pair] = [(_standing(event, gone, stands), event) for event in come]
    return pairs + ([(event, None) for event in gone] if whole else [])


def _standing(event: Event, gone: list[Event], stands: Mapping[Subject, Decided]) -> Event | None:
    """What an event stands in the place of; taken out of what is gone."""
    found = next((old for old in gone if _thing(old) == _thing(event)), None)
    if found is not None:
        gone.remove(found)
        return found
    return stands.get(_about(event)) if isinstance(event, Decided) else None


def _thing(event: Event) -> tuple[str, ...]:
    """What an event is about."""
    names = ("subject", "position", "key", "cause", "plugin", "after")
    return event.kind, event.ledger, event.symbol, *(str(getattr(event, name, "")) for name in names)
