"""A sweep of a hundred variants by one worker, and by as many as the machine has processors."""

import json
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.bench.measuring import rounds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

ROUNDS = rounds(2)
CORES = os.cpu_count()
ONE, ALL = "one worker", f"{CORES} workers"
VARIANTS = 100
SWEEP = (
    "sweep", "--symbols", "SPY,AAPL", "--from", "2026-01-05", "--to", "2026-02-06",
    "--over", "sleeves.gen_acc.delta_low=0.40:0.449:0.001", "--over", "sleeves.gen_acc.dte_max=0,1",
)  # fmt: skip


def heads(folder):
    """The hash of each trial's journal, in order of trials."""
    table = pq.read_table(folder / "trials.parquet", columns=["trial", "head"])
    return table.sort_by("trial")["head"].to_pylist()


def test_a_sweep_of_a_hundred_variants(figures, children, tmp_path):
    places = {ONE: [], ALL: []}

    def sweep(name, workers):
        places[name].append(tmp_path / f"{name} {len(places[name])}")
        kept = ("--json", "--workers", workers, "--out", places[name][-1], "--home", tmp_path / "home")
        return (Path(sys.executable).with_name("allusr"), *SWEEP, *kept)

    runs = children.in_turn({ONE: lambda: sweep(ONE, 1), ALL: lambda: sweep(ALL, CORES)}, ROUNDS, warm=False)
    assert all(json.loads(each.out)["judged"]["ended"] == VARIANTS for name in places for each in runs[name])
    assert len({tuple(heads(folder)) for folders in places.values() for folder in folders}) == 1
    figures.processes(runs)
    efficiency = [one.wall / (CORES * every.wall) for one, every in zip(runs[ONE], runs[ALL], strict=True)]
    figures.add(f"{ONE} / ({CORES} x {ALL}), wall", efficiency, "x", least=0.85)
    figures.note("command", f"allusr {' '.join(SWEEP)}")
