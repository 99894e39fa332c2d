"""The table of the sixteen breaks: complete, as section 9 has it, and as the documentation shows it (RECON)."""

from pathlib import Path

import pytest

from allusr_sdk.kernel.reconcile import BREAKS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "reconciliation.md"


def test_there_are_sixteen_breaks_in_order():
    assert list(BREAKS) == [f"B{number:02d}" for number in range(1, 17)]


@pytest.mark.parametrize(("action", "wanted"), [
    ("INFO", {"B06", "B07", "B08", "B10", "B12", "B13", "B14"}),
    ("SYMBOL", {"B01", "B02", "B03", "B11", "B15", "B16"}),
    ("ACCOUNT", {"B05", "B09"}),
    ("CANCEL", {"B04"}),
])  # fmt: skip
def test_what_is_done_about_each_is_what_the_rules_say(action, wanted):
    assert {kind.code for kind in BREAKS.values() if kind.action == action} == wanted


def test_what_changes_an_action_says_when():
    assert all(bool(kind.otherwise) is bool(kind.when) for kind in BREAKS.values())
    assert {kind.code: kind.otherwise for kind in BREAKS.values() if kind.otherwise} == {
        "B04": "ACCOUNT", "B05": "INFO", "B06": "SYMBOL", "B10": "SYMBOL", "B12": "ACCOUNT",
    }  # fmt: skip


def test_the_documentation_shows_the_table_as_it_is():
    shown = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| B")]
    assert shown == [
        f"| {k.code} | {k.title} | {k.action} | {f'{k.otherwise}: {k.when}' if k.otherwise else ''} | {k.closed} |"
        for k in BREAKS.values()
    ]
