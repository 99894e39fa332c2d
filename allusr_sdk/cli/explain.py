"""`allusr explain`: the story of a symbol, a position, a week or an entry from the ledger alone."""

import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json, LedgerName, RunNumber
from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run
    from allusr_sdk.office.story import Raw
    from allusr_sdk.reports.headings import Heading
    from allusr_sdk.reports.story import Chapter

_PIPE_WIDTH = 150


def explain(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A symbol (AAPL), a position (its OSI symbol), a week (2026-W07), a forked account (m1), or a journal "
            "entry (#123).",
        ),
    ],
    entries: Annotated[bool, typer.Option("--entries", help="Show the journal entries under each line.")] = False,
    ledger: LedgerName = None,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Tell the story of a symbol, a position, a week or an account. Or of one entry, and what led to it.

    What was done or not, why, under which rule and on which numbers, from the ledger alone. Times are New York's.
    """
    from allusr_sdk.office.places import opened

    if not subject.strip():
        raise InputError("WHAT is empty: give a symbol, a position, a week or #123; is a variable of the shell unset?")
    with opened(home, run) as found:
        _show(found, subject, ledger, entries=entries, as_json=as_json)


def _show(run: "Run", subject: str, ledger: str | None, *, entries: bool, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit, strong
    from allusr_sdk.cli.summary import headings
    from allusr_sdk.office.story import story
    from allusr_sdk.reports.beginnings import started

    found = story(run, subject, ledger=ledger, entries=entries)
    if as_json:
        emit(found)
        return
    for text in headings(started(run).market, found.what_if):
        strong(text)
    _types(found.weeks)
    journal = {raw.seq: raw for raw in found.journal}
    for i, chapter in enumerate(found.chapters):
        if i:
            print()
        _tell(chapter, journal)


def _tell(chapter: "Chapter", journal: Mapping[int, "Raw"]) -> None:
    from allusr_sdk.cli.output import strong
    from allusr_sdk.reports.telling import heading, rows

    strong(heading(chapter))
    for line in chapter.lines:
        for row in rows(line, _width()):
            print(row)
        for seq in line.entries:
            if seq in journal:
                print(f"{' ' * 18}#{seq} {journal[seq].kind} {journal[seq].payload}")


def _width() -> int:
    return max(80, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _PIPE_WIDTH


def _types(heads: tuple["Heading", ...]) -> None:
    """The week's type for the account and each ledger, with the entries that gave each label."""
    from allusr_sdk.cli.output import strong
    from allusr_sdk.reports.telling import row

    for head in heads:
        strong(f"{head.week} · {head.ledger or 'account'} · {head.primary}   {_numbers(head)}")
        for cause in head.causes:
            entry = f" (#{cause.entries[0]})" if cause.entries else ""
            for text in row(cause.label, f"{cause.text}{entry}", cause.rules, _width()):
                print(text)
    if heads:
        print()


def _numbers(head: "Heading") -> str:
    version = f", version {head.version}" if head.version > 1 else ""
    parts = (
        f"{head.status.lower()}{version}",
        f"premium {head.premium:,.2f}, {head.premium_net:,.2f} net",
        f"realised {head.realised:,.2f}",
        f"unrealised {head.unrealised:+,.2f}",
        f"{head.assignments:,} assigned, {head.rolls:,} rolled" if head.assignments or head.rolls else "",
        f"hedges {head.hedge_cost:,.2f}" if head.hedge_cost else "",
        f"highest VIX {head.max_vix:.2f}" if head.max_vix is not None else "",
    )
    return "   ".join(part for part in parts if part)
