"""`allusr explain`: the story of a symbol, a position, a week or an entry from the ledger alone."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json, LedgerName, RunNumber

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry, Run
    from allusr_sdk.reports.headings import Heading
    from allusr_sdk.reports.story import Chapter, Line

_PIPE_WIDTH = 150
_RULES_WIDTH = 26  # beyond it, rules go under the text


def explain(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A symbol (AAPL), a position (its OSI symbol), a week (2026-W07), or a journal entry (#123).",
        ),
    ],
    entries: Annotated[bool, typer.Option("--entries", help="Show the journal entries under each line.")] = False,
    ledger: LedgerName = None,
    run: RunNumber = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Tell the story of a symbol, a position, a week, or of one entry and what led to it.

    What was done or not, why, under which rule and on which numbers, from the ledger alone. Times are New York's.
    """
    from allusr_sdk.cli.journal import opened

    with opened(home, run) as found:
        _show(found, subject, ledger, entries=entries, as_json=as_json)


def _show(run: "Run", subject: str, ledger: str | None, *, entries: bool, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit, strong
    from allusr_sdk.cli.summary import what_if
    from allusr_sdk.reports.explain import WEEK
    from allusr_sdk.reports.explain import explain as tell
    from allusr_sdk.reports.facts import started
    from allusr_sdk.reports.headings import headings

    chapters = tell(run, subject, ledger=ledger)
    heads = headings(run, subject.upper(), ledger=ledger) if WEEK.fullmatch(subject.upper()) else ()
    journal = {e.seq: e for e in run.entries()} if entries else {}
    loosened = dict(started(run).what_if)
    if as_json:
        raw = _raw(chapters, journal)
        emit({"run": run.id, "what_if": loosened, "weeks": heads, "chapters": chapters, "journal": raw})
        return
    for text in what_if(loosened):
        strong(text)
    _types(heads)
    for i, chapter in enumerate(chapters):
        if i:
            print()
        _tell(chapter, journal)


def _raw(chapters: tuple["Chapter", ...], journal: Mapping[int, "Entry"]) -> list[dict[str, object]]:
    numbers = sorted({seq for c in chapters for line in c.lines for seq in line.entries if seq in journal})
    return [
        {"seq": seq, "kind": journal[seq].kind, "payload": journal[seq].event.payload().decode()} for seq in numbers
    ]


def _tell(chapter: "Chapter", journal: Mapping[int, "Entry"]) -> None:
    from allusr_sdk.cli.output import strong

    strong(_heading(chapter))
    for line in chapter.lines:
        for row in _rows(line, _width()):
            print(row)
        for seq in line.entries:
            if seq in journal:
                entry = journal[seq]
                print(f"{' ' * 18}#{seq} {entry.kind} {entry.event.payload().decode()}")


def _width() -> int:
    return max(80, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _PIPE_WIDTH


def _types(heads: tuple["Heading", ...]) -> None:
    """The week's type for the account and each ledger, with the entries that gave each label."""
    from allusr_sdk.cli.output import strong

    for head in heads:
        strong(f"{head.week} · {head.ledger or 'account'} · {head.primary}   {_numbers(head)}")
        for cause in head.causes:
            entry = f" (#{cause.entries[0]})" if cause.entries else ""
            for row in _row(cause.label, f"{cause.text}{entry}", cause.rules, _width()):
                print(row)
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


def _heading(chapter: "Chapter") -> str:
    weeks = ""
    if chapter.weeks:
        first, last = chapter.weeks[0], chapter.weeks[-1]
        weeks = f" · week {first}" if first == last else f" · weeks {first} to {last}"
    known = chapter.spot is not None and chapter.spot_at is not None
    about = " · ".join(part for part in (chapter.title, chapter.symbol if _untold(chapter) else "") if part)
    parts = (
        f"{about} · {chapter.ledger or 'no ledger'}{weeks}",
        f"spot {chapter.spot:,.2f} ({_minute(chapter.spot_at):%a %H:%M})" if known else "",  # type: ignore[arg-type]
        f"position: {chapter.position}",
        f"level {chapter.level} {chapter.level_name}" if chapter.position != "none" else "",
    )
    return "   ".join(part for part in parts if part)


def _untold(chapter: "Chapter") -> bool:
    """Whether the symbol is no part of the title."""
    return bool(chapter.symbol) and not chapter.title.startswith(f"{chapter.symbol} ")


def _minute(at: datetime) -> datetime:
    """An instant to the nearest minute."""
    return (at + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _date(at: datetime) -> str:
    return f"{at:%a} {at.day:>2} {at:%b %H:%M}"


def _rows(line: "Line", width: int) -> Iterator[str]:
    yield from _row(_date(_minute(line.at)), line.text + _repeated(line), line.rules, width)
    for detail in line.details:
        yield from _row("", f"  {detail.text}", detail.rules, width)


def _repeated(line: "Line") -> str:
    if line.times == 1 or line.until is None:
        return ""
    until = _minute(line.until)
    same_day = until.date() == line.at.date()
    return f" ({line.times} times until {f'{until:%H:%M}' if same_day else _date(until)})"


def _row(stamp: str, text: str, rules: tuple[str, ...], width: int) -> Iterator[str]:
    """One wrapped paragraph: time on the left, rules on the right of its first row."""
    margin = f"{stamp:<18}"
    room = width - len(margin) - _RULES_WIDTH - 1
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    glued = text.replace(" %", "\N{NO-BREAK SPACE}%")
    wrapped = textwrap.wrap(glued, room, subsequent_indent=indent, break_long_words=False, drop_whitespace=True)
    labels = textwrap.wrap(" ".join(rules), _RULES_WIDTH) or [""]
    for i in range(max(len(wrapped), len(labels))):
        left = wrapped[i].replace("\N{NO-BREAK SPACE}", " ") if i < len(wrapped) else ""
        right = labels[i] if i < len(labels) else ""
        yield f"{margin if i == 0 else ' ' * 18}{left:<{room}} {right}".rstrip()
