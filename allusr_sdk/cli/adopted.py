"""The rulebook of a home as it travels to workers: the packaged one, and the changes that persons approved."""

from functools import lru_cache
from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.rulebook import Rulebook

Changes = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4)
def rulebook(adopted: tuple[Changes, ...]) -> "Rulebook":
    """The packaged rulebook with what was approved."""
    from allusr_sdk.rulebook import Rulebook

    book = Rulebook.default()
    for changes in adopted:
        book = book.adopted(dict(changes))
    return book


def adopted_in(home: str) -> tuple[Changes, ...]:
    """What was approved in a home, in the order of its approval; nothing where there is no ledger."""
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger

    try:
        with open_ledger(home, create=False) as ledger:
            approved = [one for one in Governance(ledger).proposals if one.approved]
    except InputError:
        return ()
    approved.sort(key=lambda one: int(one.approved.split(".")[1]))  # each approval makes the next version
    return tuple(tuple(one.event.changes.items()) for one in approved)
