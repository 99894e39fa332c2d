"""Telling kill switches: whose, by which cause, from where to where, on which value, by whom (KS-8)."""

from collections.abc import Iterator

from attrs import frozen

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Book
from allusr_sdk.reports.words import spoken

Told = tuple[str, str]


@frozen(kw_only=True)
class Standing:
    """A switch that is not NONE: `scope` is a ledger, or `account`."""

    scope: str
    cause: str
    tier: str


def standing(book: Book) -> tuple[Standing, ...]:
    """Every switch that stands, the account's first."""
    return tuple(
        Standing(scope=scope, cause=cause, tier=tier)
        for scope, found in (("account", book.switches), *((n, b.switches) for n, b in book.ledgers.items()))
        for cause, tier in sorted(found.items())
    )


def changed(event: ev.SwitchChanged, entry: Entry) -> Told:
    """The line of a switch that moved."""
    return "switch", f"KILL SWITCH {title(event)} {event.before} -> {event.after}: {reason(event)}"


def waiting(event: ev.SwitchWaiting, entry: Entry) -> Told:
    """The line of a VIX that waits for more samples."""
    value = "VIX" if event.value is None else f"VIX {event.value:.2f}"
    if event.tier == "NONE":
        return "waiting", f"{value}: no tier waits for another sample"
    if not event.count:
        return "waiting", f"{value} fell back before {event.tier} was confirmed; entries are free of it again"
    return "waiting", f"{value} is over the threshold of {event.tier}: sample {event.count}; entries wait for the next"


def title(event: ev.SwitchChanged) -> str:
    """``VIX, account``."""
    return f"{event.cause}, {event.ledger or 'account'},"


def reason(event: ev.SwitchChanged) -> str:
    """Why it moved: words, value, threshold, who, and how many orders were asked to go."""
    return "; ".join(part for part in (_measured(event), *_people(event)) if part)


def _measured(event: ev.SwitchChanged) -> str:
    value = "" if event.value is None else f"{event.value:.2f}"
    limit = "" if event.threshold is None else f"threshold {event.threshold:g}"
    numbers = ", ".join(part for part in (value, limit) if part)
    return " ".join(part for part in (spoken(event.reason), f"({numbers})" if numbers else "") if part)


def _people(event: ev.SwitchChanged) -> Iterator[str]:
    if event.actor != "system":
        yield f"by {event.actor}"
    if event.approver:
        yield f"approved by {event.approver}"
    if event.samples:
        yield f"samples {', '.join(event.samples)}"
    if event.cancels:
        yield f"{event.cancels} working order{'s' if event.cancels > 1 else ''} cancelled"
