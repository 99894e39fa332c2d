"""Several accounts in one engine from the command line: their homes, their ends, and what they have of each other."""

import json

import psycopg
import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.hearts import heart_of
from allusr_sdk.ledger.verify import verify_all
from tests.ledger import servers

DAYS = ("--plugins", "gen_acc,com_acc,protocol", "--symbols", "SPY", "--from", "2026-01-05", "--to", "2026-01-05")


@pytest.fixture
def run(allusr, tmp_path):
    """Run accounts alike in the homes below a folder."""

    def call(*options, home="home"):
        return allusr("run", *DAYS, "--capital", "100000", "--home", tmp_path / home, *options)

    return call


def heads(folder, number=2):
    """The head of each account's newest run."""
    found = []
    for name in (f"a{one:02}" for one in range(1, number + 1)):
        with open_ledger(folder / name, create=False) as ledger:
            found.append(ledger.latest().head)
    return found


@pytest.mark.parametrize("mode", ["backtest", "paper"])
def test_accounts_alike_have_homes_of_their_own_and_the_journals_that_each_has_alone(run, tmp_path, mode):
    both = run("--accounts", "2", "--mode", mode, "--together", "--json")
    assert (both.code, both.err) == (0, "")
    told = json.loads(both.out)["accounts"]
    assert {name: (body["capital"], body["seed"]) for name, body in told.items()} == {
        "a01": ("100000.00", 1), "a02": ("100000.00", 2),
    }  # fmt: skip
    for name in ("a01", "a02"):
        assert run("--accounts", "2", "--mode", mode, "--account", name, home="alone").code == 0
    assert heads(tmp_path / "home") == heads(tmp_path / "alone")


def test_an_account_whose_home_is_held_is_refused_alone_and_the_code_is_its_own(run, tmp_path):
    with open_ledger(tmp_path / "home" / "a01") as ledger, ledger.lease():
        done = run("--accounts", "2", "--mode", "paper", "--together")
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert done.err.startswith("error: account a01: RULE-2: one engine a home: ")
    with open_ledger(tmp_path / "home" / "a02", create=False) as ledger:
        assert any(ledger.latest().entries(kind="RunEnded"))


def test_an_engine_that_is_asked_to_end_ends_every_account_with_a_goodbye_and_goes_on_later(run, tmp_path, monkeypatch):
    from allusr_sdk.execution.runner import Runner

    take, taken = Runner.take, []

    def asked(self, step):
        take(self, step)
        taken.append(step)
        if len(taken) == 100:
            raise KeyboardInterrupt

    monkeypatch.setattr(Runner, "take", asked)
    assert run("--accounts", "2", "--mode", "paper", "--together").code == 1
    for name in ("a01", "a02"):
        with open_ledger(tmp_path / "home" / name, create=False) as ledger:
            assert not any(ledger.latest().entries(kind="RunEnded"))
            assert heart_of(ledger).read().ended
    monkeypatch.undo()
    assert run("--accounts", "2", "--mode", "paper", "--together").code == 0
    assert run("--accounts", "2", "--mode", "paper", "--together", home="whole").code == 0
    assert heads(tmp_path / "home") == heads(tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--together",), "--together is for several accounts: give --accounts N, or a file with [accounts.NAME]"),
        (("--accounts", "0"), "--accounts 0: give 1 or more"),
        (("--accounts", "2", "--together", "--mode", "live"), "--together: live accounts have a process each: leave it"
         " out"),
    ],
)  # fmt: skip
def test_what_cannot_run_together_is_refused_in_one_line(run, options, line):
    refused = run(*options)
    assert (refused.code, refused.err) == (2, f"error: {line}\n")


def test_accounts_alike_and_accounts_of_a_file_do_not_go_together(run, tmp_path):
    file = tmp_path / "many.toml"
    file.write_text("[accounts.ira]\n")
    refused = run("--accounts", "2", "--config", file)
    assert (refused.code, refused.err) == (
        2, f"error: --accounts 2: {file} names accounts of its own: leave out one of both\n",
    )  # fmt: skip


def test_a_name_may_stand_anywhere_in_a_home(run, tmp_path):
    assert run("--accounts", "2", home="book of {account}").code == 0
    for name in ("a01", "a02"):
        with open_ledger(tmp_path / f"book of {name}", create=False) as ledger:
            assert len(ledger.runs()) == 1


@pytest.mark.long
@pytest.mark.parametrize("mode", ["backtest", "paper"])
def test_ten_accounts_keep_their_books_on_one_postgresql_server(allusr, run, tmp_path, mode):
    names = [f"a{number:02}" for number in range(1, 11)]
    assert run("--accounts", "10", home="files").code == 0 if mode == "backtest" else True
    with servers.running() as server, servers.database(server) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for name in names:
                connection.execute(f"CREATE DATABASE books_{name}")
        home = f"{url.rpartition('/')[0]}/books_{{account}}"
        done = allusr(
            "run", *DAYS, "--capital", "100000", "--home", home, "--accounts", "10", "--mode", mode, "--together"
        )
        assert (done.code, done.err) == (0, "")
        found = []
        for name in names:
            with open_ledger(home.replace("{account}", name), create=False) as ledger:
                assert all(report.ok for report in verify_all(ledger))
                found.append(ledger.latest().head)
    assert len(set(found)) == 10
    if mode == "backtest":
        assert found == heads(tmp_path / "files", 10)
