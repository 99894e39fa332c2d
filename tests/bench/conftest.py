"""Measuring: child processes with their own clocks, rounds in turn, a table of figures at the end of the session."""

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from attrs import define, field, frozen

HERE = Path(__file__).resolve().parent
# Runs in turn with everything else: how much slower than on an idle machine the figures beside it are.
LOOP = "five million turns of a Python loop"
_LOOP = (sys.executable, "-c", "s = 0\nfor i in range(5_000_000):\n    s += i * i")
_FIGURES = pytest.StashKey["Figures"]()
_PACKAGES = ("nautilus_trader", "numpy", "pandas", "pyarrow", "opengreeks", "SQLAlchemy", "exchange_calendars")


@frozen
class Spent:
    """One child process: seconds by the wall, CPU seconds (user and system), peak resident MB, and what it printed."""

    wall: float
    cpu: float
    rss: float
    out: str = field(repr=False)


@define
class Figures:
    """Rows of the table that the session prints: docs/performance.md is made of them."""

    rows: list[tuple[str, ...]] = field(factory=list)
    notes: list[str] = field(factory=list)
    load: str = field(factory=lambda: _load())

    def add(self, what, values, unit, *, goal=""):
        """A figure with median, extremes and number of runs."""
        low, middle, high = min(values), statistics.median(values), max(values)
        self.rows.append((what, f"{middle:.3g} {unit}", f"{low:.3g}-{high:.3g}", str(len(values)), goal))

    def processes(self, runs, goals=None):
        """CPU, wall and memory of several processes that ran in turn.

        Linux counts the memory of the process that starts a child as the child's, so what is below is not shown.
        """
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for name, spent in runs.items():
            self.add(f"{name}: CPU", [s.cpu for s in spent], "s")
            if name == LOOP:
                continue
            self.add(f"{name}: wall", [s.wall for s in spent], "s", goal=(goals or {}).get(name, ""))
            if min(s.rss for s in spent) > own:
                self.add(f"{name}: peak memory", [s.rss for s in spent], "MB")

    def ratio(self, what, ours, theirs):
        """Ours over theirs, run by run as they were measured in turn."""
        self.add(what, [a / b for a, b in zip(ours, theirs, strict=True)], "x")

    def note(self, text):
        """Something to be read with the figures."""
        self.notes.append(text)


def pytest_configure(config):
    config.stash[_FIGURES] = Figures()


def pytest_terminal_summary(terminalreporter):
    figures = terminalreporter.config.stash[_FIGURES]
    if not figures.rows:
        return
    write = terminalreporter.write_line
    terminalreporter.section("figures")
    write(f"{_processor()}, {os.cpu_count()} CPUs, {platform.platform()}, Python {platform.python_version()}")
    write(", ".join(f"{name} {version(name)}" for name in _PACKAGES))
    write(f"load average at the start {figures.load}, at the end {_load()}")
    write("| what | median | from-to | n | goal |\n|---|---|---|---|---|")
    for row in figures.rows:
        write(f"| {' | '.join(row)} |")
    for text in figures.notes:
        write(text)


@pytest.fixture(scope="session")
def figures(request):
    return request.config.stash[_FIGURES]


@pytest.fixture(scope="session")
def bench_dir(tmp_path_factory):
    """Where benches keep what they make: ALLUSR_BENCH_DIR between sessions, else a folder of this session."""
    named = os.environ.get("ALLUSR_BENCH_DIR")
    folder = Path(named).resolve() if named else tmp_path_factory.mktemp("bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def child(bench_dir):
    """Runs a command to its end and measures it; bytecode is cached in the bench's folder."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(bench_dir / "bytecode")

    def run(*command):
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
            start = time.perf_counter()
            process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=complaints, env=env)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            complaints.seek(0)
            assert process.returncode == 0, complaints.read()[-2000:]
            return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read())

    return run


@pytest.fixture(scope="session")
def in_turn(child):
    """Runs named commands round by round, so that a busy minute falls on all of them; a first round is thrown away."""

    def run(commands, rounds, *, warm=True):
        commands = {**commands, LOOP: _LOOP}
        spent = {name: [] for name in commands}
        for number in range(rounds + warm):
            for name, command in commands.items():
                done = child(*(command() if callable(command) else command))
                if number >= warm:
                    spent[name].append(done)
        return spent

    return run


@pytest.fixture(scope="session")
def script():
    """The command line of one of the jobs beside this file."""
    return lambda name, *arguments: (sys.executable, HERE / name, *arguments)


@pytest.fixture
def new_home(tmp_path):
    """A folder for a ledger that no run has used."""

    def make():
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        return tmp_path / "home"

    return make


def _load():
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())
