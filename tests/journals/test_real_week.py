"""The journal of the real week of February 2026, entry by entry, and what the whole rulebook changed in it.

`ALLUSR_RENEW_JOURNALS=1 uv run pytest tests/journals` writes the golden file anew; README.md says what differs and why.
"""

import os
import re
from difflib import ndiff
from pathlib import Path

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from allusr_sdk.reports.journal import written

HERE = Path(__file__).parent
GOLDEN = HERE / "real_week_2026_02.txt"
BEFORE = HERE / "real_week_2026_02.before.txt"
LISTED = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@pytest.fixture(scope="module")
def journal(data_dir, tmp_path_factory):
    """Lines of the journal that the README's command writes."""
    home = tmp_path_factory.mktemp("golden")
    code = invoke([
        "run", "--plugins", "gen_acc,rev_acc,com_acc,protocol", "--market", f"chains:{data_dir / 'chains_2026_02'}",
        "--daily", str(data_dir / "daily"), "--earnings", str(data_dir / "earnings.csv"), "--from", "2026-02-11",
        "--to", "2026-02-13", "--capital", "1000000", "--home", str(home), "--json",
    ])  # fmt: skip
    assert code == 0
    with open_ledger(home, create=False) as ledger:
        return list(written(ledger.latest().entries()))


def test_the_journal_of_the_real_week_is_the_golden_one(journal):
    if os.environ.get("ALLUSR_RENEW_JOURNALS"):
        GOLDEN.write_text("\n".join(journal) + "\n")
        pytest.skip(f"{GOLDEN.name} was written anew")
    assert journal == GOLDEN.read_text().splitlines()


def differences():
    """Lines of the golden journal and of the one before it that the other has not; their numbers do not count."""
    before, now = ([line[6:] for line in file.read_text().splitlines()] for file in (BEFORE, GOLDEN))
    return [line for line in ndiff(before, now) if line[:2] in ("- ", "+ ")]


def about(line):
    """The rules of a line, or its kind where it names none."""
    kind, rules = re.search(r"(\w+) +\[([A-Z0-9 -]*)\]", line).groups()
    return set(rules.split()) or {kind}


def test_every_difference_from_before_is_listed_with_its_rule():
    listed = set(LISTED.findall((HERE / "README.md").read_text()))
    assert [line for line in differences() if not about(line) & listed] == []


def test_no_rule_is_listed_that_changed_nothing():
    listed = set(LISTED.findall((HERE / "README.md").read_text()))
    assert listed <= {rule for line in differences() for rule in about(line)}


STANDS = (
    "Filled         [CAD-4 CAD-8 CAD-10] entry | key=gen_acc.260212.100925.AAPL.sell-v1 "
    "instrument=AAPL260213P00270000 quantity=-3 price=1.69",
    "instrument=SPY260213P00690000 quantity=-1 price=1.94",
    "LevelChanged   [PE-1 PE-2 PE-4] | position=gen_acc:AAPL260213P00270000 before=0 after=1 m=1.40424",
    "RollPrepared   [PE-8] debit 4.25, over the limit 0.845 | position=gen_acc:AAPL260213P00270000 rung=A",
    "RollPrepared   [LQ-1] open interest 115 < 500 | position=gen_acc:AAPL260213P00270000 rung=B",
    "RollPrepared   [PE-8] credit 1.25, within the limit 0.845 | position=gen_acc:AAPL260213P00270000 rung=C",
)


@pytest.mark.parametrize("line", STANDS)
def test_both_entries_level_1_and_its_three_candidates_stand(line):
    for file in (BEFORE, GOLDEN):
        assert sum(line in found for found in file.read_text().splitlines()) == 1
