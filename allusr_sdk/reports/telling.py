"""A chapter of a story as rows of text: time on the left, rules on the right."""

import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta

from allusr_sdk.reports.story import Chapter, Line

_RULES_WIDTH = 26  # beyond it, rules go under the text


def told(chapter: Chapter, width: int) -> Iterator[str]:
    """A chapter's heading and all its lines, wrapped to a width in characters."""
    yield heading(chapter)
    for line in chapter.lines:
        yield from rows(line, width)


def heading(chapter: Chapter) -> str:
    """What the chapter is about, and where it stands at the end."""
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


def _untold(chapter: Chapter) -> bool:
    """Whether the symbol is no part of the title."""
    return bool(chapter.symbol) and not chapter.title.startswith(f"{chapter.symbol} ")


def _minute(at: datetime) -> datetime:
    """An instant to the nearest minute."""
    return (at + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _date(at: datetime) -> str:
    return f"{at:%a} {at.day:>2} {at:%b %H:%M}"


def rows(line: Line, width: int) -> Iterator[str]:
    """A line with its details, wrapped."""
    yield from row(_date(_minute(line.at)), line.text + _repeated(line), line.rules, width)
    for detail in line.details:
        yield from row("", f"  {detail.text}", detail.rules, width)


def _repeated(line: Line) -> str:
    if line.times == 1 or line.until is None:
        return ""
    until = _minute(line.until)
    same_day = until.date() == line.at.date()
    return f" ({line.times} times until {f'{until:%H:%M}' if same_day else _date(until)})"


def row(stamp: str, text: str, rules: tuple[str, ...], width: int) -> Iterator[str]:
    """One wrapped paragraph: `stamp` on the left, rules on the right of its first row."""
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
