"""Tests of a collected session, run in a fork that sees one mutant and stops at the first failure."""

import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from time import process_time

import pytest

from tests.mutation.switch import switch

KILLED = 1
_MEMORY = 6 << 30
_WAITING = 20
"""How many times its seconds of CPU a test may wait for something."""


class Killer:
    """In a fork, the first test that fails ends the process, and its name is written before pytest tells of it."""

    pipe: int | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """A failure that is neither a skip nor expected."""
        if self.pipe is None or call.excinfo is None or item.get_closest_marker("xfail"):
            return
        if not call.excinfo.errisinstance(pytest.skip.Exception):
            self.kill(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure that only its report has: an expected one that did not come."""
        if self.pipe is not None and report.failed:
            self.kill(report.nodeid)

    def kill(self, test: str) -> None:
        """End this process."""
        if self.pipe is not None:
            os.write(self.pipe, test.encode())
        os._exit(KILLED)


def played(session: pytest.Session, items: Sequence[pytest.Item], seconds: Sequence[float] = ()) -> None:
    """Run tests one after the other, as pytest's own loop does, each within its seconds of CPU where they are given."""
    for place, item in enumerate(items, 1):
        if seconds:
            _bounded(seconds[place - 1])
        following = items[place] if place < len(items) else None
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def judged(session: pytest.Session, items: Sequence[pytest.Item], mutant: str, seconds: Sequence[float],
           killer: Killer) -> tuple[bool, str]:  # fmt: skip
    """Whether a mutant is killed, and by which test; `time` where one of them does not end in its seconds of CPU."""
    out, into = os.pipe()

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        switch(mutant)
        killer.pipe = into
        played(session, items, seconds)

    code = forked(session, work)
    os.close(into)
    with os.fdopen(out) as said:
        return code != 0, said.read() or ("time" if code else "")


def forked(session: pytest.Session, work: Callable[[], None]) -> int:
    """Do work in a fork with a folder of its own for files, told nowhere; its exit code, below zero by a signal."""
    folder = tempfile.mkdtemp(prefix="mutant-")
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _alone(session, Path(folder), work)
    _, status = os.waitpid(child, 0)
    shutil.rmtree(folder, ignore_errors=True)
    return os.waitstatus_to_exitcode(status)


def _alone(session: pytest.Session, folder: Path, work: Callable[[], None]) -> None:
    """The life of a fork, which never comes back to the session that it left."""
    code = KILLED
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        session.config._tmp_path_factory._basetemp = folder  # type: ignore[attr-defined]
        work()
        code = 0
    finally:
        os._exit(code)


def _bounded(seconds: float) -> None:
    """From here on this process has so many seconds of CPU left, and waits some times as long at most."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(process_time() + seconds), most))
    signal.alarm(ceil(seconds * _WAITING))
