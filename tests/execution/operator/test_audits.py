"""Audits and explanations of breaks that are asked for from outside."""

import pytest
from attrs import evolve

from allusr_sdk.ledger.inbox import standing
from allusr_sdk.ledger.opening import open_ledger
from tests.execution.operator.homes import LAST, clock, command, wish


def audits(home, at):
    """Moves of the state machine at an instant."""
    return [(e.event.before, e.event.after) for e in home.events("StateChanged") if e.at == at]


def test_an_audit_that_agrees_leads_to_audit_and_back_and_stops_nothing(home, whole):
    head = home.run({clock("09:40"): [wish("audit")]})
    assert audits(home, home.heard()) == [("SAFE", "AUDIT"), ("AUDIT", "SAFE")]
    assert home.events("IntentRecorded")
    assert [w.last.outcome for w in home.wishes] == ["obeyed"]
    assert head == whole(command(home.heard(), "audit"))


def test_an_audit_lifts_no_pause_and_hides_no_halt(home):
    home.run({clock("09:30"): [wish("pause")], clock("09:35"): [wish("audit")]})
    assert set(standing(home.wishes)) == {""}
    assert not home.events("IntentRecorded")


def test_an_explanation_of_no_open_break_is_refused_with_what_is_open(home):
    home.run({clock("09:40"): [evolve(wish("explain"), about="B01 SPY")]})
    (told,) = home.wishes
    assert (told.last.outcome, told.last.why) == (
        "refused", "RECON: explain refused: no break B01 SPY is open: none",
    )  # fmt: skip


@pytest.mark.parametrize("dies", [clock("09:50"), clock("11:00", LAST)], ids=str)
def test_audits_and_explanations_are_lived_through_again_at_their_instants(home, whole, dies):
    home.run({
        clock("09:30"): [wish("audit")], clock("09:45"): [evolve(wish("explain"), about="B01 SPY"), wish("audit")],
    }, dies=dies)  # fmt: skip
    home.tell(wish("audit", reason="once more"))
    head = home.run()
    told = [(next(iter(w.heard.values())), w.event) for w in home.wishes]
    assert len(told) == 4
    assert head == whole(*(command(at, e.action, reason=e.reason, subject=e.about) for at, e in told))


def test_an_audit_of_a_home_before_its_first_run_is_answered_at_its_first_instant(home):
    with open_ledger(home.folder):
        pass
    home.tell(wish("audit"))
    home.run()
    assert [w.last.outcome for w in home.wishes] == ["obeyed"]
