"""Accounts under one supervisor: killed, stopped, refused or asked to end, each journal stays whole."""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import heartbeat, open_ledger
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.verify import verify_all
from tests.crash.lives import ALLUSR

SLOW = Path(__file__).with_name("slow.py")
PATIENCE = 120  # seconds for what another process is sure to do


TWO = f"""
[plugins]
use = ["com_acc", "protocol", "{SLOW}"]
[accounts.whole]
[accounts.cut]
"""


class Household:
    """`allusr run` over two accounts in a process of its own; what it says on stderr is read as it says it."""

    def __init__(self, folder, *options, toml=TWO, slow=0.0):
        self.home, file, self.said = folder / "home", folder / "many.toml", folder / f"said{time.monotonic_ns()}"
        file.write_text(toml)
        command = [
            ALLUSR, "run", "--config", file, "--mode", "paper", "--from", "2026-01-05", "--to", "2026-01-05",
            "--home", self.home, *options,
        ]  # fmt: skip
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [str(word) for word in command], env={**os.environ, "ALLUSR_SLOW": str(slow)}, stderr=said,
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE)

    @property
    def lines(self):
        """What it said so far, without the clock."""
        return [line.split(" UTC ", 1)[-1] for line in self.said.read_text().splitlines()]

    def until(self, what):
        """Wait for something; returns it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(InputError):
                if found := what():
                    return found
            assert self.process.poll() is None, self.lines
            time.sleep(0.05)
        raise AssertionError(f"nothing in {PATIENCE} s: {self.lines}")

    def engine(self, account, start=0):
        """The number of the process of one of an account's starts, once it has decided something."""
        told = re.compile(rf"{account}: process (\d+) (?:started|runs)")
        pid = self.until(lambda: [int(m[1]) for line in self.lines if (m := told.match(line))][start:])[0]
        self.until(lambda: (beat := heartbeat.read(self.home / account)) and beat.pid == pid and beat.run)
        return pid

    def end(self):
        """Let it end; its exit code and what it printed."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out

    def heads(self):
        """The head of each account's only run, the ledger verified."""
        found = {}
        for account in ("whole", "cut"):
            with open_ledger(self.home / account, create=False) as ledger:
                assert all(report.ok for report in verify_all(ledger))
                (run,) = ledger.runs()
                found[account] = run.head
        return found


def test_one_that_is_killed_is_started_again_and_ends_with_the_head_of_one_that_was_not(tmp_path):
    with Household(tmp_path, slow=0.01) as household:
        pid = household.engine("cut")
        os.kill(pid, signal.SIGKILL)
        code, out = household.end()
    assert code == 0, household.lines
    heads = household.heads()
    assert heads["cut"] == heads["whole"]
    assert out.count("\nBooks: verified") == 2
    assert [line.startswith("Account ") for line in out.splitlines()].count(True) == 2
    again = [line for line in household.lines if line.startswith("cut: ")]
    assert again[1].startswith(f"cut: process {pid} killed by SIGKILL after ")
    assert again[1].endswith("; starts again in 1 s")
    assert again[2].endswith(" started again")


def test_asked_to_end_it_ends_all_and_given_again_all_go_on(tmp_path):
    with Household(tmp_path, slow=0.05) as household:
        pids = [household.engine(account) for account in ("whole", "cut")]
        household.process.send_signal(signal.SIGTERM)
        assert household.end() == (1, "")
    told = household.lines
    for account, pid in zip(("whole", "cut"), pids, strict=True):
        assert f"{account}: error: interrupted: the journal holds what was done until then" in told
        assert f"{account}: process {pid} ended with 1 (failed or interrupted), asked to" in told
        assert heartbeat.read(household.home / account).ended
    assert told[-1] == "error: interrupted: the journal holds what was done until then"
    with Household(tmp_path) as household:
        assert household.end()[0] == 0
    assert len(set(household.heads().values())) == 1


@pytest.mark.long
def test_one_that_is_refused_is_left_and_the_other_ends(tmp_path):
    toml = f"{TWO}\n[accounts.cut.plugins]\nuse = ['gen_ac']\n"
    with Household(tmp_path, toml=toml) as household:
        code, out = household.end()
    assert code == 2
    assert out.startswith("Account whole\n")
    cut = [line for line in household.lines if line.startswith("cut: ")]
    assert [line for line in cut if "started" in line and "not" not in line] == cut[:1]
    assert cut[1].startswith("cut: error: plugin gen_ac: ")
    assert cut[-1].endswith("; not started again")


@pytest.mark.long
def test_engines_outlive_their_supervisor_and_the_next_one_watches_them(tmp_path):
    with Household(tmp_path, slow=0.05) as first:
        pids = {account: first.engine(account) for account in ("whole", "cut")}
        first.process.kill()
    with Household(tmp_path, slow=0.0) as second:
        for account, pid in pids.items():
            watched = f"{account}: process {pid} runs in its home already; it is watched, and no second one started"
            second.until(lambda line=watched: line in second.lines)
        os.kill(pids["cut"], signal.SIGKILL)
        assert second.end()[0] == 0, second.lines
    assert any(f"cut: process {pids['cut']} is gone without a goodbye" in line for line in second.lines)
    heads = second.heads()
    assert heads["cut"] == heads["whole"]


@pytest.mark.long
def test_one_that_hangs_is_halted_killed_and_wakes_halted(tmp_path):
    with Household(
        tmp_path, "--set", "ks_9.silence_seconds=8", "--set", "ks_9.heartbeat_seconds=1", slow=0.05
    ) as household:
        pid = household.engine("cut")
        os.kill(pid, signal.SIGSTOP)
        assert household.end()[0] == 0, household.lines
    told = [line for line in household.lines if line.startswith("cut: ") and "begun to beat" not in line]
    assert told[1].startswith("cut: KS-9: engine ")
    assert told[2].startswith(f"cut: process {pid} killed by SIGKILL after ")
    assert told[3].endswith(" started again")
    household.heads()
    with open_ledger(household.home / "cut") as ledger:
        (halt,) = Inbox(ledger).wishes
        assert (halt.event.action, halt.event.actor) == ("halt", "watchdog")
        assert halt.heard
        assert ledger.latest().book.switches["USER"] == "HALT"
    with open_ledger(household.home / "whole") as ledger:
        assert not Inbox(ledger).wishes
