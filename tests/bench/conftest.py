"""What the parts of the bench are measured with, and where their figures go: to the terminal, and kept as JSON."""

import os
import resource
import shutil
from datetime import date
from pathlib import Path

import pytest
from attrs import define

from tests.bench import machine
from tests.bench.measuring import LOOP, Children
from tests.bench.page import single
from tests.bench.parts import MEASURES, Figure, Goal, Part

_PARTS = pytest.StashKey[list[Part]]()


@define
class Figures:
    """Takes what a part measures."""

    part: Part

    def add(self, what, values, unit, *, group="", measure="", **goal):
        """A figure with median, extremes and number of runs; `most` or `least` is its goal."""
        goal = Goal(**goal) if goal else None
        self.part.figures.append(Figure.of(what, values, unit, group=group, measure=measure, goal=goal))

    def processes(self, runs, *, group=""):
        """Wall, CPU and memory of several processes that ran in turn.

        Linux counts the memory of the process that starts a child as the child's, so what is below is not shown.
        """
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for name, spent in runs.items():
            for measure, unit in MEASURES.items():
                values = [each.measure(measure) for each in spent]
                if unit == "s" or (name != LOOP and min(values) > own):
                    self.add(name, values, unit, group=group, measure=measure)

    def ratio(self, what, ours, theirs, *, group="", **goal):
        """Ours over theirs, run by run as they were measured in turn."""
        self.add(what, [a / b for a, b in zip(ours, theirs, strict=True)], "x", group=group, **goal)

    def beside(self, runs, ours, theirs, *, measures=tuple(MEASURES), most=None, group=""):
        """The ratios of two processes by measure; `most` has a goal by measure."""
        for measure in measures:
            pair = ([each.measure(measure) for each in runs[name]] for name in (ours, theirs))
            goal = {"most": most[measure]} if most and measure in most else {}
            self.ratio(f"{ours} / {theirs}, {measure}", *pair, group=group, **goal)

    def note(self, name, text):
        """Something to be read with the figures, by the name that the page asks for."""
        self.part.notes[name] = text


def pytest_configure(config):
    config.stash[_PARTS] = []


def pytest_terminal_summary(terminalreporter):
    for part in terminalreporter.config.stash[_PARTS]:
        terminalreporter.section(f"figures of {part.name}")
        terminalreporter.write_line(single(part.figures))
        for name, text in part.notes.items():
            terminalreporter.write_line(f"{name}: {text}")


@pytest.fixture(scope="module")
def figures(request):
    """The figures of a module of the bench; they are kept where ALLUSR_BENCH_FIGURES says, if nothing failed."""
    before, config = machine.load(), request.config
    part = Part(request.path.stem.removeprefix("test_"), about={"measured": str(date.today())})
    yield Figures(part)
    part.about |= {"commit": machine.commit(), **machine.described(), "versions": machine.versions()}
    part.about["load"] = f"{before} before, {machine.load()} after"
    config.stash[_PARTS].append(part)
    folder = os.environ.get("ALLUSR_BENCH_FIGURES")
    if folder and part.figures and not request.session.testsfailed:
        part.keep(Path(folder))


@pytest.fixture(scope="session")
def bench_dir(tmp_path_factory):
    """Where benches keep what they make: ALLUSR_BENCH_DIR between sessions, else a folder of this session."""
    found = os.environ.get("ALLUSR_BENCH_DIR")
    folder = Path(found).resolve() if found else tmp_path_factory.mktemp("bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def children(bench_dir):
    """Runs commands and measures them."""
    return Children(bench_dir)


@pytest.fixture
def new_home(tmp_path):
    """A folder for a ledger that no run has used."""

    def make():
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        return tmp_path / "home"

    return make
