"""`allusr arm`, `disarm`, and what a live run refuses (KS-9, KS-11.14, KS-11.15)."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.arming import Arming
from allusr_sdk.ledger.verify import verify_all
from tests.cli.desk import ANN, Desk


@pytest.fixture
def desk(allusr, tmp_path, monkeypatch):
    """A home with locked plugins, and a broker whose account is the one that is meant."""
    made = Desk(allusr, tmp_path, monkeypatch)
    assert made.told("plugins", "lock").code == 0
    return made


@pytest.fixture
def armed(desk):
    """The same, armed."""
    done = desk.told("arm", *ANN)
    assert (done.code, done.err) == (0, "")
    return desk


# --- arming --------------------------------------------------------------------------------------------------------


def test_arming_shows_what_is_armed_and_writes_it_to_a_chain_of_the_home(desk):
    done = desk.told("arm", *ANN)
    shown = dict(line.split(None, 1) for line in done.out.splitlines()[:-1])
    assert (shown["account"], shown["live"], shown["permissions"]) == ("U7", "True", "options, shares")
    assert done.out.splitlines()[-1] == "armed: live trading of U7, by Ann: ready (KS-11)"
    with open_ledger(desk.home, create=False) as ledger:
        stands = Arming(ledger).stands
        assert all(report.ok for report in verify_all(ledger))
    assert (stands.broker, stands.account, stands.currency, stands.actor) == ("desk", "U7", "USD", "Ann")
    assert shown["rulebook"] == stands.rulebook
    assert shown["lock"] == f"sha256 {stands.lock[:12]}"


def test_without_a_terminal_the_account_is_typed_as_an_option_and_has_to_be_the_one(desk):
    by = ("--by", "Ann", "--reason", "ready")
    none, other = desk.told("arm", *by), desk.told("arm", *by, "--confirm", "U8")
    assert (none.code, other.code) == (2, 2)
    assert "--confirm ACCOUNT where there is no terminal" in none.err
    assert other.err == "error: KS-11: not armed: what was typed is not the account's id U7\n"
    assert "not armed" in desk.runs().err


def test_on_a_terminal_the_account_is_asked_for(desk, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "U7" if "account's id" in question else "")
    assert desk.told("arm", "--by", "Ann", "--reason", "ready").code == 0


@pytest.mark.parametrize("options", [("--by", " ", "--reason", "x"), ("--by", "Ann", "--reason", "")])
def test_nobody_arms_without_a_name_and_a_reason(desk, options):
    done = desk.told("arm", *options, "--confirm", "U7")
    assert (done.code, done.err) == (2, "error: KS-11: arm needs a person's name (--by) and a reason (--reason)\n")


def test_what_a_check_finds_is_not_armed(desk):
    desk.says(live=False)
    done = desk.told("arm", *ANN)
    assert (done.code, done.err) == (
        3, "error: KS-11: not armed: flag: paper, wanted live: connect to the other account\n",
    )  # fmt: skip


def test_as_json_it_is_one_object(desk):
    told = json.loads(desk.told("arm", *ANN, "--json").out)["armed"]
    assert (told["account"], told["live"], told["permissions"]) == ("U7", True, ["options", "shares"])


def test_what_was_armed_is_taken_back_once(armed, allusr):
    words = ("disarm", "--by", "Bea", "--reason", "holiday", "--home", armed.home)
    assert allusr(*words).out == "disarmed: U7, by Bea: holiday (KS-11)\n"
    assert allusr(*words).out == "nothing is armed\n"
    assert json.loads(allusr(*words, "--json").out) == {"disarmed": False}
    assert armed.runs().err.startswith("error: KS-11: --mode live refused: armed: not armed, wanted armed: ")


# --- a live run ----------------------------------------------------------------------------------------------------


def test_a_live_run_starts_where_all_is_as_it_was_armed(armed):
    done = armed.runs()
    assert (done.code, done.err) == (0, "")
    assert (armed.plan.mode, armed.plan.broker.identity().account) == ("live", "U7")


def test_a_live_run_of_a_home_that_is_not_armed_is_refused(desk):
    done = desk.runs()
    assert (done.code, done.err) == (
        3, "error: KS-11: --mode live refused: armed: not armed, wanted armed: `allusr arm`\n",
    )  # fmt: skip
    assert desk.plan is None


@pytest.mark.parametrize(
    ("says", "line"),
    [
        ({"account": "U8"}, "account: U8, wanted U7: "),
        ({"live": False}, "flag: paper, wanted live: "),
        ({"currency": "EUR"}, "currency: EUR, wanted USD: "),
        ({"permissions": ["shares"]}, "permissions: shares, wanted options, shares: "),
        ({"permissions": ["options", "shares", "spreads"]}, "armed: permissions is options, shares, spreads, "),
        ({"skew": 30.0}, "clock: 30.0 s from the broker's, wanted 2 s or less (KS-9): "),
        ({"skew": -30.0}, "clock: 30.0 s from the broker's, wanted 2 s or less (KS-9): "),
        ({"raises": "line cut"}, "broker: desk: ConnectionError: line cut, wanted an answer: "),
    ],
)
def test_what_the_broker_says_otherwise_refuses_a_live_run_in_one_line(armed, says, line):
    armed.says(**says)
    done = armed.runs()
    assert (done.code, done.err.count("\n"), armed.plan) == (3, 1, None)
    assert done.err.startswith(f"error: KS-11: --mode live refused: {line}")


def test_another_account_that_the_configuration_names_is_not_the_armed_one(armed):
    armed.says(account="U8")
    armed.config.write_text(armed.config.read_text().replace("U7", "U8"))
    assert "refused: armed: account is U8, armed was U7, wanted as armed: " in armed.runs().err


def test_an_account_that_nobody_named_is_not_traded_live(armed):
    armed.config.write_text(armed.config.read_text().replace('account = "U7"', ""))
    assert "refused: account: U7, wanted an account that [broker] names: " in armed.runs().err


def test_a_changed_plugin_disarms_and_so_does_another_selection(armed):
    others = armed.runs("--plugins", "gen_acc,rev_acc,protocol,desk")
    assert "refused: lock: rev_acc: is not in the lock, wanted as locked: " in others.err
    armed.module.write_text(armed.module.read_text() + "\n# changed\n")
    assert "refused: lock: desk: its files have changed: " in armed.runs().err
    assert armed.told("plugins", "lock").code == 0
    assert "refused: armed: plugins is " in armed.runs().err
    assert armed.told("arm", *ANN).code == 0
    assert armed.runs().code == 0


def test_a_tighter_rule_disarms_and_a_loosened_one_never_starts(armed):
    assert "refused: armed: rulebook is " in armed.runs("--set", "lq_1.open_interest=900").err
    done = armed.runs("--what-if", "lq_1.open_interest=0")
    assert (done.code, done.err.split(":")[1].strip()) == (2, "LQ-1")


def test_the_home_has_to_be_closed_to_others(armed):
    os.chmod(armed.home / "ledger.db", 0o644)
    done = armed.runs()
    assert "refused: home: ledger.db 0644" in done.err
    assert "wanted 0600 and 0700: chmod -R go= on the home" in done.err


def test_a_live_run_starts_in_a_halted_home_for_only_one_that_runs_is_rearmed(armed, allusr):
    (armed.home / "HALT").touch()
    assert armed.runs().code == 0
    doctor = armed.told("doctor", "--mode", "live")
    assert (doctor.code, "halt: a file HALT: " in doctor.err) == (3, True)


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        (("--broker", "dsk"), "broker dsk: no selected plugin brings it; did you mean 'desk'?"),
        (("--pace", "fast"), "--mode live needs --pace real"),
        (("--market", "synthetic"), "--mode live needs the market of now, and synthetic is none"),
        (("--plugins", "gen_acc,protocol,./wheel.py"), "plugin wheel.py: is selected by its path, for backtest"),
        (("--mode", "backtest", "--broker", "desk"), "--broker desk: a backtest has no broker"),
    ],
)
def test_what_no_live_run_can_be_made_of_is_bad_input(armed, instead, words):
    done = armed.runs(*instead)
    assert (done.code, done.err.count("\n"), armed.plan) == (2, 1, None)
    assert words in done.err


def test_a_live_run_without_a_broker_says_so(allusr, tmp_path):
    done = allusr("run", "--mode", "live", "--home", tmp_path)
    assert (done.code, done.err) == (
        2, "error: --mode live needs a broker: give --broker NAME, or use in the table [broker]\n",
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


# --- paper over a broker -------------------------------------------------------------------------------------------


def test_a_paper_run_over_a_paper_account_needs_no_arming_and_no_clock(desk):
    desk.says(live=False, skew=60.0)
    assert desk.runs(mode="paper").code == 0
    assert desk.plan.broker.identity().live is False


def test_a_paper_run_over_a_live_account_is_refused_and_one_over_a_silent_broker_too(desk):
    assert "--mode paper refused: flag: live, wanted paper: " in desk.runs(mode="paper").err
    desk.says(raises="line cut")
    done = desk.runs(mode="paper")
    assert (done.code, "--mode paper refused: broker: desk: ConnectionError: line cut" in done.err) == (3, True)


@pytest.mark.parametrize(("told", "code"), [
    (["gen_acc=U7"], 0), (["root=U7"], 0), (["com_acc=U8", "f1=U8"], 0), (["gen_acc=U8"], 3), (["root=U8"], 3),
])  # fmt: skip
def test_a_ledger_that_lies_in_another_account_than_the_one_that_is_reached_does_not_trade(desk, told, code):
    """A neighbour's ledgers, and forks where nothing forks, are none of the run's."""
    desk.says(live=False)
    done = desk.runs("--set", f"account.broker_accounts={json.dumps(told)}", mode="paper")
    assert done.code == code
    name = told[0].partition("=")[0]
    assert done.err == ("" if not code else (
        f"error: KS-11: --mode paper refused: ledgers: {name} in U8, wanted all ledgers in U7: run them in "
        "[accounts.NAME] of their own, or change account.broker_accounts\n"
    ))  # fmt: skip


def test_an_account_that_would_fork_into_another_of_the_brokers_does_not_start(desk):
    desk.says(live=False)
    sets = ("--set", 'account.broker_accounts=["f1=U8"]')
    done = desk.runs(*sets, "--set", 'plugins.use=["gen_acc", "protocol", "desk", "forks"]', mode="paper")
    assert (done.code, "ledgers: f1 in U8, wanted all ledgers in U7" in done.err) == (3, True)
    assert desk.runs(*sets, mode="backtest").code == 0


def test_a_backtest_asks_no_broker_that_the_configuration_names(desk):
    desk.says(raises="line cut")
    assert desk.runs(mode="backtest").code == 0
    assert desk.plan.broker is None


def test_a_damaged_chain_of_arming_arms_nothing(armed):
    with closing(sqlite3.connect(armed.home / "ledger.db")) as database:
        database.execute("UPDATE entries SET payload = replace(payload, 'U7', 'U8')")
        database.commit()
    armed.says(account="U8")
    armed.config.write_text(armed.config.read_text().replace("U7", "U8"))
    done = armed.runs()
    assert (done.code, done.err.count("\n"), armed.plan) == (4, 1, None)
