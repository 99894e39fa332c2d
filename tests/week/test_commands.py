"""The real week through the command line: the same journal, its story, and its refusals."""

import pytest
from attrs import evolve

from allusr_sdk.ledger.opening import open_ledger


def test_the_command_ends_with_a_table_and_what_needs_a_human(week_home):
    answer, _ = week_home
    assert (answer.code, answer.err) == (0, "")
    for part in (
        "gen_acc",
        "rev_acc",
        "com_acc",
        "150,000.00",
        "701.00",
        "verified",
        "UNSETTLED",
        "allusr explain AAPL",
    ):
        assert part in answer.out


def test_it_writes_the_same_journal_as_the_python_interface(week_home, week):
    """But for the head, which also holds the hash of how the market was named."""
    _, home = week_home
    with open_ledger(home) as ledger:
        mine = [(e.at, e.cycle, e.event) for e in ledger.latest().entries()]
    assert mine[1:] == [(e.at, e.cycle, e.event) for e in week.entries][1:]
    assert evolve(mine[0][2], settings="") == evolve(week.entries[0].event, settings="")


@pytest.mark.parametrize(
    "part",
    [
        "SOLD 3 × AAPL 13 Feb 270 put at 1.69", "mid 1.695", "delta 0.401", "OI 6,347, volume 26,882",
        "100,000 / 27,000 = 3", "1.40 ATR", "ATR 5.59", "debit 4.25", "open interest 115 < 500", "credit 1.25",
        "2.01 ATR once", "UNSETTLED", "81,000 stay", "LEVEL 0 -> 1", "CAD-10", "LQ-1", "PE-8", "PE-4", "RULE-0",
    ],
)  # fmt: skip
def test_explain_tells_the_story_with_numbers_and_rules(week_home, allusr, part):
    _, home = week_home
    answer = allusr("explain", "AAPL", "--home", home)
    assert answer.code == 0
    assert part in " ".join(answer.out.split())


def test_the_journal_verifies_from_its_home_to_the_head_that_the_table_shows(week_home, allusr):
    run, home = week_home
    answer = allusr("ledger", "verify", "--home", home)
    assert answer.code == 0
    head = answer.out.split("head ")[1].strip()
    assert f"head {head}" in run.out


def test_without_earnings_the_command_refuses_aapl_by_cc_3(allusr, data_dir, tmp_path):
    answer = allusr(
        "run", "--plugins", "gen_acc,rev_acc,com_acc,protocol", "--market", f"chains:{data_dir / 'chains_2026_02'}",
        "--daily", data_dir / "daily", "--from", "2026-02-11", "--to", "2026-02-13", "--home", tmp_path, "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    gen = next(ledger for ledger in answer.json["ledgers"] if ledger["ledger"] == "gen_acc")
    assert (gen["sold"], gen["collateral"]) == (1, "69000.00")
    assert "CC-3" in {reason["rule"] for reason in gen["refused_why"]}
