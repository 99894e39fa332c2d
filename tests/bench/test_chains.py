"""A ten-year daily chain file of 25 million rows, one weekly short put: ours, optopsy, nautilus, a columnar floor."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.bench import peers
from tests.bench.measuring import rounds, script
from tests.bench.parts import CPU, MEMORY, WALL

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROUNDS = rounds(3)
OURS, FLOOR = "replay", "pyarrow scan and numpy pick"
OPTOPSY, NEAR = "optopsy", "optopsy, given the rows within seven days"
BARE = "bare nautilus, told what to sell"
LUMIBOT = "lumibot"


@pytest.fixture(scope="module")
def ten_years(bench_dir, children):
    """The folder of the file and its daily bars, and the file as optopsy keeps one; made once."""
    return made(bench_dir / "ten_years", children, script("chain_file.py", bench_dir / "ten_years"))


@pytest.fixture(scope="module")
def quarter(bench_dir, children, ten_years):
    """The folder of a quarter of it."""
    return made(bench_dir / "quarter", children, script("quarter_file.py", ten_years, bench_dir / "quarter"))


def made(folder, children, command):
    """A folder whose files are there."""
    if not (folder / "chains" / "spx.parquet").exists():
        children.run(*command)
    if not (folder / "optopsy" / "cache" / "options" / "SPX.parquet").exists():
        children.run(*script("optopsy_file.py", folder))
    return folder


def told(runs, name):
    """What the last process of a name printed as its last line."""
    return json.loads(runs[name][-1].out.splitlines()[-1])


def expiries(sold):
    """Expiry by the day of the sale, however a job names its contracts."""
    return {day: f"20{osi[6:8]}-{osi[8:10]}-{osi[10:12]}" if len(osi) > 10 else osi for day, osi, *_ in sold}


def agree(*found):
    """In most weeks both sell, and the same expiry: one in a hundred may differ, for ours works out its own deltas."""
    ours, *others = map(expiries, found)
    for theirs in others:
        both = ours.keys() & theirs.keys()
        assert sum(theirs[day] != ours[day] for day in both) <= 0.01 * len(both)
        assert len(both) > 0.8 * len(ours)


def test_ten_years(figures, children, ten_years, bench_dir, new_home):
    optopsy, homes = peers.python("optopsy", bench_dir), []

    def replay():
        homes.append(new_home())
        return script("replay_job.py", ten_years, homes[-1])

    runs = children.in_turn({
        OURS: replay,
        OPTOPSY: script("optopsy_job.py", ten_years, "whole", python=optopsy),
        NEAR: script("optopsy_job.py", ten_years, "near", python=optopsy),
        BARE: script("nautilus_job.py", ten_years),
        FLOOR: script("floor_job.py", ten_years),
    }, ROUNDS)  # fmt: skip
    done, theirs = told(runs, OURS), told(runs, OPTOPSY)
    verify = (Path(sys.executable).with_name("allusr"), "ledger", "verify", "--home", homes[-1])
    assert done["head"] in children.run(*verify).out
    agree(done["sold"], theirs["sold"], *(told(runs, name)["sold"] for name in (NEAR, BARE, FLOOR)))
    assert len(done["sold"]) > 400
    figures.processes(runs)
    figures.beside(runs, OURS, OPTOPSY, most={WALL: 0.22, CPU: 0.22, MEMORY: 0.12})
    for other in (NEAR, BARE, FLOOR):
        figures.beside(runs, OURS, other)
    figures.beside(runs, BARE, OPTOPSY)
    file = ten_years / "chains" / "spx.parquet"
    figures.note("rows", f"{pq.ParquetFile(file).metadata.num_rows:,}")
    figures.note("size", f"{file.stat().st_size >> 20}")
    figures.note("sold", f"{len(done['sold'])}")
    figures.note("entries", f"{done['entries']:,}")
    figures.note("optopsy sold", f"{len(theirs['sold'])}")
    figures.note("optopsy", ", ".join(f"{k} {v}" for k, v in theirs["versions"].items()))


def test_a_quarter(figures, children, quarter, bench_dir, new_home):
    optopsy, lumibot = (peers.python(name, bench_dir) for name in ("optopsy", "lumibot"))
    runs = children.in_turn({
        OURS: lambda: script("replay_job.py", quarter, new_home()),
        LUMIBOT: script("lumibot_job.py", quarter, python=lumibot),
        OPTOPSY: script("optopsy_job.py", quarter, "whole", python=optopsy),
        FLOOR: script("floor_job.py", quarter),
    }, ROUNDS)  # fmt: skip
    done, theirs = told(runs, OURS), told(runs, LUMIBOT)
    assert [(day, osi[-8:]) for day, osi in done["sold"]] == [(d, f"{1000 * k:08.0f}") for d, _, k in theirs["sold"]]
    others = (theirs, told(runs, OPTOPSY), told(runs, FLOOR))
    assert all(expiries(each["sold"]) == expiries(done["sold"]) for each in others)
    figures.processes(runs, group="quarter")
    for other in (LUMIBOT, OPTOPSY, FLOOR):
        figures.beside(runs, OURS, other, group="quarter")
    rows = pq.read_table(quarter / "chains" / "spx.parquet", columns=["expiry", "strike"])
    figures.note("quarter rows", f"{rows.num_rows:,}")
    figures.note("quarter contracts", f"{rows.group_by(['expiry', 'strike']).aggregate([]).num_rows:,}")
    figures.note("quarter sold", f"{len(done['sold'])}")
    figures.note("lumibot", ", ".join(f"{k} {v}" for k, v in theirs["versions"].items()))
