"""`allusr run`: what it prints, what it writes, and that what it cannot use leaves nothing behind."""

import gzip
import json
import re
from decimal import Decimal

import pytest

from allusr_sdk.ledger import open_ledger


def numbers(outcome):
    return json.loads(outcome.out)


def test_a_run_ends_with_a_table_a_person_reads(allusr, market, tmp_path):
    done = allusr("run", *market.options("--home", tmp_path))
    assert (done.code, done.err) == (0, "")
    rows = {line.split("  ")[0].strip(): line for line in done.out.splitlines()}
    assert rows["contracts sold"].split()[-4:] == ["4", "0", "0", "4"]
    assert "gen_acc refused 2: CC-3 EARNINGS_SKIP (1), LQ-1 open interest (1)" in done.out
    assert re.search(r"com_acc opened nothing; passed over \d+: .*CAD-6 .* \(\d+\)", done.out)
    assert re.search(r"rev_acc opened nothing; passed over \d+: RULE-0 no data for it", done.out)
    assert re.search(r"State machine: SAFE after \d+ cycles, never left its ring", done.out)
    assert "Kill switches: tier NONE, none moved" in done.out
    assert "Books: verified, " in done.out
    assert "UNSETTLED gen_acc SPY: SPY 13 Feb 200 put: no closing price of SPY" in done.out
    assert f"`allusr explain SPY --home {tmp_path}`" in done.out


def test_json_is_one_object_with_the_same_facts_and_nothing_else(allusr, market, tmp_path):
    facts = numbers(allusr("run", *market.options("--home", tmp_path, "--json")))
    assert facts["verified"] is True
    assert [ledger["ledger"] for ledger in facts["ledgers"]] == ["gen_acc", "rev_acc", "com_acc"]
    gen = facts["ledgers"][0]
    assert (gen["sold"], gen["orders"], gen["refused"]) == (4, 1, 2)
    assert gen["collateral"] == "80000.00"
    assert Decimal(facts["total"]["cash"]) == Decimal(gen["cash"]) + 600_000
    assert {need["kind"] for need in facts["needs"]} == {"unsettled"}
    assert facts["next"][0].startswith("allusr explain SPY")
    with open_ledger(tmp_path) as ledger:
        assert ledger.latest().head == facts["head"]


def test_the_same_inputs_give_the_same_head_elsewhere(allusr, market, tmp_path):
    first = numbers(allusr("run", *market.options("--home", tmp_path / "a", "--json")))
    second = numbers(allusr("run", *market.options("--home", tmp_path / "b", "--json")))
    other = numbers(allusr("run", *market.options("--home", tmp_path / "c", "--seed", 8, "--json")))
    assert first["head"] == second["head"] != other["head"]


def test_symbols_capital_and_plugins_narrow_the_run(allusr, market, tmp_path):
    options = ("--plugins", "gen_acc,protocol", "--symbols", "SPY", "--capital", "250000", "--home", tmp_path, "--json")
    facts = numbers(allusr("run", *market.options(*options)))
    assert list(facts["plugins"]) == ["gen_acc", "protocol"]
    assert {ledger["ledger"]: ledger["base"] for ledger in facts["ledgers"]} == {
        "gen_acc": "100000.00",
        "undeployed": "150000.00",
    }


def test_without_from_and_to_the_whole_range_of_the_data_is_run(allusr, market, tmp_path):
    facts = numbers(allusr("run", "--market", f"chains:{market.chains}", "--home", tmp_path, "--json"))
    assert (facts["first"], facts["last"]) == ("2026-02-11", "2026-02-12")


def test_a_what_if_heads_everything_it_touched(allusr, market, tmp_path):
    done = allusr("run", *market.options("--what-if", "lq_1.open_interest=0", "--home", tmp_path))
    assert done.out.startswith("WHAT-IF: LQ-1.open_interest = 0 contracts\n")
    for command in (("status",), ("explain", "IWM")):
        assert allusr(*command, "--home", tmp_path).out.startswith("WHAT-IF: LQ-1.open_interest = 0 contracts\n")


