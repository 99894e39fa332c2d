"""`uv run python -m tests.evidence`: runs the backtests of the page of evidence, and writes docs/evidence.md.

Each run is one `allusr backtest` in a process of its own. A run that the same code has made before is taken as it
stands, so what was cut short goes on with the runs that are missing. Needs the folder of real bars, ../shared.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from tests.evidence import page, picture
from tests.evidence.bars import known
from tests.evidence.plans import MAIN, SETS, UNSWITCHED, WAYS, Bars, Way, fresh
from tests.evidence.reading import Facts
from tests.evidence.running import ROOT, made

SHARED, WORK = "../shared", ROOT / "build" / "evidence"


def arguments(words=None):
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.evidence", description=__doc__)
    parser.add_argument("--shared", default=SHARED, help=f"where the bars are; {SHARED} if left out")
    parser.add_argument("--work", type=Path, default=WORK, help="where runs are kept, with their ledgers")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "docs", help="where evidence.md and its pictures are written"
    )
    parser.add_argument("--processes", type=int, default=2, help="runs at a time")
    parser.add_argument(
        "--ways", default=",".join(way.key for way in WAYS), help="fewer ways, main and unswitched among them"
    )
    parser.add_argument("--keep", action="store_true", help="take runs as they stand, even of other code")
    return parser.parse_args(words)


def write(runs: Mapping[str, Mapping[str, Facts]], shared: Path, out: Path, sets: Iterable[Bars] = SETS) -> None:
    """Write the page and its pictures."""
    sets = tuple(sets)
    (out / "evidence").mkdir(parents=True, exist_ok=True)
    for one in sets:
        for name, drawing in picture.pictures(runs, one).items():
            (out / "evidence" / f"{one.key}-{name}.svg").write_text(drawing)
    (out / "evidence.md").write_text(page.page(runs, {one.key: known(one, shared) for one in sets}, sets))


def main(words=None, sets: tuple[Bars, ...] = SETS) -> int:
    """Run what is missing, and write."""
    options, began = arguments(words), monotonic()
    if not Path(options.shared, "data").is_dir():
        print(f"error: no real bars at {options.shared}: give the folder with --shared", file=sys.stderr)
        return 2
    ways = [way for way in WAYS if way.key in options.ways.split(",")]

    def one(job: tuple[Bars, Way]) -> dict:
        at = monotonic()
        facts = made(*job, options.shared, options.work, keep=options.keep)
        print(f"{job[0].key} {job[1].key}: {monotonic() - at:,.0f} s", flush=True)
        return facts

    begun = [fresh(bars, window) for bars in sets for window in bars.windows]
    jobs = [(bars, way) for way in ways for bars in sets if way.key in bars.ways]
    jobs += [(bars, way) for bars in begun for way in (MAIN, UNSWITCHED)]
    runs: dict[str, dict[str, Facts]] = {}
    with ThreadPoolExecutor(options.processes) as pool:
        for (bars, way), facts in zip(jobs, pool.map(one, jobs), strict=True):
            runs.setdefault(bars.key, {})[way.key] = Facts(facts)
    write(runs, Path(options.shared), options.out, sets)
    print(f"{options.out / 'evidence.md'} after {monotonic() - began:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
