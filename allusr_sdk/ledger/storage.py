"""Rows of the journal to and from the database, a page or a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import Factory, define
from sqlalchemy import Engine, Row, Select, select

from allusr_sdk.ledger.entry import line_rows
from allusr_sdk.ledger.outage import reading
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.tables import entries, postings
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
        return f"entries {self.entries[0]['seq']} to {self.entries[-1]['seq']}"

    def add(self, row: dict[str, Any], lines: tuple[Line, ...], event: Event) -> None:
        """Take an entry, its postings and, for an intent, its key."""
        self.entries.append(row)
        self.postings += line_rows(row["seq"], lines)
        if isinstance(event, IntentRecorded):
            self.intents.append({"key": event.key, "seq": row["seq"]})


def asked[*Ts](engine: Engine, question: Select[*Ts]) -> Sequence[Row[*Ts]]:
    """All rows that answer a question. Raises `KernelError` where the database stays out of reach."""

    def ask() -> Sequence[Row[*Ts]]:
        with engine.connect() as connection:
            return connection.execute(question).all()

    return reading(ask)


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
    while page := reading(partial(_page, engine, run, wanted.where(entries.c.seq > after).limit(_PAGE))):
        yield from page
        after = page[-1][0]["seq"]


def _page(engine: Engine, run: int, wanted: Select[Any]) -> list[tuple[Mapping[str, Any], tuple[Line, ...]]]:
    theirs = postings.c.seq.in_(wanted.with_only_columns(entries.c.seq))
    posted = select(postings).where(postings.c.run == run, theirs).order_by(postings.c.seq, postings.c.line)
    with engine.connect() as connection:
        found = connection.execute(wanted)
        names = tuple(found.keys())
        page = [dict(zip(names, row, strict=True)) for row in found.all()]
        lines: dict[int, list[Line]] = {}
        for _, seq, _, *values in connection.execute(posted).all() if page else ():
            lines.setdefault(seq, []).append(Line(*values))
    return [(row, tuple(lines.get(row["seq"], ()))) for row in page]
