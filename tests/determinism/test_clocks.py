"""The wall clock may be set and the machine moved to another zone, in a run and between its restarts: heads stay."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from allusr_sdk.ledger import clocks, heartbeat, open_ledger
from allusr_sdk.ledger.home import spool, spooled
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import OperatorAsked
from tests.crash.lives import KILLER

STEPPED = Path(__file__).with_name("stepped.py")
PERIOD = ("--from", "2026-03-06", "--to", "2026-03-09")  # New York's clocks go forward in the night to the 8th
PATIENCE = 120  # seconds for what another process is sure to do
LIVES = [
    {"TZ": "Asia/Tokyo", "ALLUSR_JUMPS": "0"},
    {"TZ": "America/New_York", "ALLUSR_JUMPS": "-1"},
    {"TZ": "XXX-14", "ALLUSR_JUMPS": "-2,5,-26"},
]
"""Zone and jumps of each life of a run: the second clock is an hour behind the first, the last one jumps."""


def run_of(home, *more):
    """The command of a paper run in a home."""
    return [
        sys.executable, str(STEPPED), "run", "--plugins", f"com_acc,protocol,{KILLER}", "--mode", "paper",
        "--symbols", "SPY", *PERIOD, *more, "--json", "--home", str(home),
    ]  # fmt: skip


def start(home, *, kill_at=0, **environment):
    """A paper run in a process of its own, begun or gone on with."""
    env = os.environ | {"ALLUSR_KILL_AT": str(kill_at)} | environment
    return subprocess.run(run_of(home), env=env, capture_output=True, text=True, check=False, timeout=PATIENCE)


def watchdog(home):
    """What a watchdog says that looks once."""
    command = [sys.executable, "-c", "from allusr_sdk.cli import main; main()", "watchdog", "--once", "--home", home]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Facts of the run that nobody killed, under one zone and a clock that goes on."""
    done = start(tmp_path_factory.mktemp("whole"), TZ="UTC", ALLUSR_JUMPS="0")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def moved(whole, tmp_path_factory):
    """The home of the same run, killed twice, each of its lives under another zone and clock."""
    home = tmp_path_factory.mktemp("moved")
    for life in LIVES[:-1]:
        assert start(home, kill_at=whole["entries"] // 3, **life).returncode == -signal.SIGKILL
    done = start(home, **LIVES[-1])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["head"] == whole["head"]
    return home


@pytest.mark.long
def test_a_run_under_a_clock_that_jumps_has_the_head_of_one_under_a_clock_that_goes_on(whole, tmp_path):
    done = start(tmp_path, TZ="America/New_York", ALLUSR_JUMPS="1,-1,0,-24")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) | {"next": []} == whole | {"next": []}


def test_a_run_that_was_killed_and_moved_ends_with_the_same_head(whole, moved):
    with open_ledger(moved, create=False) as ledger:
        (run,) = ledger.runs()
        assert (run.head, run.entries) == (whole["head"], whole["entries"])


def test_chains_whose_stamps_go_backwards_verify(moved):
    with open_ledger(moved, create=False) as ledger:
        stamps = [entry.at for entry in ledger.chain("restarts").entries()]
        assert len(stamps) == 2
        assert any(later < earlier for earlier, later in pairwise(stamps))
        assert all(report.ok for report in verify_all(ledger))


def test_an_engine_that_came_to_its_end_under_such_a_clock_is_not_missed(moved):
    assert heartbeat.read(moved).ended
    done = watchdog(moved)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_engine_that_lives_under_such_a_clock_is_alive(tmp_path):
    env = os.environ | {"ALLUSR_JUMPS": "5,-5"}
    with subprocess.Popen(run_of(tmp_path, "--pace", "real"), env=env, stdout=subprocess.DEVNULL) as engine:
        try:
            end = time.monotonic() + PATIENCE
            while (beat := heartbeat.read(tmp_path)) is None or not beat.run:
                assert engine.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)
            looks = [watchdog(tmp_path) for _ in range(2)]
        finally:
            engine.kill()
    assert [(done.returncode, done.stderr) for done in looks] == [(0, "")] * 2
    assert all(done.stdout.startswith(f"engine alive: process {engine.pid} on ") for done in looks)
    assert all("; the wall clock was set " in done.stdout for done in looks)
    with open_ledger(tmp_path) as ledger:
        assert Inbox(ledger).wishes == ()


def told(home, *actions):
    """Wishes of a person, one after the other, and the inbox of the home for which they are."""
    with open_ledger(home) as ledger:
        for action in actions:
            yield OperatorAsked(rule="KS-7", action=action, actor="Ann", reason="too hot"), Inbox(ledger)


def test_wishes_told_as_the_clock_goes_backwards_stand_in_their_order(tmp_path, monkeypatch):
    hours = iter((10, 9, 8))
    monkeypatch.setattr(clocks, "now", lambda: datetime(2026, 11, 28, next(hours), tzinfo=UTC))
    for wish, inbox in told(tmp_path, "halt", "rearm", "pause"):
        inbox.ask(wish)
    with open_ledger(tmp_path) as ledger:
        assert [wish.event.action for wish in Inbox(ledger).wishes] == ["halt", "rearm", "pause"]
        assert all(report.ok for report in verify_all(ledger))


def test_wishes_kept_as_files_as_the_clock_goes_backwards_are_collected_in_their_order(tmp_path, monkeypatch):
    """Else a halt that came last would be lifted by the re-arm before it."""
    nanoseconds = iter((3 * 10**18, 2 * 10**18, 10**18))
    monkeypatch.setattr(time, "time_ns", lambda: next(nanoseconds))
    for wish, _ in told(tmp_path, "rearm", "halt", "pause"):
        spool(tmp_path, wish)
    with open_ledger(tmp_path) as ledger:
        assert [wish.action for wish in spooled(tmp_path)] == ["rearm", "halt", "pause"]
        Inbox(ledger).collect()
        assert [wish.event.action for wish in Inbox(ledger).wishes][:2] == ["rearm", "halt"]
