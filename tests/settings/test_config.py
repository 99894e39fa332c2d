"""Defaults, a file, then --set and options; a typo anywhere is one line with its path."""

from decimal import Decimal
from pathlib import Path

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import AllusrError, InputError, RuleError, SettingsError


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "allusr.toml"
        path.write_text(text)
        return path

    return write


def test_the_packaged_defaults_stand_alone():
    config = Config.read()
    assert config.plugins.use == ("gen_acc", "rev_acc", "com_acc", "protocol")
    assert (config.account.capital, config.run.seed) == (Decimal(1_000_000), 7)
    assert (config.market.kind, config.execution.fill, config.execution.rebuild) == ("synthetic", "seeded", "week")
    assert config.rulebook.stamp == Config.read().rulebook.stamp


def test_a_file_beats_the_defaults_a_set_pair_the_file_and_an_option_both(file):
    path = file("[account]\ncapital = 2\n[run]\nseed = 2\n[market]\nkind = 'chains'\n[sleeves.gen_acc]\na = 1\nb = 1\n")
    config = Config.read(path, sets=["run.seed=3", "market.kind=lean", "sleeves.gen_acc.b=2"], options={"run.seed": 4})
    assert (config.account.capital, config.run.seed, config.market.kind) == (Decimal(2), 4, "lean")
    assert config.sleeves == {"gen_acc": {"a": 1, "b": 2}}


def test_every_value_knows_where_it_comes_from(file):
    config = Config.read(file("[run]\nseed = 2\n"), sets=["market.kind=lean"])
    origins = {path: config.origin(path) for path in ("run.seed", "market.kind", "account.capital", "market.path")}
    assert origins == {
        "run.seed": "file",
        "market.kind": "set",
        "account.capital": "default",
        "market.path": "default",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("'3'", "3"),
        ("SPY", "SPY"),
        ("", ""),
        ("a=b", "a=b"),
        ("1\ny = 2", "1\ny = 2"),
    ],
)
def test_a_set_value_is_toml_or_else_text(text, value):
    assert Config.read(sets=[f"sleeves.x.y={text}"]).sleeves["x"]["y"] == value


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("[plugin]\nuse = []", "plugin: unknown table; did you mean 'plugins'?"),
        ("capital = 3", "capital: unknown table; valid: "),
        ("[plugins]\nuses = []", "plugins.uses: unknown setting; did you mean 'use'?"),
        ("[plugins]\nuse = 'gen_acc'", "plugins.use: expected array, got str"),
        ("[plugins]\nuse = [1]", "plugins.use[0]: expected str, got int"),
        ("[account]\ncapital = 'much'", "account.capital: invalid decimal string"),
        ("[account]\ncapital = nan", "account.capital: NaN is not a usable number"),
        ("[account]\ncapital = 0", "account.capital: 0 is below the minimum 1"),
        ("[execution]\nfill = 'tuoch'", "execution.fill: 'tuoch' is not one of seeded, touch"),
        ("[sleeves]\ngen_acc = 3", "sleeves.gen_acc: expected a table, got a number; write [sleeves.NAME]"),
        ("sleeves = 3", "sleeves: expected a table, got a number"),
        ("account = 3", "account: expected a table, got a number"),
        ("protocol = 'x'", "protocol: expected a table, got text"),
    ],
)
def test_a_typo_is_one_line_with_its_path(file, toml, line):
    with pytest.raises(SettingsError) as caught:
        Config.read(file(toml))
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(line)


def test_all_problems_of_all_tables_are_told_at_once(file):
    with pytest.raises(SettingsError) as caught:
        Config.read(file("[plugn]\n[run]\nsed = 1\nseed = 'x'\n[market]\nkindd = 1\n"))
    assert len(caught.value.problems) == 4


