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
from allusr_sdk.ledger.entry import Entry, digest, entry_of, payload_text, utc_text
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.storage import stored
from allusr_sdk.model.events import Event


class LivedOtherwise(BreakError):
    """What is lived through again is not what the journal holds; the journal itself is whole."""


class Rewound(Run):
    """`run` as it stood after entry `seq`; it reads and is appended to like any run.

    Raises:
        BreakError: the chain is broken.
        LivedOtherwise: from `append`, where the journal holds something else than is to be written.
    """

    def __init__(self, run: Run, seq: int) -> None:
        super().__init__(run.ledger, run.id, batch=False)
        self._fold = Fold()
        self._ahead = stored(run.ledger.engine, run.id)
        self._next = next(self._ahead, None)
        while self._next is not None and self._seq < seq:
            self._take()

    @property
    def live(self) -> bool:
        """Whether all that stands was lived through again, so that entries are written from here on."""
        return self._next is None

    def append(self, event: Event, *, at: datetime, cycle: int, state: str, rulebook: str) -> Entry:
        """Live through the next entry, or write one where none stands any more."""
        if self._next is None:
            return super().append(event, at=at, cycle=cycle, state=state, rulebook=rulebook)
        row, _ = self._next
        columns = {"kind": event.kind, "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule}
        made = {"at": utc_text(at), "cycle": cycle, "state": state, "rulebook": rulebook, **columns}
        made["payload"] = payload_text(event)
        if any(row[name] != value for name, value in made.items()):
            where = f"entry {row['seq']} of run {self.id}"
            raise LivedOtherwise(f"{where} holds {_shown(row)}; lived through again it would be {_shown(made)}")
        return self._take()

    def entries(
        self, *, kind: str | None = None, ledger: str | None = None, symbol: str | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """The run's entries up to where it stands."""
        found = super().entries(kind=kind, ledger=ledger, symbol=symbol, after=after)
        return takewhile(lambda entry: entry.seq <= self._seq, found)

    def _take(self) -> Entry:
        assert self._next is not None
        row, lines = self._next
        if row["prev_hash"] != self._head or digest(row, lines) != row["hash"]:
            raise BreakError(f"entry {row['seq']} of run {self.id} breaks the chain: see `allusr ledger verify`")
        entry, fold = entry_of(row, lines), self._current()
        self._starts.turn(entry.at, self._seq, fold)
        fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
        self._seq, self._head, self._next = entry.seq, entry.hash, next(self._ahead, None)
        self._recent.add(entry)
        return entry


def _shown(row: Mapping[str, Any]) -> str:
    """An entry in one line, for errors."""
    return f"{row['kind']} at {row['at']} {row['ledger']} {row['symbol']} {row['rule']} {row['payload'][:160]}"
