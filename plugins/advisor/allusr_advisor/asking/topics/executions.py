"""Executions that a question is about, and what each of them is."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import contract_of
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import HEDGE

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


_SHORT = 15  # an OSI symbol is longer than strike and right


def fits(asked: Question, name: str) -> bool:
    """Whether an instrument is the contract that a question names: an OSI symbol, or strike and right."""
    if not asked.contract:
        return True
    found = contract_of(name)
    if found is None:
        return False
    if len(asked.contract) > _SHORT:
        return found.osi == asked.contract
    short, _, expiry = asked.contract.partition(":")
    same = found.right.value == short[-1] and found.strike == Decimal(short[:-1])
    return same and expiry in ("", f"{found.expiry:%m%d}")


def fills(record: Record, asked: Question) -> "list[Entry]":
    """Executions that a question is about."""
    return [
        e for e in record.about(asked, "Filled") if isinstance(e.event, ev.Filled) and fits(asked, e.event.instrument)
    ]


def opens(entry: "Entry") -> bool:
    """Whether an entry is a fill that opens or adds to something that is no hedge."""
    event = entry.event
    return isinstance(event, ev.Filled) and event.opening and not event.cause.startswith(HEDGE)


def adds(entry: "Entry") -> bool:
    """Whether an entry is a fill that opens or adds, hedges included."""
    return isinstance(entry.event, ev.Filled) and entry.event.opening


def level_after(entry: "Entry") -> int:
    """The level that an entry set; -1 for an entry that set none."""
    return entry.event.after if isinstance(entry.event, ev.LevelChanged) else -1


def rose(entry: "Entry", level: int) -> bool:
    """Whether an entry set a level, or one above it, from below."""
    return isinstance(entry.event, ev.LevelChanged) and entry.event.after >= level > entry.event.before


def position_of(entry: "Entry") -> str:
    """The instrument whose level an entry set; empty for another entry."""
    return entry.event.position.partition(":")[2] if isinstance(entry.event, ev.LevelChanged) else ""


def size_of(entry: "Entry") -> int:
    """Signed units of a fill; 0 for another entry."""
    return entry.event.quantity if isinstance(entry.event, ev.Filled) else 0


def cause_of(entry: "Entry") -> str:
    """What a fill was for; empty for another entry."""
    return entry.event.cause if isinstance(entry.event, ev.Filled) else ""


def by_order(found: Iterable["Entry"]) -> "dict[tuple[str, str], list[Entry]]":
    """Fills by their order and instrument."""
    own: dict[tuple[str, str], list[Entry]] = {}
    for entry in found:
        if isinstance(entry.event, ev.Filled):
            own.setdefault((entry.event.key, entry.event.instrument), []).append(entry)
    return own
