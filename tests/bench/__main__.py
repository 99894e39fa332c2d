"""`uv run python -m tests.bench`: measures parts of the bench, keeps their figures, and writes docs/performance.md.

Each part is one module, run by pytest in a process of its own; figures of a part that fails stay as they were.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

from tests.bench import page
from tests.bench.machine import ROOT
from tests.bench.parts import FOLDER

MAIN = ("chains", "year", "sweep", "pricing", "start", "decade")
"""What an evening's run measures; the others take a server, a gateway or a browser."""
FILES = Path.home() / ".cache" / "allusr-bench"
OTHERS = ("decision", "journal", "ledger_queries", "ibkr", "console", "console_browser", "scaling")


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--only", metavar="PART,...", help=f"of {', '.join(MAIN + OTHERS)}; left out: {', '.join(MAIN)}")
    some.add_argument("--all", action="store_true", help="every part")
    some.add_argument("--page", action="store_true", help="nothing is measured: the page anew from the kept figures")
    parser.add_argument("--rounds", type=int, help="rounds of parts that have them, instead of each part's own number")
    parser.add_argument(
        "--folder", type=Path, default=Path.home() / ".cache" / "allusr-bench", help="made files, peers"
    )
    return parser.parse_args()


def chosen(options):
    """The parts that are asked for."""
    if options.page:
        return ()
    parts = options.only.split(",") if options.only else MAIN + OTHERS if options.all else MAIN
    if unknown := set(parts) - set(MAIN + OTHERS):
        sys.exit(f"--only {','.join(sorted(unknown))}: no such part; there are {', '.join(MAIN + OTHERS)}")
    return parts


def measured(part, options):
    """Whether a part came to its end."""
    more = {"ALLUSR_BENCH_ROUNDS": str(options.rounds)} if options.rounds else {}
    folder = os.environ.get("ALLUSR_BENCH_DIR", str(options.folder))
    env = {**os.environ, "ALLUSR_BENCH_FIGURES": str(FOLDER), "ALLUSR_BENCH_DIR": folder, **more}
    began, module = monotonic(), Path(__file__).with_name(f"test_{part}.py")
    code = subprocess.run((sys.executable, "-m", "pytest", "-q", "-m", "bench", "-n", "0", module), cwd=ROOT, env=env)
    print(f"{part}: {'measured' if code.returncode == 0 else 'FAILED'} after {monotonic() - began:.0f} s", flush=True)
    return code.returncode == 0


def main():
    """Measure, keep, write."""
    options = arguments()
    done = [measured(part, options) for part in chosen(options)]
    page.write()
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
