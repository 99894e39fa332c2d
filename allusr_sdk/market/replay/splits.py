"""Splits between CSV bars: a list beside them, or the packaged one; the bars say whether they were restated."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import log
from pathlib import Path

import numpy as np
from attrs import frozen

from allusr_sdk.market import columns, listfile
from allusr_sdk.market.bars import SPLITS, Series
from allusr_sdk.market.clock import session_of
from allusr_sdk.model.calendar import Calendar
from allusr_sdk.model.views import Split

_PACKAGED: Mapping[str, tuple[tuple[date, int], ...]] = {
    "AAPL": ((date(2014, 6, 9), 7), (date(2020, 8, 31), 4)),
    "AMZN": ((date(2022, 6, 6), 20),),
    "GOOG": ((date(2022, 7, 18), 20),),
    "GOOGL": ((date(2014, 4, 3), 2), (date(2022, 7, 18), 20)),
    "META": (),
    "MSFT": (),
    "NVDA": ((date(2021, 7, 20), 4), (date(2024, 6, 10), 10)),
    "TSLA": ((date(2020, 8, 31), 5), (date(2022, 8, 25), 3)),
}
"""Splits of the Mag-7 from 2013 on (LQ-7), as the exchanges announced them."""


@frozen(eq=False)
class Printed:
    """Bars as they were printed, and the splits between them."""

    series: Series
    splits: tuple[Split, ...]


def listed(folder: Path, calendar: Calendar) -> Mapping[str, tuple[Split, ...]]:
    """The splits that a folder's list has (columns symbol, day, ratio: new shares for one), beside the packaged ones.

    Raises:
        DataError: a row without a whole ratio from 2 on, or on a day that is no session.
    """
    known = {symbol: tuple(Split(symbol, *row) for row in rows) for symbol, rows in _PACKAGED.items()}
    path = folder / SPLITS
    if not path.is_file():
        return known
    raw, where = listfile.read(path, "a list of splits", ("symbol", "day", "ratio"))
    names = columns.text(raw["symbol"], "symbol", where).to_pylist()
    days = columns.day(raw["day"], "day", where).to_pylist()
    ratios = columns.number(raw["ratio"], "ratio", where).to_pylist()
    found: dict[str, tuple[Split, ...]] = {}
    for i, (symbol, day, ratio) in enumerate(zip(names, days, ratios, strict=True)):
        if ratio < 2 or ratio % 1 or session_of(calendar, day) is None:
            raise where.error(i, f"{ratio} new shares for one on {day}: expected a whole number from 2 on, a session")
        found[symbol] = (*found.get(symbol, ()), Split(symbol, day, int(ratio)))
    return known | {symbol: tuple(sorted(splits, key=lambda split: split.day)) for symbol, splits in found.items()}


def printed(series: Series, splits: Sequence[Split], calendar: Calendar, hole: int) -> Printed:
    """Undo what a vendor restated; a split that no two bars less than a hole apart have between them is left out.

    A bar that opens near the close before it, and not at a share of it, was restated for the split of its day.
    """
    rows = {split: int(np.searchsorted(series.days, np.datetime64(split.day, "D"))) for split in splits}
    between = [split for split, row in rows.items() if _near(series, row, calendar, hole)]
    factor, restated = np.ones(len(series.days)), np.ones(len(series.days))
    for split in between:
        row = rows[split]
        factor[:row] /= split.ratio
        jump = log(series.values[row - 1, 3] / series.values[row, 0])
        if abs(jump) < abs(jump - log(split.ratio)):
            restated[:row] *= split.ratio
    if not between:
        return Printed(series, ())
    values = series.values.copy()
    values[:, :4] = np.where(restated[:, None] == 1.0, values[:, :4], np.round(values[:, :4] * restated[:, None], 2))
    values[:, 4] /= restated
    return Printed(Series(series.days, values, factor), tuple(between))


def _near(series: Series, row: int, calendar: Calendar, hole: int) -> bool:
    if not 0 < row < len(series.days):
        return False
    before, after = series.days[row - 1 : row + 1].astype(object).tolist()
    return calendar.sessions_left(before, after) <= hole + 1
