"""The story of a symbol as values: chapters of lines, each with its rules, numbers and journal entries."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from attrs import Factory, evolve, frozen

from allusr_sdk.reports.reasons import worded

_REPEATING = frozenset({"hold", "nothing", "refused"})
FAR = "spot "  # begins what a hold says of how far the spot is
_RANGE = re.compile(FAR + r"(-?[\d.]+) to (-?[\d.]+)")
_WINDOW = "outside the entry window"


@frozen(kw_only=True)
class Detail:
    """A sentence under a line, with the rules that it rests on."""

    text: str
    rules: tuple[str, ...] = ()


@frozen(kw_only=True)
class Line:
    """One thing that happened or was left undone.

    Attributes:
        at: New York time; `until` that of the last of `times` like it.
        subject: key of the position that it is about, where it is about one.
        kind: sold, bought, closed, rolled, unfilled, level, hold, refused, nothing, gap, expired, assigned, ...
        entries: numbers of the journal entries that it was told from.
    """

    at: datetime
    kind: str
    text: str
    subject: str = ""
    rules: tuple[str, ...] = ()
    numbers: Mapping[str, Any] = Factory(dict)
    details: tuple[Detail, ...] = ()
    entries: tuple[int, ...] = ()
    until: datetime | None = None
    times: int = 1


@frozen(kw_only=True)
class Chapter:
    """A symbol in one ledger: where it stands at the end, and its lines in order of time.

    `title` names the contract or the entry that it is narrowed to; empty for all of the symbol.
    """

    symbol: str
    ledger: str
    weeks: tuple[str, ...]
    spot: float | None
    spot_at: datetime | None
    position: str
    level: int
    level_name: str
    lines: tuple[Line, ...]
    title: str = ""


def condensed(lines: Iterable[Line], symbol: str) -> tuple[Line, ...]:
    """Lines with what repeats told once: the same hold, refusal or reason in a row, and on one day.

    That the window is closed is told only on days with nothing else to tell of entries.
    """
    told: list[Line] = []
    today: dict[tuple[object, ...], int] = {}
    for line in _without_closed_windows(list(lines)):
        key = (
            line.kind,
            line.subject,
            line.rules,
            worded_hold(line.text) if line.kind == "hold" else worded(line.text, symbol),
        )
        if told and told[-1].at.date() != line.at.date():
            last = today.get(key) == len(told) - 1 and line.kind != "refused"
            today = {key: len(told) - 1} if last else {}
        if line.kind in _REPEATING and key in today and (line.kind == "refused" or not line.details):
            told[today[key]] = _joined(told[today[key]], line)
            continue
        if line.kind not in _REPEATING:
            today = {k: i for k, i in today.items() if k[0] != "hold"}
        today[key] = len(told)
        told.append(line)
    return tuple(told)


def worded_hold(text: str) -> str:
    """A hold's words up to the distance, so that its level stays in them."""
    return text.partition(f", {FAR}")[0]


def _joined(first: Line, again: Line) -> Line:
    text, ranges = again.text, [_RANGE.search(line.text) for line in (first, again)]
    if all(ranges):
        low = min(float(found[1]) for found in ranges if found)
        high = max(float(found[2]) for found in ranges if found)
        text = _RANGE.sub(f"{FAR}{low} to {high}", again.text)
    entries = (*first.entries, *again.entries)
    return evolve(
        first, until=again.at, times=first.times + again.times, text=text, numbers=again.numbers,
        details=again.details or first.details, entries=entries,
    )  # fmt: skip


def _without_closed_windows(lines: list[Line]) -> list[Line]:
    """Leave out that the window is closed where the day tells more; its entries go to that line."""
    best: dict[date, int] = {}
    for i, line in enumerate(lines):
        if line.kind in ("nothing", "refused", "sold", "bought", "unfilled") and _WINDOW not in line.text:
            best.setdefault(line.at.date(), i)
    kept = list(lines)
    for i, line in enumerate(lines):
        home = best.get(line.at.date())
        if line.kind == "nothing" and _WINDOW in line.text and home is not None and _adds_nothing(line, lines[home]):
            kept[home] = evolve(kept[home], entries=(*kept[home].entries, *line.entries))
            kept[i] = evolve(line, kind="")
    return [line for line in kept if line.kind]


def _adds_nothing(line: Line, told: Line) -> bool:
    """Whether a line says no more than that the window is closed and what another one says."""
    parts = line.text.removeprefix("nothing opened: ").split("; ")
    return all(_WINDOW in part or part in told.text for part in parts)
