"""`allusr halt`, `pause`, `resume`, `rearm`, `watchdog`, where no engine runs: what they write, refuse and say."""

import json
import os
import socket
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta

import pytest
from attrs import evolve

from allusr_sdk.ledger import clocks, heartbeat, open_ledger
from allusr_sdk.ledger.heartbeat import Heartbeat
from allusr_sdk.ledger.inbox import Inbox

ANN = ("--by", "Ann", "--reason", "too hot", "--wait", "0")


@pytest.fixture
def home(allusr, market, tmp_path):
    """A home with one backtest that has ended, and a way to call commands on it."""
    folder = tmp_path / "home"
    assert allusr("run", *market.options("--plugins", "gen_acc,protocol", "--home", folder, "--json")).code == 0

    class Home:
        path = folder

        @staticmethod
        def told(*arguments):
            return allusr(*arguments, "--home", folder)

        @property
        def wishes(self):
            with open_ledger(folder, create=False) as ledger:
                return [(w.event.action, w.event.ledger, w.event.actor) for w in Inbox(ledger).wishes]

    return Home()


def beat(home, age=0.0, **more):
    """A heartbeat of this very process, so old."""
    pid = os.getpid()
    made = Heartbeat(pid=pid, born=heartbeat.born(pid), host=socket.gethostname(), at=clocks.now())
    heartbeat.write(home.path, evolve(made, at=made.at - timedelta(seconds=age), **more))


# --- what stands ---------------------------------------------------------------------------------------------------


def test_a_halt_of_a_home_whose_engine_is_down_stands_and_says_what_is_open(home):
    done = home.told("halt", *ANN)
    assert (done.code, done.err) == (0, "")
    first, engine, obeyed, still_open = done.out.splitlines()
    assert first == "halted: the account, by Ann: too hot (KS-7)"
    assert engine.startswith("engine not running: it ended ")
    assert obeyed == "no engine to obey it: the next run of this home obeys before it decides anything"
    assert still_open == "open: 0 orders working, 1 positions held; nothing is liquidated (KS-6)"


def test_the_same_wish_twice_is_one(home):
    home.told("halt", *ANN)
    for again in ("halt", "pause"):
        scope = ("account",) if again == "pause" else ()
        done = home.told(again, *scope, "--by", "Bea", "--reason", "so am I", "--wait", "0")
        assert done.code == 0
        assert done.out.startswith("stands already: halt of the account by Ann ")
    assert home.wishes == [("halt", "", "Ann")]


def test_a_halt_is_more_than_a_pause_and_a_sleeve_less_than_the_account(home):
    for words in (("pause", "gen_acc"), ("pause", "ACCOUNT"), ("halt",)):
        assert home.told(*words, *ANN).code == 0
    assert home.wishes == [("pause", "gen_acc", "Ann"), ("pause", "", "Ann"), ("halt", "", "Ann")]
    status = home.told("status").out
    assert "\nhalted: account by Ann " in status
    assert "\npaused: gen_acc by Ann " in status
    assert status.count("\nwaits for an engine: ") == 3


def test_what_lifts_waits_for_an_engine_and_is_not_written_twice(home):
    home.told("halt", *ANN)
    done = home.told("rearm", *ANN)
    assert (done.code, done.out.splitlines()[0]) == (0, "rearm asked for: the account, by Ann: too hot (KS-7)")
    assert home.told("rearm", *ANN).out.startswith("stands already: rearm of the account by Ann ")
    assert home.wishes == [("halt", "", "Ann"), ("rearm", "", "Ann")]
    home.told("halt", *ANN)
    assert home.wishes[-1] == ("halt", "", "Ann")


def test_where_nothing_stands_nothing_is_lifted_and_nothing_written(home):
    assert home.told("rearm", *ANN).out == "nothing of the account is halted\n"
    assert home.told("resume", "gen_acc", *ANN).out == "sleeve gen_acc is not paused\n"
    assert home.wishes == []


