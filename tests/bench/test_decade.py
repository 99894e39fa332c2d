"""Ten years of the synthetic market, all sleeves and the protocol; and a bare engine with the same events."""

import json
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

SYMBOLS = "SPY,QQQ,IWM,AAPL,MSFT,AMZN,GOOG,NVDA,TSLA,META"
DECADE = ("2025-06-02", "2035-05-31")
YEAR = ("2025-06-02", "2026-05-29")


def days(period):
    return ("--from", period[0], "--to", period[1])


def test_a_synthetic_decade(figures, in_turn, script, new_home):
    allusr = Path(sys.executable).with_name("allusr")

    def ours(period):
        return lambda: (allusr, "run", "--symbols", SYMBOLS, *days(period), "--json", "--home", new_home())

    runs = in_turn({
        "synthetic decade": ours(DECADE),
        "bare engine, the same events": script("bare_market_job.py", *DECADE, "events", SYMBOLS),
        "synthetic year": ours(YEAR),
        "bare engine, a year with every chain made": script("bare_market_job.py", *YEAR, "chains", SYMBOLS),
    }, 1, warm=False)  # fmt: skip
    decade, year = runs["synthetic decade"], runs["synthetic year"]
    bare, chains = runs["bare engine, the same events"], runs["bare engine, a year with every chain made"]
    told = json.loads(decade[-1].out)
    assert told["complete"]
    assert int(bare[-1].out.split()[0]) == told["cycles"]
    figures.processes(runs, {"synthetic decade": "at most 2.0 x the bare engine"})
    figures.ratio(
        "synthetic decade / bare engine with the same events, CPU", [s.cpu for s in decade], [s.cpu for s in bare]
    )
    figures.ratio(
        "synthetic year / bare engine with every chain made, CPU", [s.cpu for s in year], [s.cpu for s in chains]
    )
    figures.ratio("decade / year, peak memory", [s.rss for s in decade], [s.rss for s in year])
    figures.add("snapshots a second of wall, decade", [10 * told["cycles"] / s.wall for s in decade], "/s")
    figures.note(f"synthetic decade: {told['cycles']:,} cycles, {told['entries']:,} entries")
