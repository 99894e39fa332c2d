"""The exchange's schedule from `exchange_calendars`, which brings pandas: imported when a calendar is asked for."""

from functools import cached_property
from typing import Any

import pandas as pd
from exchange_calendars.exchange_calendar import HolidayCalendar
from exchange_calendars.exchange_calendar_xnys import XNYSExchangeCalendar

from allusr_sdk.model.calendar import FIRST, LAST


class _Holidays(HolidayCalendar):  # type: ignore[misc]
    """Holidays of the years that we know; of themselves they are worked out from 1970 to 2200."""

    def holidays(self, start: Any = FIRST, end: Any = LAST, return_name: bool = False) -> Any:  # noqa: ANN401
        return super().holidays(start, end, return_name)


class _Nyse(XNYSExchangeCalendar):  # type: ignore[misc]
    @cached_property
    def regular_holidays(self) -> _Holidays:
        return _Holidays(super().regular_holidays.rules)


def schedule() -> pd.DataFrame:
    """Each session's `open` and `close` in UTC."""
    return pd.DataFrame(_Nyse(start=FIRST, end=LAST).schedule)
