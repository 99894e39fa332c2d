"""A ten-year daily chain file of 25 million rows, replayed end to end beside its columnar floor."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROUNDS = 5


@pytest.fixture(scope="module")
def ten_years(bench_dir, child, script, figures):
    """The folder of the file and its daily bars, made once."""
    folder = bench_dir / "ten_years"
    if not (folder / "chains" / "spx.parquet").exists():
        made = child(*script("chain_file.py", folder))
        figures.add("making the ten-year file: wall", [made.wall], "s", goal="< 60 s")
    return folder


def test_ten_years_of_daily_chains(figures, in_turn, child, script, ten_years, new_home):
    homes = []

    def replay():
        homes.append(new_home())
        return script("replay_job.py", ten_years, homes[-1])

    ours, floor = "ten-year replay", "pyarrow scan and numpy pick"
    runs = in_turn({ours: replay, floor: script("floor_job.py", ten_years)}, ROUNDS)
    done, picked = (json.loads(runs[name][-1].out) for name in (ours, floor))
    verify = (Path(sys.executable).with_name("allusr"), "ledger", "verify", "--home", homes[-1])
    assert done["head"] in child(*verify).out
    # The floor picks by the file's delta and holds nothing, so it sells on more weeks; the expiry of the rest agrees.
    theirs = {day: f"{expiry[2:].replace('-', '')}P" for day, expiry, _ in picked["sold"]}
    assert all(theirs[day] in osi for day, osi in done["sold"] if day in theirs)
    assert len(done["sold"]) > 400
    figures.processes(runs, {ours: "< 9 s and < 1500 MB"})
    for what in ("wall", "cpu", "rss"):
        mine, yours = ([getattr(s, what) for s in runs[name]] for name in (ours, floor))
        figures.ratio(f"{ours} / {floor}, {what}", mine, yours)
    rows = pq.ParquetFile(ten_years / "chains" / "spx.parquet").metadata.num_rows
    size = (ten_years / "chains" / "spx.parquet").stat().st_size >> 20
    figures.note(f"ten-year file: {rows:,} rows, {size} MB; {len(done['sold'])} puts sold, {done['entries']} entries")
