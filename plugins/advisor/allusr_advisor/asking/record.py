"""A run as answers read it: its entries by kind, its books, and what the office says of its home."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, field

from allusr_advisor.asking.facts import clock
from allusr_advisor.asking.periods import Period
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.reading import Known
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.places import in_force
from allusr_sdk.office.wishes import operator

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry
    from allusr_sdk.model.events import Event
    from allusr_sdk.reports.facts import RunFacts
    from allusr_sdk.rulebook import Rulebook


@define(eq=False, slots=False)
class Record:
    """The newest run of a home after its newest entry.

    Attributes:
        entries: all of its entries, oldest first; `at` is the instant of the last.
        facts: what the office counted of them.
        told: what persons have told the home, as `allusr status` has it.
    """

    home: str
    entries: tuple["Entry", ...]
    book: Book
    facts: "RunFacts"
    told: Mapping[str, object]
    rulebook: "Rulebook"
    _kinds: dict[str, tuple["Entry", ...]] = field(factory=dict)

    @property
    def at(self) -> datetime:
        """Instant of the last entry."""
        return self.entries[-1].at

    @cached_property
    def now(self) -> date:
        """New York date of the last entry."""
        return clock(self.at).date()

    @cached_property
    def whole(self) -> Period:
        """From the run's first day to its last so far."""
        return Period(min(self.facts.first, self.now), self.now, "the whole run", "run")

    @cached_property
    def known(self) -> Known:
        """What a reader of questions must know."""
        symbols = sorted({e.event.symbol for e in self.entries} - {"", "*"})
        nodes = {name: node.ledgers for name, node in self.book.nodes.items()}
        ledgers = tuple(name for name in self.book.ledgers if name != "undeployed")
        return Known(
            now=self.now,
            whole=(self.whole.first, self.whole.last),
            ledgers=ledgers,
            nodes=nodes,
            symbols=tuple(symbols),
        )

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """What is held, by ledger."""
        return tuple(p for ledger in self.book.ledgers.values() for p in ledger.positions.values())

    def of(self, *kinds: str) -> tuple["Entry", ...]:
        """Entries of some kinds, oldest first."""
        for kind in kinds:
            if kind not in self._kinds:
                self._kinds[kind] = tuple(entry for entry in self.entries if entry.kind == kind)
        if len(kinds) == 1:
            return self._kinds[kinds[0]]
        return tuple(sorted((entry for kind in kinds for entry in self._kinds[kind]), key=lambda entry: entry.seq))

    def about(self, asked: Question, *kinds: str, wide: bool = False) -> tuple["Entry", ...]:
        """Those that a question's ledgers, symbols and period hold; `wide` takes in those of the account as a whole."""
        return tuple(e for e in self.of(*kinds) if within(asked, e.event, wide=wide) and during(asked, e))

    def intent(self, key: str) -> "Entry | None":
        """The entry that recorded an order before it was sent."""
        return self._intents.get(key)

    @cached_property
    def _intents(self) -> "dict[str, Entry]":
        return {getattr(entry.event, "key", ""): entry for entry in self.of("IntentRecorded")}


def within(asked: Question, event: "Event", *, wide: bool = False) -> bool:
    """Whether an event is of the ledgers and symbols that a question names."""
    if asked.ledgers and event.ledger not in asked.ledgers and not (wide and not event.ledger):
        return False
    return not asked.symbols or event.symbol in asked.symbols or (wide and event.symbol in ("", "*"))


def during(asked: Question, entry: "Entry") -> bool:
    """Whether an entry lies in the days that a question names."""
    return asked.period is None or asked.period.holds(clock(entry.at).date())


def realised(entries: Iterable["Entry"]) -> Decimal:
    """The realised result that entries booked, dollars: postings to accounts of income and expense (LG-2)."""
    cents = sum(line.amount for entry in entries for line in entry.lines if "4000" <= line.account < "6000")
    return Decimal(-cents) / 100 if cents else ZERO


def numbers(entries: Iterable["Entry"]) -> Iterator[int]:
    """Their numbers."""
    return (entry.seq for entry in entries)


def opened(home: str) -> Record:
    """Read the newest run of a home.

    Raises:
        InputError: there is no ledger, or no run in it.
        BreakError: the journal cannot be read.
    """
    with Followed(home) as followed:
        followed.newest = deque()  # all of them, not the newest few: the journal is read once
        followed.look()
        run, facts, entries = followed.run, followed.facts, tuple(followed.newest)
        return Record(
            home=home, entries=entries, book=run.book, facts=facts, told=operator(followed.ledger, run),
            rulebook=in_force(followed.home),
        )  # fmt: skip
