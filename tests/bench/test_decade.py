"""Ten years of the synthetic market, all sleeves and the protocol; and a bare engine with the same instants."""

import json

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]

SYMBOLS = "SPY,QQQ,IWM,AAPL,MSFT,AMZN,GOOG,NVDA,TSLA,META"
PERIODS = {"decade": ("2025-06-02", "2035-05-31"), "year": ("2025-06-02", "2026-05-29")}
GOAL = "at most 2.0 x the bare engine with columns"


def test_a_synthetic_decade(figures, in_turn, script, new_home):
    def jobs(name, period):
        return {
            name: lambda: script("decade_job.py", *period, SYMBOLS, new_home()),
            f"bare engine, the {name} with columns": script("bare_market_job.py", *period, "columns", SYMBOLS),
            f"bare engine, the {name} with lazy events": script("bare_market_job.py", *period, "events", SYMBOLS),
        }

    runs = in_turn({k: v for name, period in PERIODS.items() for k, v in jobs(name, period).items()}, 1, warm=False)
    figures.processes(runs, {"decade": GOAL})
    for name in PERIODS:
        ours, columns, lazy = (
            [spent.cpu for spent in runs[each]]
            for each in (name, f"bare engine, the {name} with columns", f"bare engine, the {name} with lazy events")
        )
        figures.ratio(f"{name} / bare engine with columns, CPU", ours, columns)
        figures.ratio(f"{name} / bare engine with lazy events, CPU", ours, lazy)
    decade, year = runs["decade"], runs["year"]
    figures.ratio("decade / year, peak memory", [s.rss for s in decade], [s.rss for s in year])
    told = json.loads(decade[-1].out)
    assert told["cycles"] == int(runs["bare engine, the decade with lazy events"][-1].out.split()[0])
    assert min(told["fills"].values()) > 0
    figures.add("snapshots a second of wall, decade", [10 * told["cycles"] / s.wall for s in decade], "/s")
    figures.note(f"decade: {told['cycles']:,} cycles, {told['entries']:,} entries, fills by year {told['fills']}")
