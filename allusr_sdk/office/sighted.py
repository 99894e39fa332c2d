"""What a screen shows beside the books: when each position was last seen, and what the running week has brought."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import Factory, define, frozen

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.model.positions import Position
from allusr_sdk.reports.periods.measures import Measures
from allusr_sdk.reports.words import number

_RANGE = re.compile(r"m from (-?[\d.]+) to (-?[\d.]+) ATR")


@frozen
class Point[T]:
    """A value with the number and the instant of the entry that says it."""

    value: T
    seq: int
    at: datetime


@frozen(kw_only=True)
class Sighting:
    """What the journal said last of a position; None is unknown.

    Attributes:
        spot: price of the underlying, dollars.
        m: distance past the strike in ATR, from and to (PE-1); both the same where it is known exactly.
        mark: value a share, dollars.
    """

    spot: Point[Decimal] | None = None
    m: Point[tuple[float, float]] | None = None
    mark: Point[Decimal] | None = None


@define
class Sightings:
    """A fold over the journal: prices by symbol, distances and marks by the key of the position, the running week.

    Attributes:
        week: the ISO week of the newest entry (``2026-W07``), empty before the first.
        measures: what that week has brought so far; they go on growing.
    """

    week: str = ""
    measures: Measures = Factory(Measures)

    _spots: dict[str, Point[Decimal]] = Factory(dict)
    _m: dict[str, Point[tuple[float, float]]] = Factory(dict)
    _marks: dict[str, Point[Decimal]] = Factory(dict)

    def take(self, entry: Entry) -> None:
        """Take up an entry."""
        event = entry.event
        self._count(entry)
        numbers: Mapping[str, object] = getattr(event, "numbers", None) or {}
        spot = number(numbers, "spot")
        if spot is not None and event.symbol:
            self._spots[event.symbol] = Point(Decimal(str(spot)), entry.seq, entry.at)
        if isinstance(event, ev.Marked | ev.Revalued):
            self._marks[event.position] = Point(event.mark, entry.seq, entry.at)
        elif isinstance(event, ev.LevelChanged | ev.Watched):
            self._m[event.position] = Point((event.m, event.m), entry.seq, entry.at)
        elif isinstance(event, ev.Decided) and (found := _RANGE.search(event.why)):
            self._m[event.subject] = Point((float(found[1]), float(found[2])), entry.seq, entry.at)

    def _count(self, entry: Entry) -> None:
        week = iso_week(entry.at.astimezone(NEW_YORK).date())
        if week != self.week:
            self.week, self.measures = week, Measures()
        if entry.event.ledger and (entry.lines or isinstance(entry.event, ev.Filled)):
            self.measures.take(entry)

    def of(self, held: Position) -> Sighting:
        """What is known of a position; what was said of its key before it was opened was about another one."""
        m, mark = self._m.get(held.key), self._marks.get(held.key)
        return Sighting(
            spot=self._spots.get(held.symbol),
            m=m if m is not None and m.at >= held.opened else None,
            mark=mark if mark is not None and mark.at >= held.opened else None,
        )  # fmt: skip


def distance(held: Position, spot: Decimal | None) -> Decimal | None:
    """Dollars a share by which a written option is out of the money, negative where it is in; None where unknown."""
    if held.contract is None or held.quantity >= 0 or spot is None:
        return None
    over = spot - held.contract.strike
    return over if held.contract.is_put else -over
