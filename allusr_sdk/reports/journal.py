"""A journal as text that a person reads and a diff compares: one line an entry, nothing of place or version in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import fields, has

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Watch
from allusr_sdk.reports.words import clock

_COLUMNS = ("ledger", "symbol", "rule")
_WORDS = ("verdict", "why", "text", "reason", "cause", "error")
_OSI = re.compile(r"\b([A-Z]{1,5}\d?) +(\d{6}[CP]\d{8})")
# What names a place or a version, and so differs where nothing was decided otherwise.
_LEFT_OUT = frozenset({"settings", "rulebook", "plugins", "execution", "market"})


def written(entries: Iterable[Entry]) -> Iterator[str]:
    """Each entry as a line: number, New York time, state, ledger, symbol, kind, rules, words, numbers and postings."""
    for entry in entries:
        event = entry.event
        parts = (
            f"#{entry.seq:<4} {clock(entry.at):%Y-%m-%d %H:%M:%S} {entry.state:<11}",
            f"{event.ledger or '-':<8} {event.symbol or '-':<5} {entry.kind:<14} [{event.rule}]",
            words(event),
            _beside(numbers(event)),
            *_postings(entry),
        )
        yield " ".join(part for part in parts if part)


def words(event: ev.Event) -> str:
    """What an event says in words: verdict and reason, or an empty text."""
    return ": ".join(str(getattr(event, name)) for name in _WORDS if getattr(event, name, ""))


def numbers(event: ev.Event) -> tuple[str, ...]:
    """What else an event holds, each part as ``name=value``."""
    skipped = {*_COLUMNS, *_WORDS, *_LEFT_OUT}
    mine = [f for f in fields(type(event)) if f.name not in skipped and getattr(event, f.name) != f.default]
    return tuple(part for f in mine for part in _told(f.name, getattr(event, f.name)))


def _beside(told: tuple[str, ...]) -> str:
    return f"| {' '.join(told)}" if told else ""


def _told(name: str, value: object) -> Iterator[str]:
    """``name=value``; what a mapping or a watch holds stands by its own names."""
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from _told(str(key).replace(" ", "_"), value[key])
    elif isinstance(value, Watch):
        for part in fields(Watch):
            yield from _told(part.name, getattr(value, part.name))
    elif value not in (None, "", ()):
        yield f"{name}={_plain(value)}"


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever an event holds
    if isinstance(value, datetime):
        return f"{clock(value):%Y-%m-%dT%H:%M:%S}"
    if isinstance(value, tuple | list):
        return ",".join(_plain(part) for part in value)
    if has(type(value)):
        return "/".join(_plain(getattr(value, part.name)) for part in fields(type(value)))
    if isinstance(value, float | Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value}"
    return _OSI.sub(r"\1\2", str(value)).replace(" ", "_")


def _postings(entry: Entry) -> Iterator[str]:
    if entry.lines:
        yield "| " + ", ".join(f"{line.account} {Decimal(line.amount) / 100:+,.2f}" for line in entry.lines)
