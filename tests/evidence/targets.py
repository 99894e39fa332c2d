"""How the ways stand to the target, and what the best of them is worth; every number is one of a run."""

from collections.abc import Mapping

import numpy as np

from allusr_sdk.reports.evidence import deflated_best, overfitting, probabilistic
from allusr_sdk.reports.evidence.overfitting import BLOCKS
from allusr_sdk.reports.evidence.sharpe import Shape
from allusr_sdk.reports.periods.statistics import SESSIONS
from tests.evidence.plans import MAIN, Bars
from tests.evidence.reading import by_year
from tests.evidence.told import HELD, HIGH, LOW, Each, Table, Ways, interval, percent, shown, those


def target(each: Each) -> Table:
    """How often twelve months came to the target, by way."""
    rows = []
    for ways, one in each:
        for way in those(ways):
            facts = ways[way.key]
            rows.append([f"{one.title}: {way.title}", shown(facts.estimate("cagr")), interval(facts.estimate("cagr")),
                         *_often(facts.path)])  # fmt: skip
        for name in ("Hold SPY", "Hold underlyings"):
            path = ways[MAIN.key].paths.get(name)
            key = {v: k for k, v in HELD.items()}[name]
            if path:
                cagr = ways[MAIN.key].estimate("cagr", key)
                rows.append([f"{one.title}: {name}", shown(cagr), interval(cagr), *_often(path)])
    return [
        "",
        "CAGR",
        "95 % interval",
        "years of 20 % or more",
        "of 20 to 30 %",
        "years below zero",
        "12 months at 20 % or more",
    ], rows


def _often(path: Mapping) -> list[str]:
    found = list(by_year(path).values())
    values = np.array(list(path.values()))
    rolling = values[SESSIONS:] / values[:-SESSIONS] - 1
    share = percent(float((rolling >= LOW).mean())) if len(rolling) else "unknown"
    over, between = sum(v >= LOW for v in found), sum(LOW <= v <= HIGH for v in found)
    return [f"{over} of {len(found)}", f"{between}", f"{sum(v < 0 for v in found)}", share]


def verdict(ways: Ways, one: Bars) -> str:
    """How the main way stands to the target, without make-up."""
    cagr = ways[MAIN.key].estimate("cagr")
    missing = LOW - cagr["value"]
    if missing <= 0:
        return (f"{one.title}: {shown(cagr)} a year on modelled options is no proof of 20 % on real ones; what it came "
                "from, and what this page does not show, say why.")  # fmt: skip
    high = cagr["high"]
    far = "Even the interval's upper end is below 20 %." if high is not None and high < LOW else (
        "The interval reaches 20 %, so chance alone could have brought it.")  # fmt: skip
    return f"{one.title}: {missing * 100:.1f} points a year are missing to the target's lower end. {far}"


def trials(each: Each) -> Table:
    """The best of the ways, and what it is worth for being the best of several."""
    rows = []
    for ways, one in each:
        tried = those(ways)
        days = [day for day in ways[MAIN.key].path if all(day in ways[way.key].path for way in tried)]
        values = np.array([[ways[way.key].path[day] for way in tried] for day in days])
        returns = values[1:] / values[:-1] - 1
        rate = ways[MAIN.key].rate / SESSIONS
        shapes = [Shape.of(returns[:, i], rate) for i in range(len(tried))]
        best = max(range(len(tried)), key=lambda i: shapes[i].ratio)
        over = overfitting(returns, rate=rate) if len(returns) >= 2 * BLOCKS else None
        rows.append([one.title, tried[best].title, f"{shapes[best].ratio * SESSIONS**0.5:.2f}",
                     percent(probabilistic(shapes[best])), percent(deflated_best(returns, rate)),
                     percent(None if over is None else over.probability)])  # fmt: skip
    return ["set", "best of them", "Sharpe", "P(Sharpe > 0), were it alone", "deflated", "overfitted"], rows