def test_a_configuration_file_is_read_and_tightens(allusr, market, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[plugins]\nuse = ["gen_acc", "protocol"]\n[rules.lq_1]\nopen_interest = 7000\n')
    facts = numbers(allusr("run", *market.options("--config", file, "--home", tmp_path / "home", "--json")))
    assert facts["ledgers"][0]["sold"] == 0
    assert facts["ledgers"][0]["refused_why"][0]["text"] == "open interest"


BAD = {
    "a missing folder": (("--market", "chains:nowhere"), "no folder of chains at nowhere"),
    "an unknown market": (("--market", "chain:x"), "is none of chains:DIR"),
    "a missing folder of bars": (("--daily", "nowhere"), "--daily nowhere: no such folder"),
    "a missing earnings file": (("--earnings", "nowhere.csv"), "--earnings nowhere.csv: no such file"),
    "a missing configuration": (("--config", "nowhere.toml"), "nowhere.toml: configuration cannot be read"),
    "a typo at depth": (("--set", "sleeves.gen_acc.dte_maxx=1"), "did you mean 'dte_max'?"),
    "a value out of bounds": (("--set", "sleeves.gen_acc.dte_max=9"), "sleeves.gen_acc.dte_max"),
    "an unknown plugin": (("--plugins", "gen_ac,protocol"), "did you mean 'gen_acc'?"),
    "no sleeve": (("--plugins", "protocol"), "no selected plugin brings a sleeve"),
    "a loosened rule": (("--set", "lq_1.open_interest=0"), "LQ-1: open_interest is fixed at 500"),
    "a what-if in paper": (
        ("--mode", "paper", "--what-if", "lq_1.open_interest=0"),
        "LQ-1: no rule is loosened in paper",
    ),
    "an entry after all are cancelled": (
        ("--set", "cad_7.last_child=11:30"),
        "CAD-7.last_child: 11:30 must be no later than CAD-7.entry_until, which is 11:00: entries would begin",
    ),
    "an unknown rule": (("--what-if", "lq_11.open_interest=0"), "unknown rule"),
    "the live mode": (("--mode", "live"), "--mode live needs a broker"),
    "a mode that is none": (("--mode", "dream"), "'dream'"),
    "a date that is none": (("--from", "2026-02-30"), "--from 2026-02-30: expected a date"),
    "a period backwards": (("--from", "2026-02-13", "--to", "2026-02-12"), "ends before it begins"),
    "capital that is none": (("--capital", "much"), "--capital much: expected dollars"),
    "capital below the minimum": (("--capital", "0"), "account.capital"),
    "an empty name": (("--symbols", "SPY,,AAPL"), "expected names separated by commas"),
    "an unknown synthetic symbol": (("--symbols", "ZZZ"), "no symbol ZZZ"),
    "an option that is none": (("--bogus",), "--bogus"),
}


@pytest.mark.parametrize(("options", "says"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_exit_2_and_nothing_written(options, says, allusr, tmp_path):
    done = allusr("run", *options, "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert says in done.err
    assert not (tmp_path / "home").exists()


DAMAGE = {
    "half a row": (lambda text: text[: len(text) // 2], ""),
    "a NaN strike": (lambda text: text.replace(",190.0,", ",nan,", 1), "strike"),
    "no known columns": (lambda text: "a,b,c\n1,2,3\n", ""),
    "nothing": (lambda text: "", "is empty"),
}


@pytest.mark.parametrize(("damage", "says"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_chain_file_is_named_and_nothing_is_written(damage, says, allusr, market, tmp_path):
    folder = tmp_path / "chains"
    folder.mkdir()
    good = gzip.decompress((market.chains / "SPY_Thu_1.csv.gz").read_bytes()).decode()
    (folder / "SPY_bad.csv").write_text(damage(good))
    done = allusr("run", "--market", f"chains:{folder}", "--home", tmp_path / "home")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "SPY_bad.csv" in done.err
    assert says in done.err
    assert not (tmp_path / "home").exists()


def test_a_third_party_sleeve_beside_built_in_ones_wants_shares(allusr, market, tmp_path):
    both = ("--plugins", "gen_acc,spx_weekly,protocol", "--home", tmp_path)
    refused = allusr("run", *market.options(*both))
    assert refused.code == 2
    assert "account.shares" in refused.err
    shares = ("--set", 'account.shares=["gen_acc=30", "spx_weekly=50"]', "--json")
    facts = numbers(allusr("run", *market.options(*both, *shares)))
    assert [ledger["base"] for ledger in facts["ledgers"]] == ["300000.00", "500000.00", "200000.00"]
