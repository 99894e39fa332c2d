"""A year of the synthetic market, ten underlyings at five minutes, with all built-in plugins; and a bare engine."""

import json
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

ROUNDS = 3
YEAR = (
    "run", "--symbols", "SPY,QQQ,IWM,AAPL,MSFT,AMZN,GOOG,NVDA,TSLA,META",
    "--from", "2025-06-02", "--to", "2026-05-29", "--json",
)  # fmt: skip
OURS = ("kernel", "plugins", "ledger")


def test_a_synthetic_year(figures, in_turn, child, script, new_home, tmp_path):
    allusr, report = Path(sys.executable).with_name("allusr"), tmp_path / "territories.json"
    metered = child(*script("metered_job.py", report, *YEAR, "--home", new_home()))
    told, spent = json.loads(metered.out), json.loads(report.read_text())
    steps = told["cycles"]
    runs = in_turn({
        "synthetic year": lambda: (allusr, *YEAR, "--home", new_home()),
        "bare nautilus engine": script("bare_engine_job.py", steps),
    }, ROUNDS, warm=False)  # fmt: skip
    ours, bare = runs["synthetic year"], runs["bare nautilus engine"]
    again = json.loads(ours[-1].out)
    assert again["head"] == told["head"]
    assert int(bare[-1].out) == steps
    figures.processes(runs, {"synthetic year": "about a minute"})
    figures.ratio("synthetic year / bare nautilus engine, CPU", [s.cpu for s in ours], [s.cpu for s in bare])
    figures.add("cycles a second of wall", [told["cycles"] / s.wall for s in ours], "/s")
    total = sum(spent["seconds"].values())
    for name, seconds in sorted(spent["seconds"].items(), key=lambda pair: -pair[1]):
        figures.add(f"synthetic year with stopwatches: {name}", [100 * seconds / total], "%")
    own = sum(spent["seconds"].get(name, 0) for name in OURS)
    figures.add(f"synthetic year with stopwatches: our own Python ({', '.join(OURS)})", [100 * own / total], "%")
    figures.note(f"synthetic year: {told['cycles']:,} cycles, {told['entries']:,} entries, bare engine {steps:,} steps")
