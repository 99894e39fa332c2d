"""A run wound back to one of its entries, for a restart: what stands after it is lived through again, word for word.

A process that died between two entries of an instant left half of what that instant says. Wound back to the evening
before, the same market makes the same entries again: as long as the journal goes on each must be the one that stands
there, then the run is written further. A difference is a break, and nothing is written.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from allusr_sdk.errors import BreakError
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import Entry, entry_of, payload_text, utc_text
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.starts import Start, Starts
from allusr_sdk.ledger.storage import stored
from allusr_sdk.model.events import Event, Filled
from allusr_sdk.model.positions import Book

Row = tuple[Mapping[str, Any], tuple[Line, ...]]


class Rewound:
    """`run` as it stood after entry `seq`; it reads and is appended to like the run itself.

    Raises:
        BreakError: from `append`, where the journal holds something else than what is to be written.
    """

    def __init__(self, run: Run, seq: int) -> None:
        self.run, self._seq = run, 0
        self._fold, self._starts = Fold(), Starts()
        self._executions: set[tuple[str, str]] = set()
        self._ahead = stored(run.ledger.engine, run.id)
        self._next: Row | None = next(self._ahead, None)
        while self._next is not None and self._seq < seq:
            self._take()

    @property
    def live(self) -> bool:
        """Whether all that stands was lived through again, so that entries are written from here on."""
        return self._next is None

    @property
    def book(self) -> Book:
        """The books after the last entry that was lived through."""
        return self.run.book if self.live else self._fold.book

    @property
    def seq(self) -> int:
        """Number of that entry."""
        return self.run.seq if self.live else self._seq

    def append(self, event: Event, *, at: datetime, cycle: int, state: str, rulebook: str) -> Entry:
        """Live through the next entry, or write one where none stands any more."""
        if self._next is None:
            return self.run.append(event, at=at, cycle=cycle, state=state, rulebook=rulebook)
        row, _ = self._next
        columns = {"kind": event.kind, "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule}
        made = {"at": utc_text(at), "cycle": cycle, "state": state, "rulebook": rulebook, **columns}
        made["payload"] = payload_text(event)
        other = [name for name, value in made.items() if row[name] != value]
        if other:
            where = f"entry {row['seq']} of run {self.run.id}"
            raise BreakError(f"{where} holds {_shown(row)}; lived through again it would be {_shown(made)}")
        return self._take()

    def booked(self, key: str, execution: str) -> bool:
        """Whether an execution of an order was booked up to here."""
        return self.run.booked(key, execution) if self.live else (key, execution) in self._executions

    def flush(self) -> None:
        """As the run's own."""
        self.run.flush()

    def entries(
        self, *, kind: str | None = None, ledger: str | None = None, symbol: str | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """The run's entries up to here."""
        found = self.run.entries(kind=kind, ledger=ledger, symbol=symbol, after=after)
        return found if self.live else takewhile(lambda entry: entry.seq <= self._seq, found)

    def start_of(self, week: str) -> Start:
        """The start of an ISO week, as `Run.start_of`."""
        return self._starts.of(week) or self.run.start_of(week)

    def _take(self) -> Entry:
        assert self._next is not None
        entry = entry_of(*self._next)
        self._starts.turn(entry.at, self._seq, self._fold)
        self._fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
        if isinstance(entry.event, Filled):
            self._executions.add((entry.event.key, entry.event.execution))
        self._seq, self._next = entry.seq, next(self._ahead, None)
        return entry


def _shown(row: Mapping[str, Any]) -> str:
    """An entry in one line, for errors."""
    return f"{row['kind']} at {row['at']} {row['ledger']} {row['symbol']} {row['rule']} {row['payload'][:160]}"
