"""Where a run's weeks began: the last entry before each, and the books then (section 5)."""

from datetime import UTC, date, datetime, time, timedelta

from attrs import frozen

from allusr_sdk.ledger.book import Fold
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.model.positions import Book

_KEPT = 3


@frozen
class Start:
    """Number of the last entry before a week, 0 where none is, and the books after it."""

    seq: int
    book: Book


def monday(week: str) -> datetime:
    """The instant at which an ISO week begins in New York, as aware UTC."""
    year, _, number = week.partition("-W")
    day = date.fromisocalendar(int(year), int(number), 1)
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


class Starts:
    """The starts of the newest weeks, kept while a run is written or folded, so that no week needs a second fold."""

    def __init__(self) -> None:
        self._kept: dict[str, Start] = {}
        self._next = datetime.min.replace(tzinfo=UTC)

    def turn(self, at: datetime, seq: int, fold: Fold) -> None:
        """See an entry that comes after entry `seq` and the books of `fold`."""
        if at < self._next:
            return
        day = at.astimezone(NEW_YORK).date()
        self._kept[iso_week(day)] = Start(seq, fold.book)
        self._next = monday(iso_week(day + timedelta(days=7)))
        for week in tuple(self._kept)[:-_KEPT]:
            del self._kept[week]

    def of(self, week: str) -> Start | None:
        """The start of a week, or None where it is no longer kept or had no entry."""
        return self._kept.get(week)
