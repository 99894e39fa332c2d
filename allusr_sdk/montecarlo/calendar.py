"""The mornings on which a tree may grow: Mondays of years to come, or those of a run."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Self

import numpy as np
from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.montecarlo.layout import Ints

WEEK = 7
DAYS_A_YEAR = 365.25


@frozen(eq=False)
class Calendar:
    """Steps of time and the mornings between them: step k goes from `days[k]` to `days[k + 1]`.

    Attributes:
        days: New York dates of the mornings, one more than there are steps; the last one ends the last step.
        final: mornings on which a week is final, so that forks and merges are asked for (FK-1).
    """

    days: tuple[date, ...]
    final: tuple[bool, ...]

    @classmethod
    def weeks(cls, first: date, years: int) -> Self:
        """So many years of weeks from a day's Monday on (or the day's next one). Raises `InputError` below one year."""
        if years < 1:
            raise InputError(f"{years} years: take one or more")
        monday = first + timedelta(days=-first.weekday() % 7)
        count = round(years * DAYS_A_YEAR / WEEK)
        return cls(tuple(monday + timedelta(weeks=k) for k in range(count + 1)), (False, *(True,) * count))

    @classmethod
    def of(cls, days: Sequence[date]) -> Self:
        """Mornings as they were; a week is final on the first of the next one."""
        weeks = [iso_week(day) for day in days]
        return cls(tuple(days), (False, *(now != before for before, now in pairwise(weeks))))

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.days) - 1

    def quarter(self, k: int) -> str:
        """The quarter that is over on morning k (``2026-Q1``), or an empty text (FK-7)."""
        before, on = (_quarter(day) for day in (self.days[max(k - 1, 0)], self.days[k]))
        return before if before != on else ""

    def year_over(self, k: int) -> bool:
        """Whether the quarter that is over on morning k was its year's last: losses are carried no further (FK-7)."""
        return self.quarter(k) != "" and self.days[k - 1].year != self.days[k].year

    def due(self, years: int) -> Ints:
        """For each morning the first one that is so many years later (FK-3)."""
        later = [np.searchsorted(self._ordinals, _later(day, years).toordinal()) for day in self.days]
        return np.array(later, dtype=np.int64)

    def year_of(self) -> Ints:
        """The year of each step, counted from the first morning."""
        first = self.days[0]
        return np.array([_years(first, day) for day in self.days[:-1]], dtype=np.int64)

    @property
    def _ordinals(self) -> Ints:
        return np.array([day.toordinal() for day in self.days], dtype=np.int64)


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _later(day: date, years: int) -> date:
    """The same day some years later, of a 29 February the first of March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _years(first: date, day: date) -> int:
    return day.year - first.year - ((day.month, day.day) < (first.month, first.day))
