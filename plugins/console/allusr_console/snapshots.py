"""What is known of an account at one look, frozen: pages and answers read these and never a journal."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from attrs import Factory, evolve, field, frozen

from allusr_sdk.office.refusals import Refusal, refusals
from allusr_sdk.office.sighted import Sighting

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry
    from allusr_sdk.model.positions import Book
    from allusr_sdk.office.followed import Followed
    from allusr_sdk.reports.facts import RunFacts
    from allusr_sdk.reports.periods.values import Cell

UNREAD = "not read yet"

STALE = 3.0
"""Seconds without a look after which what is shown is marked as old."""

_REFUSALS = 100  # newest that are kept at hand
_MEASURES = ("premium", "premium_kept", "realised", "fees", "hedge_cost", "dividends", "sold", "closed", "assigned")


@frozen(kw_only=True)
class Snapshot:
    """An account as of its newest look. None, and an empty text, is unknown; it is never nought.

    Attributes:
        name, home: of the account; the home without a password.
        version: rises whenever something other than `read` changes.
        status: what `allusr status --json` prints, its values as objects.
        run, seq, head, instant: the entry that all of it rests on.
        read: wall clock of the newest look that succeeded, aware UTC.
        problem: why the newest look failed; empty where it did not.
        newest: the newest entries, oldest first; `refusals` of them, newest first, 100 at most.
        seen: of each position by its key, when it was last seen.
        week: the running ISO week; `measured` is what it brought, by ledger (empty for all) and measure.
    """

    name: str
    home: str
    version: int = 0
    status: Mapping[str, object] | None = None
    run: int | None = None
    seq: int = 0
    head: str = ""
    instant: datetime | None = None
    read: datetime | None = None
    clock: float | None = field(default=None, repr=False)
    problem: str = UNREAD
    book: "Book | None" = field(default=None, repr=False)
    facts: "RunFacts | None" = field(default=None, repr=False)
    newest: "tuple[Entry, ...]" = field(default=(), repr=False)
    refusals: tuple[Refusal, ...] = field(default=(), repr=False)
    seen: Mapping[str, Sighting] = field(default=Factory(dict), repr=False)
    week: str = ""
    measured: "Mapping[str, Mapping[str, Cell]]" = field(default=Factory(dict), repr=False)

    @property
    def age(self) -> float | None:
        """Seconds since the newest look that succeeded."""
        return None if self.clock is None else monotonic() - self.clock

    @property
    def stale(self) -> bool:
        """Whether what is shown may be old: the newest look failed, or lies too far back."""
        age = self.age
        return bool(self.problem) or age is None or age > STALE

    @property
    def engine(self) -> Mapping[str, object]:
        """How the engine is; empty where that is unknown."""
        found = self.status["engine"] if self.status else {}
        assert isinstance(found, Mapping)
        return found


def of(followed: "Followed", before: Snapshot, now: datetime) -> Snapshot:
    """A new snapshot of a home that has a run, after a look that found something."""
    run, facts, sights = followed.run, followed.facts, followed.sightings
    book = run.book
    weeks = ("", *book.ledgers)
    newest = tuple(followed.newest)
    return evolve(
        before, status=followed.status(), run=run.id, seq=run.seq, head=run.head, instant=run.instant, book=book,
        facts=facts, newest=newest, refusals=tuple(islice(refusals(reversed(newest)), _REFUSALS)),
        seen={held.key: sights.of(held) for held in book.positions}, week=sights.week,
        measured={name: {m: sights.measures.cell(m, ledger=name or None) for m in _MEASURES} for name in weeks},
        version=before.version + 1, problem="", read=now, clock=monotonic(),
    )  # fmt: skip
