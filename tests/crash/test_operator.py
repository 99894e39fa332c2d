"""A home is halted from outside, whether its engine runs, is killed, is stopped, or waits for the wall clock."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from attrs import evolve

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.errors import InputError
from allusr_sdk.execution.run import simulate
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import OperatorAsked
from tests.crash import lives
from tests.crash.lives import ALLUSR, Account
from tests.forking import forked

SLOW = str(Path(__file__).with_name("slow.py"))
PLUGINS = ("com_acc", "protocol", SLOW)
FIRST, LAST = date(2026, 1, 5), date(2026, 1, 7)
ANN = ("--by", "Ann", "--reason", "too hot")
RUNS = int(os.environ.get("ALLUSR_KILLED_RUNS", "1"))
SEED = int(os.environ.get("ALLUSR_KILL_SEED", "1"))
PATIENCE = 120  # seconds for what another process is sure to do


class Engine:
    """A paper run in a process of its own, slow enough to be told something on the way."""

    def __init__(self, home, *options, slow=0.05, deadly=False):
        self.home, env = home, {**os.environ, "ALLUSR_SLOW": str(slow), "ALLUSR_DEADLY": "1" * deadly}
        self.process = subprocess.Popen(
            [str(ALLUSR), *run_of(home), *options], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def until(self, what):
        """Wait for something in its home; returns it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(InputError), open_ledger(self.home, create=False) as ledger:
                run = ledger.latest()
                if run is not None and (found := what(run)):
                    return found
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)
        raise AssertionError(f"nothing in {PATIENCE} s")

    def end(self):
        """Let it end; returns its exit code."""
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def run_of(home):
    return [
        "run", "--plugins", ",".join(PLUGINS), "--mode", "paper", "--from", f"{FIRST}", "--to", f"{LAST}",
        "--home", str(home), "--json",
    ]  # fmt: skip


def allusr(*words, home):
    """Another process on the same home."""
    return forked([*words, "--home", str(home)])


def went_on(home):
    """Start it again, let it end, and return its facts."""
    done = forked(run_of(home))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sent(run):
    """The intents of a run."""
    return list(run.entries(kind="IntentRecorded"))


def wishes(home):
    with open_ledger(home, create=False) as ledger:
        assert all(report.ok for report in verify_all(ledger))
        return Inbox(ledger).wishes


def tell(home, action, scope=""):
    """A wish without the time that a process takes to start."""
    asked = OperatorAsked(ledger=scope, rule="KS-7", action=action, actor="Ann", reason="too hot")
    with open_ledger(home, create=False) as ledger:
        if Inbox(ledger).asked(asked) is None:
            Inbox(ledger).ask(asked)


def head_of_one_told(folder, *commands, plugins=PLUGINS, last=LAST):
    """The head of a run that nobody killed, told by its plan what the other was told from outside."""
    options = Options(
        **dict.fromkeys(
            ("config", "market", "daily", "earnings", "symbols", "capital", "seed", "scenario", "home", "rules")
        ),
        plugins=plugins, sets=(), what_if=(), mode="paper", first=FIRST, last=last, pace="fast",
    )  # fmt: skip
    with open_ledger(folder) as ledger:
        return simulate(evolve(plan(options), commands=commands), ledger).head


def command(wish, at):
    """What a wish was obeyed as."""
    event = wish.event
    return Command(
        at=at, action={"halt": "kill", "pause": "kill"}.get(event.action, event.action), ledger=event.ledger,
        actor=event.actor, reason=event.reason, closes=event.action != "halt",
    )  # fmt: skip


def test_a_halt_and_a_kill_right_after_it_leave_the_journal_of_one_that_was_halted_there(tmp_path):
    home = tmp_path / "home"
    with Engine(home, deadly=True) as engine:
        engine.until(sent)
        tell(home, "halt")
        assert engine.end() == -signal.SIGKILL
    (halt,) = wishes(home)
    (at,) = halt.heard.values()
    assert halt.waiting
    facts = went_on(home)
    assert facts["state"] == "EMERGENCY"
    assert facts["head"] == head_of_one_told(tmp_path / "whole", command(halt, at))
    assert wishes(home)[0].obeyed
    with open_ledger(home) as ledger:
        run = ledger.latest()
        assert max(entry.at for entry in sent(run)) < at
        assert not any(ledger_.working for ledger_ in run.book.ledgers.values())


