"""A five-minute year of ten underlyings, all sleeves and the protocol; and a bare engine with the same instants."""

import json

import pytest

from tests.bench.measuring import rounds, script
from tests.bench.parts import CPU, WALL

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

SYMBOLS = "SPY,QQQ,IWM,AAPL,MSFT,AMZN,GOOG,NVDA,TSLA,META"
YEAR = ("2025-06-02", "2026-05-29")
ROUNDS = rounds(3)
OURS, COLUMNS, LAZY = "year", "bare engine, events with columns", "bare engine, lazy events"


def test_a_synthetic_year(figures, children, new_home):
    runs = children.in_turn({
        OURS: lambda: script("decade_job.py", *YEAR, SYMBOLS, new_home()),
        COLUMNS: script("bare_market_job.py", *YEAR, "columns", SYMBOLS),
        LAZY: script("bare_market_job.py", *YEAR, "events", SYMBOLS),
    }, ROUNDS, warm=False)  # fmt: skip
    told = json.loads(runs[OURS][-1].out)
    assert told["cycles"] == int(runs[LAZY][-1].out.split()[0])
    figures.processes(runs)
    figures.beside(runs, OURS, COLUMNS, most={WALL: 1.5, CPU: 1.5})
    figures.beside(runs, OURS, LAZY)
    figures.add("cycles a second of wall", [told["cycles"] / s.wall for s in runs[OURS]], "/s")
    figures.note("cycles", f"{told['cycles']:,}")
    figures.note("entries", f"{told['entries']:,}")
    figures.note("fills", f"{sum(told['fills'].values()):,}")
