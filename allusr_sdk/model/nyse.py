"""The exchange's schedule from `exchange_calendars`, which brings pandas: imported when a calendar is asked for."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import pandas as pd
from exchange_calendars.exchange_calendar import HolidayCalendar
from exchange_calendars.exchange_calendar_xnys import XNYSExchangeCalendar


def schedule(first: str, last: str) -> pd.DataFrame:
    """The `open` and `close`, in UTC, of each session from one day to another."""
    return pd.DataFrame(_Nyse(first, last).schedule)


class _Holidays(HolidayCalendar):  # type: ignore[misc]
    """Holidays of some years; of themselves they are worked out from 1970 to 2200."""

    def __init__(self, rules: Iterable[Any], first: str, last: str) -> None:
        super().__init__(rules)
        self._first, self._last = first, last

    def holidays(self, start: Any = None, end: Any = None, return_name: bool = False) -> Any:  # noqa: ANN401
        return super().holidays(start or self._first, end or self._last, return_name)


class _Nyse(XNYSExchangeCalendar):  # type: ignore[misc]
    def __init__(self, first: str, last: str) -> None:
        self._years = first, last
        super().__init__(start=first, end=last)

    @cached_property
    def regular_holidays(self) -> _Holidays:
        return _Holidays(super().regular_holidays.rules, *self._years)
