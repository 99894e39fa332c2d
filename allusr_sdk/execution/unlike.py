"""What two passes have unlike: the entries that only one of them wrote, each beside what it stands in the place of."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from allusr_sdk.model.events import Decided, Event

Subject = tuple[str, str, str]
Pair = tuple[Event | None, Event | None]


def about(event: Decided) -> Subject:
    """What a decision is about: it stands until another is made about the same."""
    return event.ledger, event.symbol, event.subject


def same(one: Event, other: Event) -> bool:
    """Whether two events are the same in the journal."""
    return _identity(one) == _identity(other)


def _identity(event: Event) -> tuple[str, str, str, str, bytes]:
    return event.kind, event.ledger, event.symbol, event.rule, event.payload()


def unlike(
    stored: Sequence[Event], today: Sequence[Event], stands: Mapping[Subject, Decided], *, whole: bool
) -> list[Pair]:
    """What is stored of a pass beside what would stand there, where they differ; None for nothing.

    Args:
        stored, today: the events.
        stands: decisions from before the pass: they are what a new one replaces.
        whole: whether today's pass came to its end; else nothing is said of what it lacks.
    """
    mine, theirs = list(map(_identity, stored)), list(map(_identity, today))
    gone: list[Event] = []
    come: list[Event] = []
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += stored[a:b]
            come += today[c:d]
    pairs: list[Pair] = [(_standing(event, gone, stands), event) for event in come]
    return pairs + ([(event, None) for event in gone] if whole else [])


def _standing(event: Event, gone: list[Event], stands: Mapping[Subject, Decided]) -> Event | None:
    """What an event stands in the place of; taken out of what is gone."""
    found = next((old for old in gone if _thing(old) == _thing(event)), None)
    if found is not None:
        gone.remove(found)
        return found
    return stands.get(about(event)) if isinstance(event, Decided) else None


def _thing(event: Event) -> tuple[str, ...]:
    """What an event is about."""
    names = ("subject", "position", "key", "cause", "plugin", "after")
    return event.kind, event.ledger, event.symbol, *(str(getattr(event, name, "")) for name in names)