def test_a_missing_file_and_a_broken_one_are_one_line(tmp_path, file):
    with pytest.raises(InputError, match=r"no\.toml: configuration cannot be read: No such file"):
        Config.read(tmp_path / "no.toml")
    with pytest.raises(InputError, match=r"allusr\.toml: not a TOML file: .*line 1"):
        Config.read(file("what is this"))
    path = tmp_path / "latin.toml"
    path.write_bytes(b"x = '\xff'")
    with pytest.raises(InputError, match=r"latin\.toml: not a TOML file"):
        Config.read(path)


@pytest.mark.parametrize("pair", ["x", "=3", "a..b=1", ".a=1"])
def test_a_set_pair_without_path_or_value_is_refused(pair):
    with pytest.raises(SettingsError, match=r"expected path\.to\.setting=value"):
        Config.read(sets=[pair])


@pytest.mark.parametrize("toml", ["[rules.lq_1]\nopen_interest = 600", "[rules.LQ-1]\nopen_interest = 600"])
def test_a_file_tightens_a_rule(file, toml):
    assert Config.read(file(toml)).rulebook.integer("LQ-1.open_interest") == 600


@pytest.mark.parametrize("path", ["lq_1.open_interest", "LQ-1.open_interest", "rules.lq_1.open_interest"])
def test_a_set_pair_tightens_a_rule_with_or_without_its_table(path):
    assert Config.read(sets=[f"{path}=600"]).rulebook.integer("LQ-1.open_interest") == 600
    with pytest.raises(RuleError, match=r"^LQ-1: ") as caught:
        Config.read(sets=[f"{path}=0"])
    assert caught.value.exit_code == 2


def test_what_if_loosens_and_is_remembered():
    rules = Config.read(what_if=["lq_1.open_interest=0", "lq_1.spread=9"]).rulebook
    assert rules.integer("LQ-1.open_interest") == 0
    assert list(rules.loosened) == ["LQ-1.open_interest", "LQ-1.spread"]
    assert not Config.read().rulebook.loosened


@pytest.mark.parametrize("pair", ["lq_1", "lq_9.open_interest=1", "lq_1.open=1", "lq_1.open_interest=many"])
def test_a_what_if_that_cannot_be_read_is_one_line(pair):
    with pytest.raises(RuleError) as caught:
        Config.read(what_if=[pair])
    assert "\n" not in str(caught.value)


def test_the_digest_follows_values_but_not_places():
    plain = Config.read().digest
    assert Config.read(options={"market.path": "here", "market.daily": "there"}).digest == plain
    assert Config.read(options={"run.seed": 8}).digest != plain
    assert Config.read(options={"market.kind": "lean"}).digest != plain


def test_a_map_of_ledgers_to_broker_accounts_says_where_each_lies():
    where = Config.read(sets=['account.broker_accounts=["f1=U2", "com_acc = U3"]', "broker.account=U1"]).broker_accounts
    assert [where.of(name) for name in ("gen_acc", "com_acc", "f1.gen_acc", "f1.com_acc", "f12.gen_acc")] == [
        "U1", "U3", "U2", "U2", "U1",
    ]  # fmt: skip
    assert Config.read().broker_accounts.of("gen_acc") == ""


def test_a_map_of_ledgers_that_cannot_be_one_is_told_whole():
    with pytest.raises(SettingsError) as caught:
        Config.read(sets=['account.broker_accounts=["f1", "=U2", "com_acc=U1", "com_acc=U2"]'])
    assert caught.value.problems == (
        "account.broker_accounts: 'f1' is no LEDGER=ACCOUNT",
        "account.broker_accounts: '=U2' is no LEDGER=ACCOUNT",
        "account.broker_accounts: com_acc lies in one account, and is named 2 times",
    )


def test_where_ledgers_lie_is_in_no_hash_for_it_decides_nothing_in_a_run():
    assert Config.read(sets=['account.broker_accounts=["f1=U2"]']).digest == Config.read().digest


def test_bad_input_ends_with_exit_code_two():
    with pytest.raises(AllusrError) as caught:
        Config.read(sets=["run.sed=1"])
    assert caught.value.exit_code == 2
