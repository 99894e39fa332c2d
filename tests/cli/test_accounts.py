"""Several accounts in one configuration: which homes they have, that no two are one, and their backtests."""

import json

import pytest

from allusr_sdk.ledger import open_ledger

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
