"""`--market ibkr` on the command line: what it needs, and what is said where it cannot be."""

import pytest

from tests.cli.conftest import allusr as allusr

DAYS = ("--from", "2026-02-09", "--to", "2026-02-09", "--plugins", "gen_acc,protocol")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "--market ibkr is the market of now: use --mode paper or live"),
        (("--mode", "paper"), "--market ibkr needs --pace real: its instants come as time passes"),
        (("--mode", "paper", "--pace", "real", "--earnings", "none.csv"), "--earnings none.csv: no such file"),
    ],
)
def test_what_it_needs_is_said_in_one_line(allusr, tmp_path, options, why):
    done = allusr("run", "--market", "ibkr", *DAYS, "--home", tmp_path / "home", *options)
    assert (done.code, done.err) == (2, f"error: {why}\n")


def test_a_gateway_that_is_not_there_is_said_and_nothing_is_begun(allusr, tmp_path):
    there = ("--set", "ibkr.port=1", "--set", "ibkr.seconds=0.5")
    done = allusr(
        "run", "--market", "ibkr", *DAYS, "--home", tmp_path / "home", "--mode", "paper", "--pace", "real", *there
    )
    assert done.code != 0
    assert done.err.startswith("error: IBKR at 127.0.0.1:1, client 72: the time: ")
    assert allusr("ledger", "show", "--home", tmp_path / "home").code != 0


def test_without_a_period_it_is_asked_for(allusr, tmp_path):
    words = ("run", "--market", "ibkr", "--mode", "paper", "--pace", "real", "--plugins", "gen_acc,protocol")
    done = allusr(*words, "--home", tmp_path / "home")
    assert done.err == "error: market ibkr does not tell which days it has: give --from and --to\n"
