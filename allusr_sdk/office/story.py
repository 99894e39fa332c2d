"""The story of a symbol, a position, a week, an account or an entry, as one object."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.explain import WEEK, explain
from allusr_sdk.reports.headings import Heading, headings
from allusr_sdk.reports.origins import with_origins
from allusr_sdk.reports.story import Chapter, Line

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run

__all__ = ["Chapter", "Line", "Raw", "Story", "story"]


@frozen
class Raw:
    """An entry as it stands in the journal."""

    seq: int
    kind: str
    payload: str


@frozen(kw_only=True)
class Story:
    """What `allusr explain --json` prints.

    Attributes:
        what_if: rules that the run loosened.
        weeks: the types of the week that is told, the account's first; empty for another subject.
        journal: the entries under the lines, where they were asked for.
    """

    run: int
    what_if: Mapping[str, str]
    weeks: tuple[Heading, ...]
    chapters: tuple[Chapter, ...]
    journal: tuple[Raw, ...] = ()


def story(run: "Run", subject: str, *, ledger: str | None = None, entries: bool = False) -> Story:
    """Tell a subject, from the journal alone.

    Args:
        run: the journal.
        subject: a symbol, a position's OSI symbol, a week as ``2026-W07``, a forked account, or ``#123``.
        ledger: one ledger alone.
        entries: whether the journal's entries come along.

    Raises:
        InputError: nothing of the kind in the run, or no such ledger; names the nearest.
    """
    chapters = with_origins(run, explain(run, subject, ledger=ledger))
    week = WEEK.fullmatch(subject.upper()) is not None
    return Story(
        run=run.id, what_if=dict(started(run).what_if), chapters=chapters,
        weeks=headings(run, subject.upper(), ledger=ledger) if week else (),
        journal=_under(run, chapters) if entries else (),
    )  # fmt: skip


def _under(run: "Run", chapters: Sequence[Chapter]) -> tuple[Raw, ...]:
    wanted = {seq for chapter in chapters for line in chapter.lines for seq in line.entries}
    return tuple(
        Raw(entry.seq, entry.kind, entry.event.payload().decode()) for entry in run.entries() if entry.seq in wanted
    )
