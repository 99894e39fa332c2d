"""Loaded into pytest by the command (`-p tests.mutation.judging`): tests are collected once, then a fork a mutant.

What is asked for stands in the file that `--mutants` names: `quick` are put to the nearest tests, some seconds of them;
`whole`, and what survives of `quick` and is not listed as equivalent, to all tests that call their function.
"""

import gc
import json
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.mutation.calls import recorded
from tests.mutation.forks import Killer, judged, played
from tests.mutation.switch import BROKEN

_SLOWER, _SPARE = 4, 3
"""A test may cost four times what it did, and three seconds more for what it is the first to import."""

DOUBTED = 4
"""How pytest ends where a control failed, and said so."""

_EVERY = 20
"""Seconds between two lines of how far it is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option."""
    parser.addoption("--mutants", help="the file that says what is judged")


def pytest_configure(config: pytest.Config) -> None:
    """Take the place of pytest's loop."""
    killer = Killer()
    config.pluginmanager.register(killer)
    config.pluginmanager.register(Loop(json.loads(Path(config.getoption("--mutants")).read_text("utf-8")), killer))


class Loop:
    """Judges what it was asked for."""

    def __init__(self, asked: dict[str, Any], killer: Killer) -> None:
        self.asked = asked
        self.killer = killer
        self.told = monotonic()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Record, control, judge."""
        if session.testsfailed:
            raise session.Interrupted("a test module cannot be read")
        # Libraries that tests import keep threads waiting; a fork that one of them held up would end by its time.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        say(f"{len(self.items)} tests, run once where it is not known what they call")
        self.calls = recorded(session, Path(self.asked["calls"]))
        if self.calls.failing:
            say(f"left out, as they fail without a mutant: {', '.join(self.calls.failing)}")
        self.warm()
        if trouble := self.control():
            say(trouble)
            pytest.exit(trouble, DOUBTED)
        left = [name for name in self.asked["quick"] if not self.settled(name, self.asked["quick"])]
        equivalent = {*self.asked["equivalent"]}
        whole = [name for name in (*self.asked["whole"], *left) if name not in equivalent]
        for name in whole:
            self.settled(name, whole, whole=True)
        return True

    def sample(self) -> list[pytest.Item]:
        """The quickest test of each file that calls a function at all."""
        calling = {test for tests in self.calls.tests.values() for test in tests} - {*self.calls.failing}
        ranked = sorted(calling & self.items.keys(), key=lambda test: (self.calls.seconds[test], test), reverse=True)
        return [self.items[test] for test in {test.partition("::")[0]: test for test in ranked}.values()]

    def warm(self) -> None:
        """Have modules that tests import late imported here, and not by each fork anew."""
        played(self.session, self.sample())
        gc.collect()
        gc.freeze()

    def control(self) -> str:
        """What is wrong with the tool itself, if anything: no mutant must survive, a broken package must not."""
        items = self.sample()
        if not items:
            return "control: no test calls a function that has a mutant"
        killed, by = judged(self.session, items, "none.x_none__mutmut_1", self.limits(items), self.killer)
        if killed:
            return f"control: {by} fails in a fork though no mutant is on: mend it, or leave its file out (--tests)"
        killed, _ = judged(self.session, items, BROKEN, self.limits(items), self.killer)
        return "" if killed else "control: no test fails where every function does: no verdict would be worth anything"

    def limits(self, items: Iterable[pytest.Item]) -> list[float]:
        """Seconds of CPU that each test may take."""
        return [self.calls.seconds[item.nodeid] * _SLOWER + _SPARE for item in items]

    def settled(self, name: str, among: list[str], *, whole: bool = False) -> bool:
        """Judge a mutant and write it down; whether that is the last word on it."""
        function = name.rpartition("__mutmut_")[0]
        tests = [test for test in self.calls.of(function) if test in self.items]
        chosen = tests if whole else self.nearest(tests)
        items, begun = [self.items[test] for test in chosen], monotonic()
        killed, by = judged(self.session, items, name, self.limits(items), self.killer) if items else (False, "")
        if killed:
            self.calls.killed(function, by)
        done = len(chosen) == len(tests)
        verdict = {"mutant": name, "killed": killed, "by": by, "tests": len(chosen), "whole": done,
                   "seconds": round(monotonic() - begun, 2)}  # fmt: skip
        with Path(self.asked["results"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(verdict | self.asked["stamps"][name]) + "\n")
        self.progress(name, among, "all tests that call it" if whole else "the nearest tests")
        return killed or done

    def nearest(self, tests: list[str]) -> list[str]:
        """The first tests that cost no more than was asked for, and one in any case."""
        chosen: list[str] = []
        cost = 0.0
        for test in tests:
            cost += self.calls.seconds[test]
            if chosen and cost > self.asked["seconds"]:
                break
            chosen.append(test)
        return chosen

    def progress(self, name: str, among: list[str], tests: str) -> None:
        """Say how far it is, now and then."""
        if monotonic() - self.told > _EVERY:
            self.told = monotonic()
            say(f"{among.index(name) + 1} of {len(among)} mutants put to {tests}")


def say(line: str) -> None:
    """A line for whoever waits; pytest's own output goes to a file."""
    os.write(2, f"{line}\n".encode())
