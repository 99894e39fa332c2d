"""A combo's executions, leg by leg, brought together: as many of the combo as both legs have."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from allusr_sdk.model.broker import Execution, Part


class Combo:
    """Two legs, one for one; the first is bought."""

    def __init__(self, legs: Sequence[Part]) -> None:
        self._waiting: dict[str, list[Execution]] = {leg.instrument: [] for leg in legs}
        self._known: set[str] = set()

    def add(self, item: Execution) -> Iterator[tuple[int, Decimal, tuple[Execution, ...]]]:
        """Take one execution; where both legs now have as many, that number, what it cost per share, and the parts.

        One that was taken before is told twice, and is no more of it (B07).
        """
        if item.id in self._known:
            return
        self._known.add(item.id)
        self._waiting[item.instrument].append(item)
        counts = {sum(abs(part.quantity) for part in parts) for parts in self._waiting.values()}
        if len(counts) > 1:
            return
        parts = tuple(part for waiting in self._waiting.values() for part in waiting)
        self._waiting = {name: [] for name in self._waiting}
        count = counts.pop()
        yield count, sum((part.price * part.quantity for part in parts), Decimal(0)) / count, parts
