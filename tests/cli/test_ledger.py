"""`allusr ledger` and `allusr status`: the journal as a person and a script read it."""

import json
import shutil
import sqlite3

import pytest


def test_show_lists_runs_and_the_newest_entries(allusr, ran):
    shown = allusr("ledger", "show", "--limit", 3, "--home", ran.home)
    assert shown.code == 0
    lines = [line for line in shown.out.splitlines() if line.startswith("#")]
    assert len(lines) == 3
    assert "RunEnded" in lines[-1]


def test_show_narrows_by_kind_ledger_and_symbol(allusr, ran):
    options = ("--kind", "Filled", "--ledger", "gen_acc", "--symbol", "spy", "--entries")
    shown = allusr("ledger", "show", *options, "--home", ran.home).out
    assert "gen_acc 1010 +" in shown
    assert "gen_acc 2100 -" in shown
    body = json.loads(allusr("ledger", "show", *options, "--home", ran.home, "--json").out)
    assert {entry["kind"] for entry in body["entries"]} == {"Filled"}
    assert sum(line["cents"] for entry in body["entries"] for line in entry["postings"]) == 0


def test_verify_says_how_many_entries_and_which_head(allusr, ran):
    body = json.loads(allusr("ledger", "verify", "--home", ran.home, "--json").out)
    assert body["verified"] is True
    assert f"head {body['runs'][0]['head']}" in allusr("ledger", "verify", "--home", ran.home).out


def test_a_changed_entry_ends_verify_with_exit_4_naming_it(allusr, ran, tmp_path):
    shutil.copy(ran.home / "ledger.db", tmp_path / "ledger.db")
    with sqlite3.connect(tmp_path / "ledger.db") as database:
        database.execute("update entries set payload = replace(payload, '400000', '400001') where seq = 2")
    database.close()
    for arguments in (("ledger", "verify"), ("status",)):
        done = allusr(*arguments, "--home", tmp_path)
        assert done.code == 4
        assert "entry 2" in done.err
        assert done.err.count("\n") == 1


def test_balances_sum_to_zero_in_every_ledger_and_know_the_past(allusr, ran):
    now = json.loads(allusr("ledger", "balances", "--home", ran.home, "--json").out)
    assert now["sum"] == "0.00"
    before = json.loads(allusr("ledger", "balances", "--at", "2026-02-11", "--home", ran.home, "--json").out)
    assert {row["account"] for row in before["balances"]} == {"1010", "3010"}
    assert "2100" in {row["account"] for row in now["balances"]}
    assert "Short option premium liability" in allusr("ledger", "balances", "--home", ran.home).out


def test_status_shows_positions_and_what_waits(allusr, ran):
    shown = allusr("status", "--home", ran.home)
    assert "state SAFE · tier NONE" in shown.out
    assert "SPY 13 Feb 200 put" in shown.out
    assert "UNSETTLED gen_acc SPY" in shown.out
    body = json.loads(allusr("status", "--home", ran.home, "--json").out)
    assert [(p["contract"], p["quantity"], p["level"]) for p in body["positions"]] == [("SPY   260213P00200000", -4, 1)]


COMMANDS = [("status",), ("explain", "SPY"), ("ledger", "show"), ("ledger", "verify"), ("ledger", "balances")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_missing_ledger_is_one_line_that_says_what_to_type(command, allusr, tmp_path):
    done = allusr(*command, "--home", tmp_path / "none")
    assert (done.code, done.out) == (2, "")
    assert f"`allusr run --home {tmp_path / 'none'}` makes one" in done.err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show", "--kind", "Fill"), "did you mean 'Filled'?"),
        (("show", "--ledger", "gen"), "did you mean 'gen_acc'?"),
        (("show", "--limit", "0"), "--limit"),
        (("balances", "--at", "today"), "--at today: expected a date"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_wrong_options_are_one_line_exit_2(arguments, says, allusr, ran):
    done = allusr("ledger", *arguments, *(("--home", ran.home) if len(arguments) > 1 else ()))
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1
