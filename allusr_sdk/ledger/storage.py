"""Rows of the journal to and from the database, a page or a batch at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import Factory, define
from sqlalchemy import Connection, Engine, Select, insert, select, update

from allusr_sdk.ledger.entry import line_rows
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.tables import entries, intents, postings, runs
from allusr_sdk.model.events import Event, IntentRecorded

_PAGE = 2000


@define
class Buffer:
    """Rows that belong to one transaction."""

    entries: list[dict[str, Any]] = Factory(list)
    postings: list[dict[str, Any]] = Factory(list)
    intents: list[dict[str, Any]] = Factory(list)

    @property
    def span(self) -> str:
        """The entries in words, for errors."""
        return f"entries {self.entries[0]['seq']} to {self.entries[-1]['seq']} were not written"

    def add(self, row: dict[str, Any], lines: tuple[Line, ...], event: Event) -> None:
        """Take an entry, its postings and, for an intent, its key."""
        self.entries.append(row)
        self.postings += line_rows(row["seq"], lines)
        if isinstance(event, IntentRecorded):
            self.intents.append({"key": event.key, "seq": row["seq"]})

    def insert(self, connection: Connection, run: int | None, chain: str) -> int:
        """Write all rows and the end of the chain; returns the run's number, a new one of that kind for None."""
        end = {"entries": self.entries[-1]["seq"], "head": self.entries[-1]["hash"]}
        if run is None:
            made = insert(runs).values(started=self.entries[0]["at"], chain=chain, **end).returning(runs.c.id)
            run = connection.execute(made).scalar_one()
        else:
            connection.execute(update(runs).where(runs.c.id == run).values(**end))
        for table, rows in ((entries, self.entries), (postings, self.postings), (intents, self.intents)):
            if rows:
                connection.execute(insert(table), [{"run": run, **row} for row in rows])
        return run


def stored(
    engine: Engine, run: int, chosen: Select[Any] | None = None, *, after: int = 0
) -> Iterator[tuple[Mapping[str, Any], tuple[Line, ...]]]:
    """Stored rows of a run's entries with their postings, in order, a page at a time.

    Args:
        engine: the database.
        run: number of the run.
        chosen: a narrower selection of `entries`.
        after: number of the entry to begin behind.
    """
    wanted = (select(entries) if chosen is None else chosen).where(entries.c.run == run).order_by(entries.c.seq)
    while True:
        with engine.connect() as connection:
            page = connection.execute(wanted.where(entries.c.seq > after).limit(_PAGE)).mappings().all()
            if not page:
                return
            span = postings.c.seq.between(page[0]["seq"], page[-1]["seq"])
            found = connection.execute(
                select(postings).where(postings.c.run == run, span).order_by(postings.c.seq, postings.c.line)
            )
            lines: dict[int, list[Line]] = {}
            for _, seq, _, *values in found:
                lines.setdefault(seq, []).append(Line(*values))
        for row in page:
            yield dict(row), tuple(lines.get(row["seq"], ()))
        after = page[-1]["seq"]
