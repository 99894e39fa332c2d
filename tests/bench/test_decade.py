"""Ten years of the synthetic market, all sleeves and the protocol: memory at each year's end, and a bare engine."""

import json
import statistics

import pytest

from tests.bench.measuring import rounds, script
from tests.bench.test_year import SYMBOLS

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

DECADE = ("2025-06-02", "2035-05-31")
ROUNDS = rounds(1)
OURS, COLUMNS = "decade", "bare engine, events with columns"


def test_a_synthetic_decade(figures, children, new_home):
    runs = children.in_turn({
        OURS: lambda: script("decade_job.py", *DECADE, SYMBOLS, new_home()),
        COLUMNS: script("bare_market_job.py", *DECADE, "columns", SYMBOLS),
    }, ROUNDS, warm=False)  # fmt: skip
    told = [json.loads(spent.out) for spent in runs[OURS]]
    assert min(told[0]["fills"].values()) > 0
    figures.processes(runs)
    figures.beside(runs, OURS, COLUMNS)
    figures.add("cycles a second of wall", [told[0]["cycles"] / s.wall for s in runs[OURS]], "/s")
    for name in ("cycles", "entries"):
        figures.note(name, f"{told[0][name]:,}")
    figures.note("fills", ", ".join(f"{number:,} in {year}" for year, number in told[0]["fills"].items()))
    resident([each["resident"] for each in told], figures)


def resident(runs, figures):
    """Resident memory when each simulated year ended, and how it grew: from the first to the last, and a year."""
    for year in runs[0]:
        figures.add(f"resident memory at the end of {year}", [run[year] for run in runs], "MB", group="memory")
    ends = [list(run.values()) for run in runs]
    figures.add("last year's end / first year's", [end[-1] / end[0] for end in ends], "x", group="memory", most=1.1)
    slopes = [statistics.linear_regression(range(len(end)), end).slope for end in ends]
    figures.add("growth by a straight line through all", slopes, "MB a year", group="memory")
