"""Ordinary dividends from a list: ``dividends.csv`` (or ``.parquet``) beside the daily bars."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import Self

import pyarrow as pa
from attrs import define, frozen

from allusr_sdk.errors import DataError
from allusr_sdk.market import columns, listfile
from allusr_sdk.market.clock import session_of
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.money import price
from allusr_sdk.model.views import Dividend

NAMES = ("dividends.csv", "dividends.csv.gz", "dividends.parquet")
COLUMNS = ("symbol", "ex_day", "amount")


@frozen
class Announced:
    """A dividend and the day from which it was known, None where the list does not say."""

    dividend: Dividend
    since: date | None


@define(frozen=True, eq=False, slots=False)
class DividendCalendar:
    """Dividends by symbol, soonest first. Without a column ``announced`` they are known as far ahead as they stand."""

    entries: tuple[Announced, ...] = ()

    @classmethod
    def beside(cls, daily: Path) -> Self:
        """The list in a folder of daily bars; empty where there is none. Raises `DataError` where there are two."""
        found = [daily / name for name in NAMES if (daily / name).is_file()]
        if len(found) > 1:
            raise DataError(f"{daily.name}: {' and '.join(path.name for path in found)}: keep one list of dividends")
        return cls.load(found[0]) if found else cls()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read columns symbol, ex_day, amount (dollars a share) and, where they are there, announced and pay_day.

        Raises `DataError` naming the row.
        """
        raw, where = listfile.read(path, "a list of dividends", COLUMNS)
        names = columns.text(raw["symbol"], "symbol", where).to_pylist()
        days = columns.day(raw["ex_day"], "ex_day", where).to_pylist()
        amounts = columns.number(raw["amount"], "amount", where).to_pylist()
        for i, (day, amount) in enumerate(zip(days, amounts, strict=True)):
            if not (isfinite(amount) and amount > 0):
                raise where.error(i, f"amount {amount} is not above zero")
            if session_of(xnys(), day) is None:
                raise where.error(i, f"ex_day {day} is no session")
        since = _days(raw, "announced", where, len(names))
        paid = _pay_days(raw, where, days)
        rows = zip(names, days, amounts, paid, since, strict=True)
        made = [Announced(Dividend(name, day, price(amount), pay), known) for name, day, amount, pay, known in rows]
        return cls(tuple(sorted(made, key=lambda entry: (entry.dividend.symbol, entry.dividend.ex_day))))

    def ahead(self, day: date) -> Mapping[str, tuple[Dividend, ...]]:
        """By symbol, the dividends after a day that were known on it."""
        known = (e.dividend for e in self.entries if e.dividend.ex_day > day and (e.since is None or e.since <= day))
        return {symbol: tuple(found) for symbol, found in groupby(known, key=lambda dividend: dividend.symbol)}

    def on(self, day: date) -> tuple[Dividend, ...]:
        """The dividends with this ex-date, by symbol."""
        return self._by_day.get(day, ())

    @cached_property
    def _by_day(self) -> Mapping[date, tuple[Dividend, ...]]:
        found: dict[date, tuple[Dividend, ...]] = {}
        for entry in self.entries:
            found[entry.dividend.ex_day] = (*found.get(entry.dividend.ex_day, ()), entry.dividend)
        return found


def _pay_days(raw: Mapping[str, pa.Array], where: columns.Where, days: Sequence[date]) -> list[date | None]:
    paid = _days(raw, "pay_day", where, len(days))
    for i, (ex_day, day) in enumerate(zip(days, paid, strict=True)):
        if day is not None and day < ex_day:
            raise where.error(i, f"pay_day {day} is before ex_day {ex_day}")
    return paid


def _days(raw: Mapping[str, pa.Array], name: str, where: columns.Where, count: int) -> list[date | None]:
    """A column of days that a list may lack: None in every row then."""
    return list(columns.day(raw[name], name, where).to_pylist()) if name in raw else [None] * count
