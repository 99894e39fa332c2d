"""What the newest entries of a journal say."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.office.happened import grouped, said

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

_TOLD = 12
_ROUTINE = ("Revalued", "Marked")  # said of every position each evening


@frozen(kw_only=True)
class Told:
    """A sentence of the newest entries, with its rules; `last` is the number of the entry that ends it."""

    at: datetime
    first: int
    last: int
    ledger: str
    symbol: str
    text: str
    rules: tuple[str, ...]


def activity(newest: "Iterable[Entry]") -> tuple[Told, ...]:
    """What the newest entries say, newest first."""
    found: list[Told] = []
    for group in reversed(tuple(grouped(entry for entry in newest if entry.kind not in _ROUTINE))):
        one = said(group)
        if one is not None:
            event = group[0].event
            found.append(Told(
                at=group[-1].at, first=one.first, last=one.last, ledger=event.ledger, text=one.text, rules=one.rules,
                symbol="" if event.symbol in one.text else event.symbol,
            ))  # fmt: skip
        if len(found) == _TOLD:
            break
    return tuple(found)
