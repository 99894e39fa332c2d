"""The append-only journal: `Ledger` is a database of runs, `Run` one hash chain of entries and its books (LG-1)."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType, TracebackType
from typing import Any, Self

from attrs import frozen
from sqlalchemy import Engine, select

from allusr_sdk.errors import BreakError, InputError, KernelError
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import (
    GENESIS,
    Entry,
    digest,
    entry_of,
    event_of,
    knows,
    payload_text,
    utc,
    utc_text,
)
from allusr_sdk.ledger.lease import WRITER, Lease
from allusr_sdk.ledger.recent import Recent
from allusr_sdk.ledger.starts import Start, Starts, monday
from allusr_sdk.ledger.storage import Buffer, asked, stored
from allusr_sdk.ledger.tables import entries, runs
from allusr_sdk.ledger.writer import Writer
from allusr_sdk.model.events import Event, Filled, IntentRecorded, RunStarted
from allusr_sdk.model.positions import Book

BATCH = 1000
RUN = "run"
_IS_RUN = runs.c.chain == RUN


@frozen
class RunInfo:
    """One run as the database lists it: number, start (UTC text), number of entries and the chain's head."""

    id: int
    started: str
    entries: int
    head: str


class Ledger:
    """A database of runs, of this version's schema. Close it, or use it in a `with` block."""

    engine: Engine
    writer: Writer

    def __init__(self, engine: Engine) -> None:
        self.engine, self.writer = engine, Writer(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back. Entries that a batched run has not flushed are dropped."""
        self.engine.dispose()

    def lease(self, name: str = WRITER) -> AbstractContextManager[Lease]:
        """Hold the right to write for the length of a `with` block; every append is fenced by it.

        Args:
            name: what is written: `writer` for all of a home, or an account's id where several share one database.

        Raises:
            StateRefusal: another process holds it; the line says which, where and since when.
            InputError: the name is no plain word, or the home's folder takes no file.
        """
        return self.writer.under(name)

    def start_run(self, head: RunStarted, at: datetime, *, batch: bool = False) -> "Run":
        """Begin a run: its row and its first entry, in one transaction.

        Args:
            head: the first entry.
            at: aware instant of the start.
            batch: whether later entries are written a thousand at a time and at `Run.flush`.
        """
        return Run(self, None, batch=batch)._begin(head, at, rulebook=head.rulebook)

    def start_chain(self, chain: str, head: Event, at: datetime, *, rulebook: str) -> "Run":
        """Begin a chain that belongs to the home and not to a run; `rulebook` is the stamp of its first entry."""
        return Run(self, None, batch=False, chain=chain)._begin(head, at, rulebook=rulebook)

    def chain(self, name: str) -> "Run | None":
        """The home's chain of a name, or None where it has not begun."""
        found = asked(self.engine, select(runs.c.id).where(runs.c.chain == name).order_by(runs.c.id))
        return Run(self, found[0].id, batch=False, chain=name) if found else None

    def runs(self) -> tuple[RunInfo, ...]:
        """All runs, oldest first."""
        columns = select(runs.c.id, runs.c.started, runs.c.entries, runs.c.head)
        return tuple(RunInfo(*row) for row in asked(self.engine, columns.where(_IS_RUN).order_by(runs.c.id)))

    def chains(self) -> "tuple[Run, ...]":
        """Every chain of the database, those of runs and the home's, oldest first."""
        found = asked(self.engine, select(runs.c.id, runs.c.chain).order_by(runs.c.id))
        return tuple(Run(self, number, batch=False, chain=chain) for number, chain in found)

    def run(self, number: int, *, batch: bool = False) -> "Run":
        """A run by its number. Raises `InputError` when there is none."""
        if not asked(self.engine, select(runs.c.id).where(runs.c.id == number, _IS_RUN)):
            raise InputError(f"run {number} is not in this ledger: `allusr ledger show` lists its runs")
        return Run(self, number, batch=batch)

    def latest(self, *, batch: bool = False) -> "Run | None":
        """The newest run, or None in an empty ledger."""
        every = self.runs()
        return Run(self, every[-1].id, batch=batch) if every else None


class Run:
    """One chain of entries. `append` is the only way to write; everything else is a query or the fold."""

    ledger: Ledger
    batch: bool

    def __init__(self, ledger: Ledger, number: int | None, *, batch: bool, chain: str = RUN) -> None:
        self.ledger, self.batch, self._chain = ledger, batch, chain
        self._number = number
        self._buffer = Buffer()
        self._fold: Fold | None = None
        self._seq, self._head = 0, GENESIS
        self._starts, self._recent = Starts(), Recent()

    @property
    def id(self) -> int:
        """Number of the run in its database; no part of the chain."""
        if self._number is None:
            raise KernelError("the run has not begun")
        return self._number

    @property
    def book(self) -> Book:
        """The books after the last entry; the same frozen object until something changes."""
        return self._current().book

    @property
    def head(self) -> str:
        """Hash of the last entry."""
        self._current()
        return self._head

    @property
    def seq(self) -> int:
        """Number of the last entry; the first is 1."""
        self._current()
        return self._seq

    @property
    def instant(self) -> datetime:
        """Aware instant of the last entry; nothing is folded for it."""
        if self._fold is not None and self._fold.instant is not None:
            return self._fold.instant
        self.flush()
        last = select(entries.c.at).where(entries.c.run == self.id).order_by(entries.c.seq.desc()).limit(1)
        if found := asked(self.ledger.engine, last):
            return datetime.fromisoformat(found[0].at)
        raise KernelError("the run has no entry yet")

    def append(self, event: Event, *, at: datetime, cycle: int, state: str, rulebook: str) -> Entry:
        """Write one event with its postings; unless batched it is durable when this returns.

        Raises:
            KernelError: it does not fit the books, its intent is already journaled, another process wrote to the run
                or took the lease, or the database refused it or was out of reach for a minute. Nothing of it is
                written then (after a connection lost in the last try the books say whether it was), and the run can
                go on.
            Unbalanced: its lines do not sum to zero; likewise.
        """
        fold, moment = self._current(), utc(at)
        row: dict[str, Any] = {
            "seq": self._seq + 1,
            "at": utc_text(moment),
            "cycle": cycle,
            "state": state,
            "kind": event.kind,
            "ledger": event.ledger,
            "symbol": event.symbol,
            "rule": event.rule,
            "rulebook": rulebook,
            "payload": payload_text(event),
            "prev_hash": self._head,
        }
        fold.require_new(event)
        written = event_of(row, KernelError)
        self._starts.turn(moment, self._seq, fold)
        self._fold = None  # until the entry is in: after a failure the books are folded anew from what is written
        lines = fold.apply(written, at=moment, cycle=cycle)
        row["hash"] = digest(row, lines)
        self._buffer.add(row, lines, written)
        if not self.batch or len(self._buffer.entries) >= BATCH:
            self.flush()
        self._fold, self._seq, self._head = fold, row["seq"], row["hash"]
        entry = Entry(row["seq"], moment, cycle, state, rulebook, written, row["prev_hash"], row["hash"], lines)
        self._recent.add(entry)
        return entry

    def booked(self, key: str, execution: str) -> bool:
        """Whether an execution of an order, or a correction of one, is in the journal by the broker's id of it."""
        return (key, execution) in self._current().memory.executions

    def intent(self, key: str) -> IntentRecorded | None:
        """The intent of a key, whether its order still works or not; None where there is none."""
        return self.intents.get(key)

    @property
    def intents(self) -> Mapping[str, IntentRecorded]:
        """Every intent by its key, as the journal now stands."""
        return MappingProxyType(self._current().memory.intents)

    def fill(self, execution: str) -> Filled | None:
        """The execution of a broker's id as it stands after corrections; each id that it had names it."""
        return self.fills.get(execution)

    @property
    def fills(self) -> Mapping[str, Filled]:
        """Executions by every id that the broker gave them; price, fee and newest id are those after corrections."""
        return MappingProxyType(self._current().memory.fills)

    @property
    def lines(self) -> frozenset[str]:
        """Ids of the lines of the broker's account that are booked (B14)."""
        return self._current().memory.lines

    @property
    def dividends(self) -> Mapping[tuple[str, date], Decimal]:
        """Dollars of booked dividends, paid or awaited, by symbol and ex-date."""
        return MappingProxyType(self._current().memory.dividends)

    def flush(self) -> None:
        """Write what is buffered, in one transaction. Nothing to do for a run that is not batched.

        Raises:
            KernelError: the database refused; the buffer is dropped and the books go back to what is written.
        """
        if not self._buffer.entries:
            return
        buffer, fold = self._buffer, self._fold
        self._buffer, self._fold = Buffer(), None
        self._number = self.ledger.writer.write(buffer, self._number, self._chain)
        self._fold = fold

    def entries(
        self, *, kind: str | None = None, ledger: str | None = None, symbol: str | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """Entries in order, narrowed by kind, ledger or symbol, from the one after number `after`.

        Kinds that this version does not know are skipped.
        """
        recent = self._recent.after(after)
        if recent is not None:
            wanted = ((kind, "kind"), (ledger, "ledger"), (symbol, "symbol"))
            yield from (e for e in recent if all(w is None or getattr(e.event, name) == w for w, name in wanted))
            return
        self.flush()
        chosen = select(entries).where(entries.c.run == self.id)
        for name, value in (("kind", kind), ("ledger", ledger), ("symbol", symbol)):
            chosen = chosen if value is None else chosen.where(entries.c[name] == value)
        for row, lines in stored(self.ledger.engine, self.id, chosen, after=after):
            if knows(row):
                yield entry_of(row, lines)

    def catch_up(self) -> Iterator[Entry]:
        """Read on to the end of what another process has written, and give those entries; read them all.

        Raises:
            BreakError: they do not follow on what was read before.
        """
        if self._fold is None:
            self._seq, self._head, self._starts = 0, GENESIS, Starts()
        self._recent = Recent()
        yield from self._read_on()

    def start_of(self, week: str) -> Start:
        """The last entry before an ISO week (``2026-W07``) and the books then; newest weeks need no second fold."""
        found = self._starts.of(week) if self._fold is not None else None
        return found or self.before(monday(week))

    def before(self, instant: datetime) -> Start:
        """The last entry before an aware instant is reached, and the books then; nothing behind it is read.

        Raises:
            BreakError: an entry up to there does not follow on the one before.
        """
        self.flush()
        fold, last = Fold(), 0
        for seq, _, entry in self._chained(0, GENESIS):
            if entry is not None:
                if entry.at >= instant:
                    break
                fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
            last = seq
        return Start(last, fold.book)

    def _begin(self, head: Event, at: datetime, *, rulebook: str) -> Self:
        self._fold = Fold()
        batch, self.batch = self.batch, False
        self.append(head, at=at, cycle=0, state=self._fold.book.state, rulebook=rulebook)
        self.batch = batch
        return self

    def _current(self) -> Fold:
        return self._fold or self._refold()

    def _refold(self) -> Fold:
        self.flush()
        self._fold, self._seq, self._head = Fold(), 0, GENESIS
        self._starts, self._recent = Starts(), Recent()
        for _ in self._read_on():
            pass
        assert self._fold is not None
        return self._fold

    def _read_on(self) -> Iterator[Entry]:
        """Fold what is stored behind the last entry; whoever stops half-way folds anew."""
        fold, self._fold = self._fold or Fold(), None
        last, end = self._seq, self._head
        for seq, head, entry in self._chained(last, end):
            if entry is not None:
                self._starts.turn(entry.at, seq - 1, fold)
                fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
                yield entry
            last, end = seq, head
        self._fold, self._seq, self._head = fold, last, end

    def _chained(self, seq: int, head: str) -> Iterator[tuple[int, str, Entry | None]]:
        """What is stored behind an entry, with number and hash; None is of a kind that this version does not know."""
        for row, lines in stored(self.ledger.engine, self.id, after=seq):
            if (row["seq"], row["prev_hash"]) != (seq + 1, head) or digest(row, lines) != row["hash"]:
                raise BreakError(f"entry {seq + 1} of run {self.id} breaks the chain: see `allusr ledger verify`")
            seq, head = row["seq"], row["hash"]
            if lines and not knows(row):
                raise InputError(f"entry {seq} ({row['kind']}) was written by a newer version: update allusr-sdk")
            yield seq, head, entry_of(row, lines) if knows(row) else None
