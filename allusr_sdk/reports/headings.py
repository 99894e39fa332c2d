"""A week's type as a person reads it: labels, numbers, and the entries that gave each label."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any

from attrs import frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.reports.reasons import split
from allusr_sdk.reports.switches import reason, title
from allusr_sdk.reports.weeks import CALM, PREDICATES, typed
from allusr_sdk.reports.words import clock, many, named

_EARNINGS = "EARNINGS_FILTER"

OPEN = "OPEN"
"""Status of a week that the journal has not typed yet."""


@frozen(kw_only=True)
class Cause:
    """Why a label holds: an event in words, its rules, and the entries that say the same; none stood from before."""

    label: str
    text: str
    rules: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()


@frozen(kw_only=True)
class Heading:
    """The newest record of a week and ledger, the account where it is empty; amounts in dollars (WK-4)."""

    week: str
    ledger: str
    status: str
    version: int
    primary: str
    labels: tuple[str, ...]
    flags: Mapping[str, int]
    levels: Mapping[str, int]
    premium: Decimal
    premium_net: Decimal
    realised: Decimal
    unrealised: Decimal
    assignments: int
    rolls: int
    hedge_cost: Decimal
    max_vix: float | None
    causes: tuple[Cause, ...]


def headings(run: Run, week: str, *, ledger: str | None = None) -> tuple[Heading, ...]:
    """The types of a week: the account's first, then each ledger's, or one ledger's alone.

    What the journal says last stands; a week that it has not typed yet is typed as it stands, with status OPEN.
    """
    start = run.start_of(week)
    written = {
        entry.event.ledger: entry.event
        for entry in run.entries(kind="WeekTyped", after=start.seq)
        if isinstance(entry.event, ev.WeekTyped) and entry.event.week == week
    }
    found = tuple(written.values()) or typed(run, week, status=OPEN)
    wanted = [record for record in found if ledger in (None, record.ledger)]
    last = max((seq for record in wanted for seq in record.sources), default=0)
    entries = {e.seq: e for e in takewhile(lambda e: e.seq <= last, run.entries(after=start.seq))}
    return tuple(_heading(record, entries) for record in sorted(wanted, key=lambda r: bool(r.ledger)))


def _heading(record: ev.WeekTyped, entries: Mapping[int, Entry]) -> Heading:
    names = [name for name in Heading.__annotations__ if name != "causes"]
    values: dict[str, Any] = {name: getattr(record, name) for name in names}
    return Heading(**values, causes=tuple(_causes(record, entries)))


def _causes(record: ev.WeekTyped, entries: Mapping[int, Entry]) -> Iterator[Cause]:
    for label in record.labels:
        if label == CALM:
            yield Cause(label=label, text=_calm(record), rules=("WK-3",))
            continue
        sources = [entries[seq] for seq in record.sources if seq in entries and PREDICATES[label](entries[seq].event)]
        yield from (_cause(label, alike) for alike in _alike(sources))
        if not sources:
            yield Cause(label=label, text="a switch that stood when the week began", rules=("KS-4",))


def _alike(sources: Iterable[Entry]) -> Iterable[list[Entry]]:
    """Entries that say the same: decisions on one symbol, repeated."""
    found: dict[tuple[object, ...], list[Entry]] = {}
    for entry in sources:
        event = entry.event
        same = (event.ledger, event.symbol) if isinstance(event, ev.Decided) else (entry.seq,)
        found.setdefault(same, []).append(entry)
    return found.values()


def _cause(label: str, alike: Sequence[Entry]) -> Cause:
    first, last = alike[0], alike[-1]
    times = f" ({len(alike)} times until {clock(last.at):%a %H:%M})" if len(alike) > 1 else ""
    text = f"{clock(first.at):%a %H:%M} {_said(first.event)}{times}"
    rules = tuple(part for part in first.event.rule.split() if label != _EARNINGS or part == "CC-3")
    return Cause(label=label, text=text, rules=rules, entries=tuple(entry.seq for entry in alike))


def _calm(record: ev.WeekTyped) -> str:
    rises = record.flags.get("l1_count", 0)
    if record.flags.get("idle"):
        return "nothing was traded and nothing ended"
    if (top := max(record.levels.values(), default=0)) > 1:
        return f"level {top} was reached, but nothing was rolled or stopped"
    return (
        f"nothing but level 1, reached {rises} time{'s' if rises > 1 else ''}" if rises else "nothing stood against it"
    )


# --- one event in a few words ---------------------------------------------------------------------------------------


def _said(event: ev.Event) -> str:
    told = next((tell for kind, tell in _WORDS.items() if isinstance(event, kind)), None)
    about = f"{event.ledger} " if event.ledger else ""
    return f"{about}{told(event) if told else event.kind}"


def _filled(event: ev.Filled) -> str:
    if event.cause == "roll":
        return f"rolled into {many(event.quantity, event.instrument)}"
    return f"hedge by {event.cause.partition(':')[2]}: {many(event.quantity, event.instrument)}"


def _level(event: ev.LevelChanged) -> str:
    instrument = event.position.partition(":")[2]
    what = named(instrument) if contract_of(instrument) else f"{event.symbol} shares"
    return f"{what} reached level {event.after} at {event.m:.2f} ATR"


def _filtered(event: ev.Decided) -> str:
    """What a decision says of earnings, of all that it says."""
    told = [text for rule, text in split(event) if rule == "CC-3"]
    return f"{event.symbol}: {'; '.join(told) or event.why}"


def _assigned(event: ev.Assigned) -> str:
    return f"{many(event.quantity, event.instrument)} assigned{' early' if event.early else ''}"


_WORDS: Mapping[type[ev.Event], Callable[[Any], str]] = {
    ev.Filled: _filled,
    ev.LevelChanged: _level,
    ev.Assigned: _assigned,
    ev.SwitchChanged: lambda event: f"switch {title(event)} {event.before} -> {event.after}: {reason(event)}",
    ev.Decided: _filtered,
    ev.IntentRecorded: lambda event: f"{event.symbol}: {event.why}",
}
