"""Several accounts, a process each: what a supervisor does and says, and whose hearts it hears."""

import re
import subprocess
import sys

import pytest

from allusr_sdk.cli.processes import ALLUSR
from allusr_sdk.cli.supervise import Charge, Supervisor
from allusr_sdk.cli.watchdog import Watch
from allusr_sdk.ledger import clocks, heartbeat, open_ledger
from allusr_sdk.ledger.heartbeat import Heartbeat
from allusr_sdk.ledger.hearts import FileHeart
from allusr_sdk.ledger.inbox import Inbox

# --- a supervisor --------------------------------------------------------------------------------------------------


class Household:
    """Accounts whose engines are small programs."""

    def __init__(self, folder):
        self.folder, self.charges, self.shown = folder, [], []

    def add(self, name, program, *, again="pass", silence=60.0, limit=60.0, home=None):
        home = home or self.folder / name
        heart = FileHeart(home)
        command, other = ([sys.executable, "-c", f"import os, signal, sys, time\n{text}"] for text in (program, again))
        self.charges.append(Charge(
            name=name, home=str(home), command=command, again=other, heart=heart, watch=Watch(heart, silence),
            limit=limit,
        ))  # fmt: skip

    def run(self, **more):
        return Supervisor(self.charges, lambda charge: self.shown.append((charge.name, charge.printed)), **more).run()


@pytest.fixture
def household(tmp_path):
    return Household(tmp_path)


def said(capsys):
    """What was said on stderr, without the clock, with P for each process and N for each life."""
    lines = [line.split(" UTC ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    return [re.sub(r"after \d+ s", "after N s", re.sub(r"process \d+", "process P", line)) for line in lines]


def test_engines_that_end_are_done_and_what_they_print_is_shown_by_account(household, capsys):
    household.add("family", "print('capital 1'); print('warning: x', file=sys.stderr); sys.stderr.write('half')")
    household.add("ira", "print('capital 2')")
    assert household.run() == 0
    assert sorted(household.shown) == [("family", "capital 1\n"), ("ira", "capital 2\n")]
    family = [line for line in said(capsys) if line.startswith("family: ")]
    assert family[:3] == ["family: process P started", "family: warning: x", "family: half"]
    assert family[3].startswith("family: process P ended after ")


@pytest.mark.parametrize("code", [2, 3, 4])
def test_an_engine_that_is_refused_is_not_started_again_and_the_others_go_on(household, capsys, code):
    household.add("family", f"print('error: no', file=sys.stderr); sys.exit({code})", again="raise SystemExit(9)")
    household.add("ira", "pass")
    assert household.run() == code
    lines = said(capsys)
    assert [line for line in lines if "started" in line and "not" not in line] == [
        "family: process P started", "ira: process P started",
    ]  # fmt: skip
    assert any(line.startswith(f"family: process P ended with {code} (") for line in lines)
    assert any(line.endswith("; not started again") for line in lines)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("sys.exit(1)", "family: process P ended with 1 (failed or interrupted) after N s; starts again in 1 s"),
        ("os.kill(os.getpid(), 9)", "family: process P killed by SIGKILL after N s; starts again in 1 s"),
    ],
)
def test_an_engine_that_dies_is_started_again_by_the_command_that_begins_nothing_anew(household, capsys, program, told):
    household.add("family", program, again="print('again')")
    assert household.run() == 0
    assert household.shown == [("family", "again\n")]
    lines = said(capsys)
    assert lines[1] == told
    assert lines[2] == "family: process P started again"


def test_a_program_that_cannot_be_started_is_tried_again(household, capsys):
    household.add("family", "pass", again="pass")
    household.charges[0].command = [str(household.folder / "absent")]
    assert household.run() == 0
    assert said(capsys)[0].startswith("family: no process can be started (No such file or directory); starts again")


ASKS = "os.kill(os.getppid(), signal.SIGTERM)\n"


