"""Report dates from a CSV or Parquet file, as they were known on a day (CC-3)."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Self

from attrs import define, field

from allusr_sdk.errors import DataError
from allusr_sdk.market import columns, listfile
from allusr_sdk.model.views import EarningsDate

COLUMNS = ("symbol", "date", "session", "confirmed", "as_of")
_SESSIONS = {"BMO": "BMO", "AMC": "AMC"}
_FLAGS = {"TRUE": True, "FALSE": False, "YES": True, "NO": False, "1": True, "0": False}


@define(frozen=True, eq=False, slots=False)
class EarningsCalendar:
    """Report dates; an entry is unknown before its `as_of` day."""

    entries: tuple[EarningsDate, ...] = ()
    _by_day: dict[date, Mapping[str, tuple[EarningsDate, ...]]] = field(factory=dict, init=False, repr=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read columns symbol, date, session (BMO or AMC), confirmed (true or false), as_of.

        Raises `DataError` naming the row.
        """
        if not path.is_file():
            raise DataError(f"no earnings file at {path}")
        raw, where = listfile.read(path, "an earnings calendar", COLUMNS)
        days = {name: columns.day(raw[name], name, where).to_pylist() for name in ("date", "as_of")}
        names = columns.text(raw["symbol"], "symbol", where).to_pylist()
        sessions = columns.one_of(_SESSIONS, raw["session"], "session", where)
        flags = columns.one_of(_FLAGS, raw["confirmed"], "confirmed", where)
        rows = zip(names, days["date"], sessions, flags, days["as_of"], strict=True)
        return cls(tuple(EarningsDate(*row) for row in rows))

    def known(self, day: date) -> Mapping[str, tuple[EarningsDate, ...]]:
        """By symbol, what the calendar knew on a day; of one report date the newest entry."""
        if day not in self._by_day:
            visible = sorted((e for e in self.entries if e.as_of <= day), key=lambda e: (e.symbol, e.day, e.as_of))
            newest = {(e.symbol, e.day): e for e in visible}
            symbols = dict.fromkeys(symbol for symbol, _ in newest)
            self._by_day[day] = {s: tuple(e for (of, _), e in newest.items() if of == s) for s in symbols}
        return self._by_day[day]
