"""Figures of Cboe's option indices that others published, beside the runs over the same months."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
from attrs import field, frozen

from tests.evidence.plans import MAIN
from tests.evidence.reading import by_year, fallen
from tests.evidence.told import Each, Table, percent

_BONDARENKO = "Bondarenko (2016), SSRN 2750188"
_JOURNAL = "Wall Street Journal, 10 December 2011, as quoted by Cboe"
_HELD = ("Hold SPY", "Hold underlyings")


@frozen
class Period:
    """Months from the end of one to the end of another, and what was published of indices over them.

    An index has its return a year and, where told, the yearly deviation of its monthly returns and its deepest fall.
    """

    first: date
    last: date
    source: str
    figures: Mapping[str, tuple[float, float | None, float | None]] = field(hash=False)


PERIODS = (
    Period(date(2001, 11, 30), date(2011, 11, 30), _JOURNAL,
           {"BXM": (0.042, None, None), "S&P 500": (0.029, None, None)}),
    Period(date(2006, 1, 31), date(2015, 12, 31), _BONDARENKO,
           {"PUT": (0.0659, 0.1151, -0.327), "WPUT": (0.0561, 0.0985, -0.242), "S&P 500": (0.0709, 0.1511, -0.509)}),
)  # fmt: skip
YEARLY = "Cboe, sheet on PUT with figures from 2007 to 2015"
PUT_BY_YEAR = {"2007": 0.095, "2008": -0.268, "2009": 0.315, "2010": 0.090, "2011": 0.062, "2012": 0.081,
               "2013": 0.123, "2014": 0.064, "2015": 0.064}  # fmt: skip


def indices(each: Each) -> Table:
    """Published indices, and beside each period what was run and held over the same months."""
    rows = [row for period in PERIODS for row in _rows(period, each)]
    return ["months", "name", "a year", "volatility", "deepest fall", "of what"], rows


def _rows(period: Period, each: Each) -> Iterator[list[str]]:
    ours = [(ways[MAIN.key], one) for ways, one in each if one.first <= period.first and period.last <= one.last]
    if not ours:
        return
    span = f"{period.first} to {period.last}"
    for index, figures in period.figures.items():
        yield [span, index, *(percent(one) if one is not None else "not told" for one in figures), period.source]
    for facts, one in ours:
        shown = {MAIN.title: ("modelled options", facts.path)}
        shown |= {name: ("closes, dividends reinvested where known", facts.paths[name])
                  for name in _HELD if name in facts.paths}  # fmt: skip
        for name, (what, path) in shown.items():
            yield [span, name, *map(percent, monthly(path, period.first, period.last)), f"{one.title}: {what}"]


def monthly(path: Mapping[date, float], first: date, last: date) -> tuple[float, float, float]:
    """Return a year, yearly deviation of monthly returns, deepest fall, all of the values at months' ends."""
    ends = {(day.year, day.month): (day, value) for day, value in path.items() if first <= day <= last}
    before = max(day for day in path if day <= first)
    kept = {before: path[before], **dict(ends.values())}
    values = np.array(list(kept.values()))
    returns = values[1:] / values[:-1] - 1
    yearly = float((values[-1] / values[0]) ** (12 / len(returns)) - 1)
    return yearly, float(np.std(returns, ddof=1) * 12**0.5), fallen(kept)


def put_years(each: Each) -> Table:
    """PUT's published calendar years beside those that were run whole."""
    columns = [(one, by_year(ways[MAIN.key].path)) for ways, one in each]
    whole = {one.key: {year for year in found if one.first.year < int(year) < one.last.year} for one, found in columns}
    years = [year for year in PUT_BY_YEAR if any(year in known for known in whole.values())]
    rows = [[year, percent(PUT_BY_YEAR[year], plus=True), *(
        percent(found[year], plus=True) if year in whole[one.key] else "" for one, found in columns)]
        for year in years]  # fmt: skip
    return ["year", "PUT", *(one.title for one, _ in columns)], rows
