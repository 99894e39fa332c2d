"""Several accounts: which homes they have, when an engine is started again, and what a supervisor does and says."""

import json
import re
import signal
import subprocess
import sys

import pytest

from allusr_sdk.cli.processes import ALLUSR
from allusr_sdk.cli.restarts import GONE, End, Patience, meaning, words
from allusr_sdk.cli.supervise import Charge, Supervisor
from allusr_sdk.cli.watchdog import Watch
from allusr_sdk.ledger import clocks, heartbeat, open_ledger
from allusr_sdk.ledger.heartbeat import Heartbeat
from allusr_sdk.ledger.hearts import FileHeart
from allusr_sdk.ledger.inbox import Inbox

# --- when an engine is started again -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "end", "told"),
    [
        (0, End.DONE, "ended"),
        (1, End.DIED, "ended with 1 (failed or interrupted)"),
        (2, End.REFUSED, "ended with 2 (bad input)"),
        (3, End.REFUSED, "ended with 3 (refused by state)"),
        (4, End.REFUSED, "ended with 4 (books, broker or hashes disagree)"),
        (127, End.DIED, "ended with 127 (failed or interrupted)"),
        (-signal.SIGKILL, End.DIED, "killed by SIGKILL"),
        (-signal.SIGTERM, End.DIED, "killed by SIGTERM"),
        (-250, End.DIED, "killed by signal 250"),
        (GONE, End.DIED, "is gone without a goodbye"),
    ],
)
def test_what_an_end_means(code, end, told):
    assert (meaning(code), words(code)) == (end, told)


@pytest.mark.parametrize(
    ("lives", "waits"),
    [
        ((), []),
        ((0, 0, 0, 0), [1, 2, 4, 8]),
        ((1,) * 10, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]),
        ((0,) * 2000, [300]),
        ((599, 599, 600, 599), [1, 2, 1, 2]),
        ((86400, 86400), [1, 1]),
    ],
)
def test_the_wait_doubles_up_to_five_minutes_and_begins_anew_after_ten_of_life(lives, waits):
    patience, found = Patience(), []
    for lived in lives:
        patience = patience.after(lived)
        found.append(patience.wait)
    assert found[-len(waits) :] == waits


def test_the_first_start_waits_for_nothing():
    assert Patience().wait == 0


# --- homes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def several(allusr, tmp_path):
    """Write a configuration and run it as told."""

    def run(toml, *options, home=None):
        file = tmp_path / "many.toml"
        file.write_text(toml)
        return allusr("run", "--config", file, "--home", home or tmp_path / "home", *options)

    return run


@pytest.mark.parametrize(
    ("toml", "lines"),
    [
        (
            "[broker]\nuse = 'ib'\naccount = 'U1'\n[accounts.a]\n[accounts.b]",
            ["accounts.b.broker: the broker account is that of accounts.a: one process each (RULE-2)"],
        ),
        (
            "[accounts.a.broker]\naccount = 'U1'\n[accounts.b.broker]\nuse = 'ib'\naccount = 'U1'\n[accounts.c]",
            ["accounts.b.broker: the broker account is that of accounts.a: one process each (RULE-2)"],
        ),
        (
            "[accounts.a.broker]\nuse = 'ib'\n[accounts.b.broker]\nuse = 'ib'",
            ["accounts.b.broker: the broker account is that of accounts.a: one process each (RULE-2)"],
        ),
        (
            "[accounts.a]\nhome = 'home/b'\n[accounts.b]\n[accounts.c]\nhome = './home/../home/b'",
            [
                "accounts.b.home: the home is that of accounts.a: one process each (RULE-2)",
                "accounts.c.home: the home is that of accounts.a: one process each (RULE-2)",
            ],
        ),
    ],
)
@pytest.mark.parametrize("options", [(), ("--mode", "paper"), ("--account", "a")])
def test_two_accounts_are_not_one(several, toml, lines, options):
    refused = several(toml, *options)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"error: {'; '.join(lines)}\n"


def test_under_a_database_each_account_names_a_home_of_its_own(several, tmp_path):
    refused = several("[accounts.a]\n[accounts.b]\nhome = 'x'\n[accounts.c]", home="postgresql://ann:secret@h/x")
    assert refused.code == 2
    assert refused.err.count("each account needs its own") == 2
    assert "accounts.a.home" in refused.err
    assert "secret" not in refused.err


def test_all_problems_of_all_accounts_are_told_before_any_is_started(several, tmp_path):
    toml = "[run]\nsed = 1\n[accounts.a.account]\ncapitl = 1\n[accounts.b.rules.lq_1]\nopen_interest = 1\n[accounts.c]"
    refused = several(toml, "--mode", "paper")
    assert (refused.code, refused.out) == (2, "")
    assert "accounts.a.account.capitl: unknown setting; did you mean 'capital'?" in refused.err
    assert refused.err.count("run.sed: unknown setting; did you mean 'seed'?") == 1
    assert refused.err.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_an_account_that_is_not_there_is_refused_with_the_nearest(several):
    refused = several("[accounts.family]", "--account", "famly")
    assert (refused.code, refused.err) == (
        2, "error: --account famly: no [accounts.famly] in the configuration; did you mean 'family'?\n",
    )  # fmt: skip


# --- a backtest ----------------------------------------------------------------------------------------------------

TWO = """
[plugins]
use = ["gen_acc", "protocol"]
[accounts.family.account]
capital = 200000
[accounts.ira.account]
capital = 300000
"""


def test_a_backtest_runs_the_accounts_together_and_shows_them_one_after_another(several, market, tmp_path):
    done = several(TWO, *market.options())
    assert (done.code, done.err) == (0, "")
    shown = done.out.splitlines()
    titles = [line for line in shown if line.startswith(("Account ", "capital "))]
    assert [title.partition(" · ")[0] for title in titles] == [
        "Account family", "capital 200,000.00", "Account ira", "capital 300,000.00",
    ]  # fmt: skip
    for name in ("family", "ira"):
        with open_ledger(tmp_path / "home" / name, create=False) as ledger:
            assert len(ledger.runs()) == 1


def test_json_of_several_accounts_is_one_object_and_of_one_of_them_its_own(several, market):
    both = json.loads(several(TWO, *market.options("--json")).out)["accounts"]
    one = json.loads(several(TWO, *market.options("--json", "--account", "ira")).out)
    assert [body["capital"] for body in both.values()] == ["200000.00", "300000.00"]
    assert (one["run"], one["capital"]) == (2, "300000.00")


def test_status_of_the_folder_above_has_a_line_for_each_account(several, allusr, market, tmp_path):
    several(TWO, *market.options())
    home = tmp_path / "home"
    (home / "odd").mkdir()
    (home / "odd" / "ledger.db").touch()
    title, family, ira, odd, problem, *_ = allusr("status", "--home", home).out.splitlines()
    assert title.split() == ["account", "engine", "state", "tier", "equity", "needs"]
    told = json.loads(allusr("status", "--home", home, "--json").out)["accounts"]
    assert list(told) == ["family", "ira", "odd"]
    for name, line in (("family", family), ("ira", ira)):
        equity = json.loads(allusr("status", "--home", home / name, "--json").out)["equity"]
        assert told[name]["equity"] == equity
        assert f"{name}  " in line
        assert f"  {float(equity):,.2f}  " in line
        assert "  not running: it ended " in line
    assert odd.split()[-4:] == ["unknown"] * 4
    assert problem.startswith("odd: no ledger in ")


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
    assert lines[1].startswith("family: KS-9: engine ")
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
