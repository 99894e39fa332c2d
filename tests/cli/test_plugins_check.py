"""`allusr plugins check`: a line for each check, a story for each failure, and an exit code."""

import json
import re

import pytest

HASTY = """
\"\"\"Hasty: never asks whether a quote is there.\"\"\"
from allusr_sdk import Band, Right, Sleeve, choose, hookimpl
from allusr_sdk.settings import setting, settings

@settings
class HastySettings:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")

class Hasty(Sleeve[HastySettings]):
    \"\"\"Sells what it finds.\"\"\"
    name = "hasty"

    def bands(self, rules):
        return (Band("CAD-8", 0.25, 0.35, 0, 9),)

    def propose(self, view):
        for symbol in filter(view.fresh, self.symbols):
            found = choose(view.side(symbol, view.week[-1].day, Right.PUT), view.bands[0], view)
            yield found.sell("CAD-8")

@hookimpl
def allusr_sleeves():
    return [Hasty]
"""


@pytest.fixture
def hasty(tmp_path):
    file = tmp_path / "hasty.py"
    file.write_text(HASTY)
    return file


def test_each_check_has_a_line_and_passing_all_exits_0(allusr):
    done = allusr("plugins", "check", "gen_acc", "--only", "S101,S102")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "sleeve gen_acc, seed 7",
        "  passed    S101  it loads under a usable name",
        "  passed    S102  its settings are explained and go through TOML and back",
        "",
        "2 passed",
    ]


def test_a_failure_says_what_why_how_to_mend_it_and_the_line_that_repeats_it(allusr, hasty):
    done = allusr("plugins", "check", hasty, "--only", "S101,S501", "--seed", "9")
    assert done.code == 1
    assert "  passed    S101 " in done.out
    assert "  failed    S501 " in done.out
    story = done.out.partition("\nS501")[2]
    assert [word for word in ("what:", "why:", "mend:", "again:") if f"\n  {word}" not in story] == []
    assert "'Skip' object has no attribute 'sell'" in story
    assert done.out.endswith("\n\n1 failed, 1 passed\n")
    (line,) = re.findall(r"again: allusr (.*)", story)
    again = allusr(*line.split())
    assert (again.code, "S501" in again.out, "seed 9" in again.out) == (1, True, True)


def test_a_check_of_several_scenarios_says_how_many_passed(allusr):
    shown = allusr("plugins", "check", "gen_acc", "--only", "S203").out
    assert "S203  it leaves the view as it found it: 2 of 2 passed" in shown


def test_a_scenario_narrows_the_checks_to_those_that_play_on_it(allusr):
    rows = json.loads(allusr("plugins", "check", "gen_acc", "--only", "S101,S203", "--scenario", "calm", "--json").out)[
        "reports"
    ][0]["rows"]
    assert [(row["id"], row["scenario"], row["status"]) for row in rows] == [("S203", "calm", "passed")]


def test_json_says_whether_all_is_well_and_the_exit_code_agrees(allusr, hasty):
    good = allusr("plugins", "check", "gen_acc", "--only", "S101", "--json")
    assert (good.code, json.loads(good.out)["ok"]) == (0, True)
    bad = allusr("plugins", "check", hasty, "--only", "S501", "--json")
    told = json.loads(bad.out)
    assert (bad.code, told["ok"], told["reports"][0]["subject"]) == (1, False, "hasty")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gen_ac",), "did you mean 'gen_acc'?"),
        (("./nowhere.py",), "no such file or folder"),
        (("gen_acc", "--only", "S999"), "no check S999; valid: B101, "),
        (("gen_acc", "--scenario", "crahs"), "no scenario crahs; did you mean 'crash'?"),
        (("gen_acc", "--only", "M101"), "nothing of --only and --scenario asks a sleeve"),
    ],
)
def test_what_cannot_be_checked_is_one_line_exit_2(allusr, arguments, words):
    done = allusr("plugins", "check", *arguments)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err
