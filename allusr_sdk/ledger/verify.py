"""`allusr ledger verify`: the chain and every balance anew from the stored rows, and the first entry that is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import func, select

from allusr_sdk.errors import BreakError, KernelError
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.entry import GENESIS, digest, entry_of, knows
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.storage import asked, stored
from allusr_sdk.ledger.tables import intents, postings, runs
from allusr_sdk.model.events import IntentRecorded


@frozen
class Bad:
    """The first entry that is wrong: its number, its kind as stored (empty when it is gone) and what differs."""

    seq: int
    kind: str
    what: str

    def __str__(self) -> str:
        return f"entry {self.seq}{f' ({self.kind})' if self.kind else ''}: {self.what}"


@frozen
class Report:
    """Outcome of a verification: entries that were read, the head they give, and the first bad one or None."""

    run: int
    entries: int
    head: str
    bad: Bad | None = None

    @property
    def ok(self) -> bool:
        """Whether journal, hashes and balances agree."""
        return self.bad is None

    def require(self) -> None:
        """Raise `BreakError` (exit 4) with one line unless all agree."""
        if self.bad:
            raise BreakError(f"run {self.run}, {self.bad}; restore the ledger from a backup")


@frozen
class _End:
    """What the database says of a run besides its entries."""

    entries: int
    head: str
    postings: int
    intents: Mapping[str, int]


def verify(run: Run) -> Report:
    """Recompute a run's chain and books from its stored rows, first entry to last, and compare everything.

    A run that another process is writing meanwhile is verified up to what is read of it.
    """
    run.flush()
    before, check = _end(run), _Check()
    bad = next((bad for row in stored(run.ledger.engine, run.id) if (bad := check.read(*row))), None)
    bad = bad or _at_the_end(before, _end(run), check)
    if bad is None:
        faults = out_of_balance(balances(run, upto=check.seq), check.fold.book)
        bad = Bad(check.seq, "", faults[0]) if faults else None
    return Report(run.id, check.seq, check.head, bad)


def verify_all(ledger: Ledger) -> tuple[Report, ...]:
    """Verify every chain of a database, those of runs and the home's."""
    return tuple(map(verify, ledger.chains()))


def _end(run: Run) -> _End:
    engine, one = run.ledger.engine, runs.c.id == run.id
    ((count, head),) = asked(engine, select(runs.c.entries, runs.c.head).where(one))
    ((last,),) = asked(engine, select(func.max(postings.c.seq)).where(postings.c.run == run.id))
    keys = asked(engine, select(intents.c.key, intents.c.seq).where(intents.c.run == run.id))
    return _End(count, head, last or 0, {row.key: row.seq for row in keys})


class _Check:
    """What the entries read so far make: their number, hash, books and intents."""

    def __init__(self) -> None:
        self.fold, self.seq, self.head = Fold(), 0, GENESIS
        self.heads: dict[int, str] = {}
        self.intents: dict[str, int] = {}

    def read(self, row: Mapping[str, Any], lines: Sequence[Line]) -> Bad | None:
        """The fault of an entry, or None; sound entries join the chain and the books."""
        seq, kind = row["seq"], row["kind"]
        if seq != self.seq + 1:
            return Bad(self.seq + 1, "", f"missing; the next entry is {seq} ({kind})")
        posted, booked = self._booked(row)
        what = self._chained(row, lines, posted) or booked
        if what is None and posted is not None and tuple(lines) != posted:
            what = _other_lines(lines, posted)
        if what:
            return Bad(seq, kind, what)
        self.seq, self.head = seq, row["hash"]
        self.heads[seq] = self.head
        return None

    def _booked(self, row: Mapping[str, Any]) -> tuple[tuple[Line, ...] | None, str | None]:
        """The postings that an entry ought to have, or why it cannot be booked."""
        if not knows(row):
            return None, None
        try:
            entry = entry_of(row, ())
            posted = self.fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
        except (KernelError, BreakError) as why:
            return None, str(why)
        except ValueError as why:
            return None, f"cannot be read: {why}"
        if isinstance(entry.event, IntentRecorded):
            self.intents[entry.event.key] = entry.seq
        return posted, None

    def _chained(self, row: Mapping[str, Any], lines: Sequence[Line], posted: tuple[Line, ...] | None) -> str | None:
        if row["prev_hash"] != self.head:
            return f"prev_hash is not the hash of entry {self.seq}: it was altered, or an entry was put elsewhere"
        if digest(row, lines) == row["hash"]:
            return None
        if posted is not None and digest(row, posted) == row["hash"]:
            return _other_lines(lines, posted)
        return "its content does not give its hash: the payload, another column or the hash itself was altered"


def _other_lines(found: Sequence[Line], right: Sequence[Line]) -> str:
    def text(lines: Sequence[Line]) -> str:
        return ", ".join(f"{x.ledger} {x.account} {x.amount}" for x in lines) or "nothing"

    return f"postings differ: stored {text(found)}; the event gives {text(right)} (cents)"


def _at_the_end(before: _End, after: _End, check: _Check) -> Bad | None:
    """Faults that no single row shows: entries cut off or added, rows that belong to none, keys of intents.

    Entries, postings and the end of a run are written together, so what is read between two looks at the end must
    reach the first and not pass the second.
    """
    known = max(before.entries, before.postings)
    if check.seq < known:
        return Bad(check.seq + 1, "", f"missing; the run had {known} entries")
    if check.seq > after.entries:
        return Bad(after.entries + 1, "", f"added; the run ended with entry {after.entries}")
    if check.heads.get(before.entries) != before.head:
        return Bad(before.entries, "", "its hash is not the end that the run's own row remembers")
    keys = {key: seq for key, seq in check.intents.items() if seq <= before.entries}
    if keys != before.intents:
        seq = min(seq for _, seq in keys.items() ^ before.intents.items())
        return Bad(seq, IntentRecorded.__name__, "the table of intents does not name the keys of the journal")
    return None