def test_asked_to_end_it_asks_the_engines_and_ends_as_an_interrupt(household, capsys):
    waits = "def stop(*a): sys.exit('error: interrupted')\nsignal.signal(15, stop)\n"
    household.add("family", f"{waits}{ASKS}time.sleep(60)")
    household.add("ira", "time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        household.run()
    lines = said(capsys)
    assert "family: error: interrupted" in lines
    assert "family: process P ended with 1 (failed or interrupted), asked to" in lines
    assert "ira: process P killed by SIGTERM, asked to" in lines


def test_an_engine_that_does_not_end_when_asked_is_killed(household, capsys):
    household.add("family", f"signal.signal(15, signal.SIG_IGN)\n{ASKS}time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        household.run(grace=0.2)
    assert said(capsys)[1:] == [
        "family: process P has not ended in 0 s: it is killed", "family: process P killed by SIGKILL, asked to",
    ]  # fmt: skip


# --- heartbeats ----------------------------------------------------------------------------------------------------


@pytest.fixture
def home(allusr, market, tmp_path):
    """A home with a run that has ended."""
    assert allusr("run", *market.options("--plugins", "gen_acc,protocol", "--home", tmp_path / "old")).code == 0
    return tmp_path / "old"


def beat(home, pid, **more):
    """A heartbeat of a process of this machine."""
    now = clocks.reading()
    known = {"born": clocks.born(pid), "host": now.host, "at": now.wall, "boot": now.boot, "uptime": now.uptime}
    heartbeat.write(home, Heartbeat(pid=pid, **known, **more))


BEATS = """
from pathlib import Path
from tests.cli.test_supervise import beat
beat(Path({home!r}), os.getpid(), **{more})
"""


def beats(home, **more):
    return BEATS.format(home=str(home), more=more)


def test_an_engine_that_falls_silent_is_halted_then_killed_and_started_again(household, home, capsys):
    household.add("family", f"{beats(home)}time.sleep(60)", again="print('halted')", silence=1.0, home=home)
    assert household.run() == 0
    lines = said(capsys)
    assert lines[1].startswith("family: KS-9: engine silent: process ")
    assert lines[1].endswith(": halted, wish 1 of the home's inbox; look, then `allusr rearm`")
    assert lines[2].startswith("family: process P killed by SIGKILL after ")
    assert household.shown == [("family", "halted\n")]
    with open_ledger(home, create=False) as ledger:
        assert [(w.event.action, w.event.actor) for w in Inbox(ledger).wishes] == [("halt", "watchdog")]


def test_the_beat_of_an_earlier_engine_is_nobodys_silence(household, home, capsys):
    with subprocess.Popen([sys.executable, "-c", "pass"]) as gone:
        beat(home, gone.pid)
    household.add("family", "time.sleep(2.5)", silence=1.0, limit=1.0, home=home)
    assert household.run() == 0
    assert said(capsys)[1:-1] == ["family: process P has not begun to beat in 1 s (KS-9)"]
    with open_ledger(home, create=False) as ledger:
        assert not Inbox(ledger).wishes


@pytest.mark.parametrize(("goodbye", "shown"), [(False, "started\n"), (True, "")])
def test_an_engine_that_runs_in_the_home_already_is_watched_and_no_second_one_started(
    household, home, capsys, goodbye, shown
):
    says = "beat(Path(HOME), os.getpid(), ended=True)".replace("HOME", repr(str(home))) if goodbye else ""
    program = f"import os, time\n{beats(home)}print(flush=True)\ntime.sleep(1)\n{says}"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        household.add("family", "sys.exit(9)", again="print('started')", home=home)
        assert household.run() == 0
    assert household.shown == [("family", shown)]
    first, second, *_ = said(capsys)
    assert first == "family: process P runs in its home already; it is watched, and no second one started"
    assert ("is gone without a goodbye" in second) is not goodbye


def test_a_run_that_had_come_to_its_end_is_not_begun_again(household, home, capsys):
    with open_ledger(home, create=False) as ledger:
        number = ledger.latest().id
    dies = "os.kill(os.getpid(), 9)"
    household.add("family", f"{beats(home, run=number)}{dies}", again="sys.exit(9)", home=home)
    assert household.run() == 0
    assert said(capsys)[-1].endswith(f"; its run {number} had come to its end")


def test_the_command_of_an_account_is_this_installations():
    done = subprocess.run([*ALLUSR, "run", "--account", "x"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("no [accounts.x]")) == (2, 1)