def test_the_next_run_obeys_and_a_rearm_goes_on_from_there(home, market):
    home.told("halt", *ANN)
    again = market.options("--plugins", "gen_acc,protocol", "--json")
    assert json.loads(home.told("run", *again).out)["state"] == "EMERGENCY"
    assert "waits for an engine" not in home.told("status").out
    assert home.told("rearm", *ANN).code == 0
    facts = json.loads(home.told("run", *again).out)
    status = json.loads(home.told("status", "--json").out)
    assert (status["operator"]["waiting"], status["operator"]["standing"]) == ([], [])
    assert (facts["state"], facts["tier"]) == ("SAFE", "NONE")
    assert [change["after"] for change in facts["changes"] if change["what"] == "switch"] == ["HALT", "NONE"]


def test_json_has_the_wish_the_engine_and_the_working_orders(home):
    told = json.loads(home.told("pause", "gen_acc", *ANN, "--json").out)
    assert {key: told["wish"][key] for key in ("action", "scope", "actor", "reason", "waiting")} == {
        "action": "pause", "scope": "gen_acc", "actor": "Ann", "reason": "too hot", "waiting": True,
    }  # fmt: skip
    assert (told["again"], told["engine"]["life"], told["working"]) == (False, "ended", [])


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pause", "gen_ac", *ANN), "KS-7: gen_ac is no sleeve of this home; did you mean 'gen_acc'?"),
        (("pause", "undeployed", *ANN), "KS-7: undeployed is no sleeve of this home"),
        (("halt", "--by", " ", "--reason", "too hot"), "KS-7: halt needs a person's name (--by) and a reason"),
        (("rearm", "--by", "Ann", "--reason", "\n"), "KS-7: rearm needs a person's name (--by) and a reason"),
        (("watchdog", "--silence", "91"), "KS-9: silence_seconds is 90 and can only be tightened: --silence 91"),
        (("watchdog", "--silence", "1"), "KS-9: --silence 1 is shorter than 2 s"),
    ],
)
def test_what_cannot_be_meant_is_one_line_under_a_rule_and_not_written(home, words, says):
    done = home.told(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {says}")
    assert done.err.count("\n") == 1
    assert home.wishes == []


def test_a_halt_is_not_resumed(home):
    home.told("halt", *ANN)
    done = home.told("resume", "account", *ANN)
    assert (done.code, done.out) == (3, "")
    assert done.err == "error: KS-7: resume refused: the account is halted, not paused: use `allusr rearm`\n"


def test_a_file_halt_is_removed_before_the_account_is_rearmed(home):
    (home.path / "HALT").write_text("smoke\n")
    assert "\na file HALT stands in the home: smoke\n" in home.told("status").out
    done = home.told("rearm", *ANN)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: KS-7: rearm refused: a file HALT stands in the home (smoke)")


def test_a_home_without_a_ledger_is_named(allusr, tmp_path):
    done = allusr("halt", *ANN, "--home", tmp_path / "nowhere")
    assert done.code == 2
    assert "no ledger at" in done.err
    assert not (tmp_path / "nowhere").exists()


# --- a database that nobody can write to ---------------------------------------------------------------------------


@pytest.fixture
def held(home, monkeypatch):
    """The home while a process that hangs holds its database in the middle of a transaction."""
    monkeypatch.setattr("allusr_sdk.office.telling._LOCK", 0.1)
    with closing(sqlite3.connect(home.path / "ledger.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        home.let_go = lambda: database.execute("ROLLBACK")
        yield home


@pytest.mark.parametrize("words", [("halt",), ("pause", "gen_acc"), ("rearm",)], ids=" ".join)
def test_a_wish_is_kept_as_a_file_where_the_database_is_held_and_collected_later(held, words):
    done = held.told(*words, *ANN)
    assert (done.code, done.err) == (0, "")
    assert "\nkept as a file, for a process that hangs holds the database: " in done.out
    assert "\nwaits as a file: " in held.told("status").out
    (file,) = (held.path / "wishes").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert held.wishes == []
    held.let_go()
    held.told("pause", "account", *ANN)
    scope = words[1] if len(words) > 1 else ""
    assert held.wishes[0] == (words[0], scope, "Ann")
    assert not (held.path / "wishes").exists()


def test_a_kept_wish_whose_file_outlived_its_entry_is_no_second_one(held):
    held.told("rearm", *ANN)
    (file,) = (held.path / "wishes").iterdir()
    text = file.read_bytes()
    held.let_go()
    held.told("halt", *ANN)
    file.parent.mkdir()
    file.write_bytes(text)
    held.told("halt", *ANN)
    assert [wish[0] for wish in held.wishes] == ["rearm", "halt"]


def test_a_kept_wish_that_cannot_be_read_halts(held):
    held.told("rearm", *ANN)
    (file,) = (held.path / "wishes").iterdir()
    file.write_bytes(b"{")
    held.let_go()
    held.told("pause", "gen_acc", *ANN)
    assert held.wishes[0] == ("halt", "", "file")


def test_the_watchdog_keeps_its_halt_as_a_file_where_the_database_is_held(held):
    beat(held, age=100)
    done = held.told("watchdog", "--once")
    assert done.code == 3
    assert "halted, by a file" in done.err
    assert "\nwaits as a file: halt of account by watchdog: no heartbeat of process " in held.told("status").out


# --- heartbeat and watchdog ----------------------------------------------------------------------------------------


def test_an_engine_that_ended_is_not_missed(home):
    done = home.told("watchdog", "--once")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("engine not running: it ended ")
    assert home.wishes == []


def test_an_engine_that_beats_is_alive(home):
    beat(home, age=1)
    assert home.told("watchdog", "--once").out.startswith("engine alive: process ")
    assert "\nengine alive: process " in home.told("status").out


def test_a_silence_that_is_too_long_halts_the_home_once_and_pages_each_time(home):
    beat(home, age=20)
    assert home.told("watchdog", "--once").code == 0
    for _ in range(2):
        done = home.told("watchdog", "--once", "--silence", "15")
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith("error: KS-9: engine silent since ")
        assert done.err.count("\n") == 1
    assert home.wishes == [("halt", "", "watchdog")]
    assert "\nhalted: account by watchdog " in home.told("status").out


def test_an_engine_that_is_gone_without_a_goodbye_is_missed(home):
    beat(home, age=95, born=1.0)
    assert "\nengine not running: process " in home.told("status").out
    done = home.told("watchdog")
    assert done.code == 3
    assert "ended without a goodbye" in done.err
    assert home.wishes == [("halt", "", "watchdog")]


def test_a_database_out_of_reach_tells_nothing_of_its_engine(allusr):
    done = allusr("watchdog", "--once", "--home", "postgresql://nobody:secret@127.0.0.1:1/none")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: KS-9: whether the engine beats cannot be known: the ledger's database cannot be")
    assert done.err.count("\n") == 1
    assert "secret" not in done.err


def test_a_beat_of_another_machine_that_lies_ahead_is_suspicious_and_halts_nothing(home):
    beat(home, age=-3600, host="elsewhere")
    done = home.told("watchdog", "--once")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: KS-9: engine unknown: the last beat of process ")
    assert " lies 3600 s ahead of this clock: one clock is wrong: set it right; " in done.err
    assert home.wishes == []
    assert "\nengine unknown: the last beat of process " in home.told("status").out


def test_a_watchdog_that_stays_goes_by_its_own_clock_where_the_others_is_wrong(home):
    beat(home, age=-3600, host="elsewhere")
    done = home.told("watchdog", "--silence", "2")
    assert (done.code, done.out) == (3, "")
    assert home.wishes == [("halt", "", "watchdog")]


@pytest.mark.parametrize(("by", "way"), [(3600, "forward by 3600 s"), (-3600, "back by 3600 s")])
def test_a_step_of_the_wall_clock_is_told_and_nobody_is_halted_for_it(home, by, way):
    now = clocks.reading()
    beat(home, age=by, boot=now.boot, uptime=now.uptime)
    done = home.told("watchdog", "--once")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("engine alive: process ")
    assert done.out.endswith(f"; the wall clock was set {way} since\n")
    assert home.wishes == []


def test_everything_in_a_home_is_its_owners_alone(home):
    home.told("halt", *ANN)
    beat(home)
    for path in home.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
