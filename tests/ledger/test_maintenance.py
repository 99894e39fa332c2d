"""The chain `maintenance` to the letter: how a home enters it, why it stays, and what is journaled on the way back."""

from datetime import UTC, datetime

import pytest

from allusr_sdk.ledger import clocks, maintenance
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import Noted, StateChanged

AT, BACK = datetime(2026, 3, 2, 9, 30, tzinfo=UTC), datetime(2026, 3, 2, 9, 31, tzinfo=UTC)
IN = {"rule": "RULE-0", "before": "SAFE", "after": "MAINTENANCE"}
OUT = {"rule": "RULE-0", "before": "MAINTENANCE", "after": "SAFE"}


@pytest.fixture
def home(memory, story, monkeypatch):
    """A ledger with one run of two entries."""
    monkeypatch.setattr(clocks, "now", lambda: BACK)
    story.begin(memory)
    return memory


def entered(ledger, why):
    with ledger.engine.begin() as connection:
        maintenance.enter(connection, why, AT)


def told(ledger):
    entries = ledger.chain("maintenance").entries()
    return [(e.at, e.cycle, e.state, e.rulebook, e.event, e.lines) for e in entries]


def test_a_home_goes_into_maintenance_and_back_outside_of_cycles_and_under_no_rulebook(home):
    entered(home, "moved")
    assert maintenance.pending(home) == "moved"
    found = "2 chains verified, 3 entries"
    assert maintenance.lead_back(home) == f"moved; {found}"
    assert told(home) == [
        (AT, 0, "MAINTENANCE", "", StateChanged(**IN, cause="moved"), ()),
        (BACK, 0, "SAFE", "", StateChanged(**OUT, cause=found), ()),
    ]
    assert (maintenance.pending(home), maintenance.lead_back(home)) == ("", "")


def test_each_maintenance_goes_behind_the_one_before_and_leaves_every_other_chain_alone(home):
    run = home.runs()
    for why in ("moved", "moved again"):
        entered(home, why)
        assert maintenance.pending(home) == why
        maintenance.lead_back(home)
    assert home.runs() == run
    assert [event.cause for *_, event, _ in told(home)] == [
        "moved", "2 chains verified, 3 entries", "moved again", "2 chains verified, 5 entries",
    ]  # fmt: skip
    assert [(report.ok, report.entries) for report in verify_all(home)] == [(True, 2), (True, 4)]


def test_two_maintenances_that_met_are_told_by_the_newer(home):
    entered(home, "moved")
    entered(home, "moved again")
    assert maintenance.pending(home) == "moved again"


def test_a_word_that_was_put_behind_it_ends_no_maintenance(home):
    entered(home, "moved")
    stamp = {"at": BACK, "cycle": 0, "state": "MAINTENANCE", "rulebook": ""}
    home.chain("maintenance").append(Noted(ledger="", key="k", text="t"), **stamp)
    assert maintenance.pending(home) == "moved"
    assert maintenance.lead_back(home) == "moved; 2 chains verified, 4 entries"
