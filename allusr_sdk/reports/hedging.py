"""Written legs of hedges: what one of them keeps is no premium kept, for the leg beside it loses what it gains."""

from collections.abc import Collection, Iterable

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.outstanding import HEDGE

WRITTEN = frozenset({"4010", "4020"})
"""Accounts of the results of written puts and calls."""

Leg = tuple[str, str]
"""A ledger, and an option that a hedge in it wrote."""


def legs(event: ev.Event) -> tuple[Leg, ...]:
    """The option that a hedge writes with this event, if it is one."""
    if isinstance(event, ev.Filled) and event.opening and event.quantity < 0 and event.cause.startswith(HEDGE):
        return ((event.ledger, event.instrument),)
    return ()


def legs_of(entries: Iterable[Entry]) -> frozenset[Leg]:
    """The options that hedges write in some entries."""
    return frozenset(leg for entry in entries for leg in legs(entry.event))


def is_leg(event: ev.Event, known: Collection[Leg]) -> bool:
    """Whether an event is of an option that a hedge wrote."""
    return bool(known) and (event.ledger, getattr(event, "instrument", "")) in known


def kept(entry: Entry, known: Collection[Leg]) -> int:
    """What written options that ended here kept, in cents: none of it where a hedge wrote them."""
    if is_leg(entry.event, known):
        return 0
    return -sum(line.amount for line in entry.lines if line.account in WRITTEN)
