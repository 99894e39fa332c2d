"""What a replay's kernel stands on: the stored journal's books, and what it remembers from one pass to the next."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from difflib import SequenceMatcher

from attrs import define, field

from allusr_sdk.host import Host
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import Entry, utc
from allusr_sdk.model.events import Decided, Event, Funded, PluginFaulted, RunStarted
from allusr_sdk.model.positions import Book

Subject = tuple[str, str, str]
Pair = tuple[Event | None, Event | None]

# Faults of plugins that a replay does not ask: observers, and what report dates came from.
_UNASKED = frozenset({"allusr_event", "allusr_earnings"})
_GUARDS = frozenset({"allusr_screen", "allusr_halt"})


class Prefix:
    """The books of a stored journal up to a pass; within the pass, of what the kernel writes in it.

    As long as the kernel writes what is stored it is booked once. From the first other event on the rest of the pass
    goes to books of its own, which are thrown away at its end.
    """

    def __init__(self, entries: Iterator[Entry], host: Host) -> None:
        self._entries, self._host = entries, host
        self._next = next(entries, None)
        self._fold, self._fork = Fold(), None
        self._expected: deque[Entry] = deque()
        self._stored: list[Event] = []
        self._today: list[Event] = []
        while self._next is not None and isinstance(self._next.event, RunStarted | Funded):
            self._book(self._take())

    _fork: Fold | None

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
        self._expected = deque(entry for entry in self._upto(seq) if not _unasked(entry.event))
        self._stored, self._today = [entry.event for entry in self._expected], []

    def append(self, event: Event, *, at: datetime, cycle: int, state: str, rulebook: str) -> None:
        """Take what the kernel writes."""
        columns = {"ledger": event.ledger, "symbol": event.symbol, "rule": event.rule}
        written = Event.read(event.kind, event.payload(), **columns)
        self._today.append(written)
        if self._fork is None and self._expected and same(self._expected[0].event, written):
            self._book(self._expected.popleft())
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


def _unasked(event: Event) -> bool:
    return isinstance(event, PluginFaulted) and event.where in _UNASKED


def _forked(fold: Fold) -> Fold:
    """A copy of books that can go another way. What is frozen is shared: caches know it by identity."""
    book = fold.book
    shared = [book, *book.ledgers.values(), *book.positions]
    return deepcopy(fold, {id(value): value for value in shared})


# --- what stands ---------------------------------------------------------------------------------------------------


@define(eq=False)
class Memory:
    """What the kernel remembers beside its books: decisions that stand, and guards that are blind.

    After a pass that went otherwise it remembers what the stored run did.
    """

    scribe: Scribe
    host: Host
    stands: dict[Subject, Decided] = field(factory=dict)
    _before: dict[Subject, tuple[str, str, str, str]] = field(factory=dict)
    _quarantined: dict[str, str] = field(factory=dict)

    def hear(self, events: Sequence[Event]) -> None:
        """What was said between two passes: of it only the refusal of a person's word stands."""
        for event in events:
            if isinstance(event, Decided) and event.verdict == "refuse" and not event.symbol:
                self._adopt(event)

    def begin(self) -> None:
        """A pass begins."""
        self._before, self._quarantined = dict(self.scribe._standing), dict(self.host.quarantined)

    def keep(self, stored: Sequence[Event]) -> None:
        """A pass went as it is stored."""
        self.stands |= _decisions(stored)

    def recall(self, stored: Sequence[Event], today: Sequence[Event]) -> None:
        """A pass went otherwise: remember what is stored."""
        now, ours = _decisions(stored), _decisions(today)
        for about in now.keys() | ours.keys():
            was = now.get(about) or self.stands.get(about)
            if was is None:
                self.scribe._standing.pop(about, None)
            elif about not in ours or not same(was, ours[about]):
                self._adopt(was) if about in now else self._restore(about)
        self.stands |= now
        self._blind(stored)

    def _adopt(self, event: Decided) -> None:
        about = _about(event)
        numbers = repr(sorted(event.numbers.items())) if event.numbers else ""
        self.stands[about] = event
        self.scribe._standing[about] = (event.verdict, event.rule, event.why, numbers)

    def _restore(self, about: Subject) -> None:
        if about in self._before:
            self.scribe._standing[about] = self._before[about]
        else:
            self.scribe._standing.pop(about, None)

    def _blind(self, stored: Sequence[Event]) -> None:
        self.host.take_faults()
        self.host.quarantined.clear()
        self.host.quarantined.update(self._quarantined)
        for event in stored:
            if isinstance(event, PluginFaulted) and event.where in _GUARDS:
                self.host.quarantine(event.plugin, event.error)


def _about(event: Decided) -> Subject:
    return event.ledger, event.symbol, event.subject


def _decisions(events: Sequence[Event]) -> dict[Subject, Decided]:
    """The last decision about each subject."""
    return {_about(event): event for event in events if isinstance(event, Decided)}


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
    pairs = [(_standing(event, gone, stands), event) for event in come]
    left: list[Pair] = [(event, None) for event in gone] if whole else []
    return [(was, now) for was, now in pairs if was is None or not same(was, now)] + left


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
