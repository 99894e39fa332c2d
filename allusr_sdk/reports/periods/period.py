"""ISO weeks, months and quarters as periods of New York dates."""

from datetime import date, timedelta

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.calendar import iso_week

WEEK, MONTH, QUARTER = "week", "month", "quarter"
KINDS = (WEEK, MONTH, QUARTER)
_MONTHS = {MONTH: 1, QUARTER: 3}


@frozen
class Period:
    """A week (Monday to Sunday), a month or a quarter; both dates are included."""

    kind: str
    label: str
    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether a New York date lies in it."""
        return self.first <= day <= self.last


def period_of(kind: str, day: date) -> Period:
    """The period of a kind that a date lies in. Raises `InputError` for another kind."""
    if kind == WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(kind, iso_week(day), first, first + timedelta(days=6))
    if kind not in _MONTHS:
        raise InputError(f"a report covers a week, a month or a quarter, not a {kind}")
    months = _MONTHS[kind]
    number = (day.month - 1) // months
    first = date(day.year, number * months + 1, 1)
    label = f"{first:%Y-%m}" if kind == MONTH else f"{first.year}-Q{number + 1}"
    return Period(kind, label, first, _months_on(first, months) - timedelta(days=1))


def _months_on(first: date, count: int) -> date:
    years, month = divmod(first.month - 1 + count, 12)
    return date(first.year + years, month + 1, 1)
