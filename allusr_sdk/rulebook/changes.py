"""What tells two rulebooks apart."""

from attrs import frozen

from allusr_sdk.rulebook.book import Rulebook
from allusr_sdk.rulebook.values import Value


@frozen
class Change:
    """One value that differs; texts carry the unit. `effect` is tighter, looser or other."""

    key: str
    before: str
    after: str
    effect: str


def changes(before: Rulebook, after: Rulebook) -> tuple[Change, ...]:
    """The values that differ, in the order of the rulebook; one that only one of them has stands as ``none``."""
    old, new = _values(before), _values(after)
    keys = dict.fromkeys((*old, *new))
    return tuple(_change(key, old.get(key), new.get(key)) for key in keys if not _same(old.get(key), new.get(key)))


def _same(before: Value | None, after: Value | None) -> bool:
    return before is not None and after is not None and before.value == after.value


def _values(book: Rulebook) -> dict[str, Value]:
    return {value.key: value for rule in book.rules.values() for value in rule.values.values()}


def _change(key: str, before: Value | None, after: Value | None) -> Change:
    texts = (before.shown() if before else "none", after.shown() if after else "none")
    if before is None or after is None or not before.fixed:
        return Change(key, *texts, "other")
    return Change(key, *texts, "tighter" if before.admits(after.value) else "looser")
