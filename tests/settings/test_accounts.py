"""[accounts.NAME]: what one account says over the tables that all have, and how it is told that it cannot."""

from decimal import Decimal
from pathlib import Path

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import InputError, SettingsError

SEVERAL = """
[account]
capital = 100

[run]
seed = 3

[accounts.family.account]
capital = 200

[accounts.family.sleeves.gen_acc]
dte_max = 0

[accounts.ira]
home = "elsewhere"

[accounts.ira.rules.lq_1]
open_interest = 900
"""


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "many.toml"
        path.write_text(text)
        return path

    return write


def test_an_account_says_something_over_what_all_have_and_nothing_over_its_neighbour(file):
    path = file(SEVERAL)
    family, ira, nobody = (Config.read(path, account=name) for name in ("family", "ira", None))
    assert [c.account.capital for c in (family, ira, nobody)] == [Decimal(200), Decimal(100), Decimal(100)]
    assert [c.sleeves for c in (family, ira, nobody)] == [{"gen_acc": {"dte_max": 0}}, {}, {}]
    assert [c.rulebook.integer("LQ-1.open_interest") for c in (family, ira)] == [500, 900]
    assert {c.run.seed for c in (family, ira, nobody)} == {3}


def test_a_set_pair_is_for_all_accounts_or_for_one(file):
    path = file(SEVERAL)
    for_all = [Config.read(path, sets=["account.capital=9"], account=name) for name in ("family", "ira")]
    assert [c.account.capital for c in for_all] == [Decimal(9), Decimal(9)]
    for_one = [Config.read(path, sets=["accounts.ira.account.capital=9"], account=name) for name in ("family", "ira")]
    assert [c.account.capital for c in for_one] == [Decimal(200), Decimal(9)]


def test_an_account_is_the_configuration_that_a_file_of_its_own_would_be(file):
    family = Config.read(file(SEVERAL), account="family")
    alone = Config.read(file("[account]\ncapital = 200\n[run]\nseed = 3\n[sleeves.gen_acc]\ndte_max = 0\n"))
    assert family.digest == alone.digest
    assert family.origin("account.capital") == "account"
    assert family.origin("run.seed") == "file"


def test_plugins_by_path_are_found_from_the_files_folder(file, tmp_path):
    config = Config.read(file("[accounts.family.plugins]\nuse = ['./wheel.py', 'protocol']\n"), account="family")
    assert config.plugins.use == (str(tmp_path / "wheel.py"), "protocol")


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("accounts = 3", "accounts: expected a table, got a number; write [accounts.NAME]"),
        ("[accounts]\nfamily = 3", "accounts.family: expected a table, got a number; write [accounts.NAME]"),
        ("[accounts.family.plugin]", "accounts.family.plugin: unknown table; did you mean 'plugins'?"),
        ("[accounts.family.accounts.x]", "accounts.family.accounts: unknown table; did you mean 'account'?"),
        ("[accounts.family]\nhome = 3", "accounts.family.home: expected a folder or a database URL, got a number"),
        ("[accounts.family]\n[accounts.'../x']", "accounts.../x: an account's name has letters, digits, - and _"),
        ("[accounts.family.account]\ncapitl = 3", "accounts.family.account.capitl: unknown setting; did you mean"),
        ("[accounts.family.plugins]\nuse = [1]", "accounts.family.plugins.use[0]: expected str, got int"),
        ("[account]\ncapitl = 3\n[accounts.family]", "account.capitl: unknown setting; did you mean 'capital'?"),
    ],
)
def test_a_typo_is_one_line_with_its_path(file, toml, line):
    with pytest.raises(SettingsError) as caught:
        Config.read(file(toml), account="family")
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(line)


def test_what_is_wrong_with_any_account_as_such_is_told_whoever_is_asked_for(file):
    path = file("[accounts.family.plugin]\n[accounts.ira]\nhome = ''\n[run]\nsed = 1\n")
    for account in (None, "family"):
        with pytest.raises(SettingsError) as caught:
            Config.read(path, account=account)
        assert len(caught.value.problems) == 3


def test_an_account_that_is_not_there_is_one_line_with_the_nearest(file):
    with pytest.raises(InputError, match=r"^--account famly: no \[accounts.famly\] .*; did you mean 'family'\?$"):
        Config.read(file(SEVERAL), account="famly")
    with pytest.raises(InputError, match="there are none"):
        Config.read(account="family")
