"""Which tests call which function, and what each test costs: found once, in a fork, with no mutant on."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from attrs import field, frozen

from tests.mutation.forks import forked, played
from tests.mutation.switch import RECORD, Now, switch


@frozen
class Calls:
    """Tests by function, seconds by test, and the tests that fail without any mutant, which judge nothing."""

    tests: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]
    failing: Sequence[str]
    kills: Counter[tuple[str, str]] = field(factory=Counter, init=False)

    def killed(self, function: str, test: str) -> None:
        """Keep which test killed a mutant: it is asked first about the next one of its function, or module."""
        self.kills[function, test] += 1
        self.kills[function.rpartition(".")[0], test] += 1

    def of(self, function: str) -> list[str]:
        """All tests that call a function, the nearest first and of those the quickest."""
        module = function.rpartition(".")[0]
        stem = module.rpartition(".")[2]

        def rank(test: str) -> tuple[int, int, bool, float]:
            near = stem in test.partition("::")[0].rpartition("/")[2]
            return -self.kills[function, test], -self.kills[module, test], not near, self.seconds[test]

        return sorted((test for test in self.tests.get(function, ()) if test not in self.failing), key=rank)


def recorded(session: pytest.Session, place: Path) -> Calls:
    """What stands in a file, or what a run of all collected tests writes there."""
    if not place.is_file():
        forked(session, lambda: _record(session, place))
    return Calls(**json.loads(place.read_text("utf-8")))


def _record(session: pytest.Session, place: Path) -> None:
    switch(RECORD)
    tests: defaultdict[str, list[str]] = defaultdict(list)
    seconds: dict[str, float] = {}
    failing: set[str] = set()

    class Watch:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failing.add(report.nodeid)

    session.config.pluginmanager.register(Watch())
    for item in session.items:
        Now.called.clear()
        begun = _cost()
        played(session, [item])
        seconds[item.nodeid] = _cost() - begun
        for function in Now.called:
            tests[function].append(item.nodeid)
    place.write_text(json.dumps({"tests": tests, "seconds": seconds, "failing": sorted(failing)}), "utf-8")


def _cost() -> float:
    """Seconds of CPU so far, those of ended processes that were started from here among them."""
    return sum(os.times()[:4])