def test_the_command_waits_for_the_answer_and_says_what_is_open(tmp_path):
    with Engine(tmp_path) as engine:
        engine.until(sent)
        done = allusr("halt", *ANN, "--wait", "60", home=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        halted, alive, obeyed, still_open, *_ = done.stdout.splitlines()
        assert halted == "halted: the account, by Ann: too hot (KS-7)"
        assert alive.startswith("engine ")
        assert obeyed.startswith("obeyed by run 1 at Mon 2026-01-05 ")
        assert still_open.startswith("open: 0 orders working, ")


def test_a_second_engine_on_a_home_names_the_first_and_reading_goes_on(tmp_path):
    with Engine(tmp_path, "--pace", "real", slow=0) as engine:
        engine.until(lambda run: run.book.cycle == 1)
        second = allusr("run", home=tmp_path)
        assert (second.returncode, second.stdout) == (3, "")
        assert second.stderr.startswith(
            f"error: RULE-2: one engine a home: the ledger is in use by process {engine.process.pid} on "
        )
        assert second.stderr.count("\n") == 1
        for words in (("status",), ("ledger", "show"), ("explain", "AAPL")):
            assert allusr(*words, home=tmp_path).returncode == 0
        status = json.loads(allusr("status", "--json", home=tmp_path).stdout)
        assert (status["engine"]["life"], status["engine"]["pid"]) == ("alive", engine.process.pid)


def test_the_watchdog_halts_a_home_whose_engine_is_stopped_and_it_obeys_when_it_wakes(tmp_path):
    with Engine(tmp_path) as engine:
        engine.until(sent)
        engine.process.send_signal(signal.SIGSTOP)
        barked = allusr("watchdog", "--silence", "4", home=tmp_path)
        assert (barked.returncode, barked.stdout) == (3, "")
        assert barked.stderr.startswith("error: KS-9: engine ")
        assert f"process {engine.process.pid} on " in barked.stderr
        again = allusr("halt", *ANN, "--wait", "0", home=tmp_path)
        assert again.returncode == 0, again.stderr
        engine.process.send_signal(signal.SIGCONT)
        assert engine.end() == 0
    first = wishes(tmp_path)[0]
    assert first.event.actor == "watchdog"
    assert "no heartbeat of process" in first.event.reason
    assert first.obeyed
    with open_ledger(tmp_path) as ledger:
        assert ledger.latest().book.state == "EMERGENCY"


def test_a_pause_reaches_a_stopped_engine_when_it_wakes(tmp_path):
    with Engine(tmp_path) as engine:
        engine.until(sent)
        engine.process.send_signal(signal.SIGSTOP)
        done = allusr("pause", "com_acc", *ANN, "--wait", "1", home=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("paused: sleeve com_acc, by Ann: too hot (KS-7)\n")
        engine.process.send_signal(signal.SIGCONT)
        assert engine.end() == 0
    (pause,) = wishes(tmp_path)
    assert (pause.event.ledger, pause.event.actor, pause.obeyed) == ("com_acc", "Ann", True)
    with open_ledger(tmp_path) as ledger:
        run = ledger.latest()
        assert run.book.ledgers["com_acc"].switches["USER"] == "SAFE"
        assert all(entry.at < pause.heard[run.id] for entry in sent(run))


def test_one_at_the_wall_clocks_pace_obeys_as_it_waits_and_is_lived_through_at_any(tmp_path):
    home = tmp_path / "home"
    with Engine(home, "--pace", "real", slow=0) as engine:
        engine.until(lambda run: run.book.cycle == 1)
        done = allusr("halt", *ANN, "--wait", "60", home=home)
        assert "obeyed by run 1 at Mon 2026-01-05 09:3" in done.stdout, done.stdout
        engine.process.kill()
        engine.end()
    (halt,) = wishes(home)
    (at,) = halt.heard.values()
    with open_ledger(home) as ledger:
        first = next(ledger.latest().entries()).at
    assert first < at < first + timedelta(minutes=5)
    assert went_on(home)["head"] == head_of_one_told(tmp_path / "whole", command(halt, at))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_wishes_between_twenty_kills_are_each_obeyed_once_whenever_they_came(tmp_path, seed):
    random, account = Random(seed), Account(tmp_path / "cut", f"{FIRST}", "2026-01-16", 7)
    words = [("halt", ""), ("rearm", ""), ("pause", ""), ("resume", ""), ("pause", "gen_acc"), ("resume", "gen_acc")]
    for _ in range(20):
        killed = account.start(kill_at=random.randint(1, 120), kill_after=random.choice((0, 0.004)))
        if killed.returncode != -signal.SIGKILL:
            assert killed.returncode == 0, killed.stderr
            break
        for action, scope in random.choices(words, weights=(1, 4, 1, 4, 2, 4), k=random.randint(0, 2)):
            tell(account.home, action, scope)
    account.told()
    heard = [(at, wish) for wish in wishes(account.home) for at in wish.heard.values()]
    assert all(not wish.waiting for _, wish in heard)
    assert len(heard) >= 5
    commands = (command(wish, at) for at, wish in heard)
    head = head_of_one_told(
        tmp_path / "whole", *commands, plugins=(*lives.PLUGINS.split(",")[:-1], str(lives.KILLER)),
        last=date(2026, 1, 16),
    )  # fmt: skip
    assert account.journal()[-1][1] == head
