"""One writer at a time: between real processes, on both databases, through deaths and lost connections."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from allusr_sdk.errors import InputError, KernelError, StateRefusal
from allusr_sdk.ledger import clocks, open_ledger
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Noted

JOB = Path(__file__).with_name("lease_job.py")


@pytest.fixture
def ours(target, story):
    """An open ledger with a run that has begun."""
    with open_ledger(target) as ledger:
        story.begin(ledger)
        yield ledger


@contextmanager
def another(target, name="writer"):
    """A second process on the same ledger, after its first line."""
    command = [sys.executable, str(JOB), str(target), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.first = process.stdout.readline().strip()
        try:
            yield process
        finally:
            process.kill()


def ask(process, words):
    """Let the other process append, and hear how it went."""
    process.stdin.write(words + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def refused_as(process):
    return rf"the ledger is in use by process {process.pid} on {socket.gethostname()} since 20.* UTC: end that process"


def note(story, words):
    return Noted(ledger=story.SLEEVE, key="k", text=words)


def taken_over(ledger):
    """Another process has become the holder, as a fenced one may learn."""
    holder = json.dumps({"pid": 4711, "host": "elsewhere", "since": "2026-02-12 15:00:00 UTC"})
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE leases SET epoch = epoch + 1, holder = :holder"), {"holder": holder})


def soon(take):
    """A server hears of a process's death a moment after it."""
    for attempt in range(100):
        try:
            return take()
        except StateRefusal:
            if attempt == 99:
                raise
            time.sleep(0.05)


def epoch(ledger, name="writer"):
    with ledger.lease(name) as lease:
        return lease.epoch


def test_a_second_process_is_refused_and_names_the_first(ours, target):
    with another(target) as process:
        assert process.first == "holds 1"
        with pytest.raises(StateRefusal, match=refused_as(process)) as refusal, ours.lease():
            pass
        assert "\n" not in str(refusal.value)
        assert ask(process, "goes on") == "wrote 3"


def test_a_process_that_comes_second_ends_with_exit_3(ours, target):
    with ours.lease(), another(target) as process:
        assert f"in use by process {os.getpid()} on" in process.first
        assert process.wait() == 3


def test_a_holder_killed_by_sigkill_frees_the_lease_at_once(ours, target):
    with another(target) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert soon(lambda: epoch(ours)) == 2


def test_a_lease_that_ended_is_free_and_the_next_holder_has_the_next_epoch(ours):
    assert [epoch(ours), epoch(ours), epoch(ours)] == [1, 2, 3]


def test_a_stopped_holder_keeps_the_lease(ours, target):
    with another(target) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(StateRefusal, match=refused_as(process)), ours.lease():
            pass


@pytest.mark.parametrize("by", [timedelta(days=400), -timedelta(hours=1)], ids=["forward", "back"])
def test_no_step_of_the_wall_clock_takes_a_lease_from_who_lives(ours, target, story, monkeypatch, by):
    with another(target) as process:
        monkeypatch.setattr(clocks, "now", lambda: datetime.now(UTC) + by)
        with pytest.raises(StateRefusal, match=refused_as(process)), ours.lease():
            pass
        assert ask(process, "goes on") == "wrote 3"
    with open_ledger(target) as ledger:
        assert soon(lambda: epoch(ledger)) == 2


def test_a_holder_whose_clock_is_set_writes_on(ours, story, monkeypatch):
    run = ours.latest()
    with ours.lease() as lease:
        for hours in (1, -1):
            monkeypatch.setattr(clocks, "now", lambda hours=hours: datetime.now(UTC) + timedelta(hours=hours))
            run.append(note(story, "a"), **story.stamp())
        lease.regain()
    assert verify(run).ok


def test_leases_of_two_names_do_not_meet(ours, target):
    with ours.lease("DU1234567"), another(target, "DU7654321") as process:
        assert process.first == "holds 1"


def test_appends_under_a_lease_are_written(ours, story):
    run = ours.latest()
    with ours.lease():
        run.append(note(story, "a"), **story.stamp())
    run.append(note(story, "b"), **story.stamp())
    assert (run.seq, verify(run).ok) == (4, True)


def test_an_append_with_an_old_epoch_is_refused_by_the_database_and_names_the_new_holder(ours, story):
    run = ours.latest()
    with ours.lease():
        taken_over(ours)
        with pytest.raises(KernelError, match=r"has passed to process 4711 on elsewhere .*: entries 3 to 3 were not"):
            run.append(note(story, "late"), **story.stamp())
        assert (run.seq, [entry.seq for entry in run.entries()]) == (2, [1, 2])


def test_who_lost_the_lease_does_not_regain_it_though_the_lock_is_held_still(ours):
    with ours.lease() as lease:
        lease.regain()
        taken_over(ours)
        passed = r"^the lease of this ledger has passed to process 4711 on elsewhere since .*: nothing more is written$"
        with pytest.raises(KernelError, match=passed):
            lease.regain()


def test_no_run_is_begun_with_an_old_epoch(ours, story):
    with ours.lease():
        assert story.begin(ours).id == 2
        taken_over(ours)
        with pytest.raises(KernelError, match=r"has passed to process 4711 on elsewhere .*: entries 1 to 1 were not"):
            story.begin(ours)
        assert [info.id for info in ours.runs()] == [1, 2]


def test_another_writer_without_a_lease_still_cannot_fork_the_chain(ours, target, story):
    run = ours.latest()
    assert run.seq == 2
    with ours.lease(), open_ledger(target) as theirs:
        story.tell(theirs.latest(), note(story, "theirs"))
        with pytest.raises(KernelError, match="another process has written to run 1: entries 3 to 3 were not written"):
            run.append(note(story, "ours"), **story.stamp())


def test_one_ledger_takes_one_lease(ours):
    with ours.lease(), pytest.raises(KernelError, match="under the lease writer already"), ours.lease("other"):
        pass


@pytest.mark.parametrize("name", ["", "../writer", "a b", "x" * 65])
def test_a_name_that_is_no_plain_word_is_refused(memory, name):
    with pytest.raises(InputError, match="use letters, digits"), memory.lease(name):
        pass


def test_a_ledger_in_memory_needs_no_lock(memory):
    assert [epoch(memory), epoch(memory)] == [1, 2]


def test_the_lock_of_a_home_is_private_and_says_who_holds_it(tmp_path):
    file = tmp_path / "home" / "writer.lock"
    with open_ledger(tmp_path / "home") as ledger:
        with ledger.lease():
            said = json.loads(file.read_text())
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == ""
    assert (said["pid"], said["host"]) == (os.getpid(), socket.gethostname())


def test_a_lock_file_that_was_removed_lets_a_second_in_and_fences_the_first_out(tmp_path, story):
    with open_ledger(tmp_path) as ledger:
        run = story.begin(ledger)
        with ledger.lease():
            (tmp_path / "writer.lock").unlink()
            with another(tmp_path) as process:
                assert process.first == "holds 2"
                with pytest.raises(KernelError, match=f"has passed to process {process.pid} on"):
                    run.append(note(story, "late"), **story.stamp())
                assert ask(process, "goes on") == "wrote 3"
