"""What persons tell an engine that runs: obeyed once, before time goes on."""

from allusr_sdk.execution.operator import MOMENT
from allusr_sdk.ledger.inbox import standing
from tests.execution.operator.homes import ATTEMPT, clock, command, wish


def test_a_halt_cancels_what_works_before_time_goes_on_and_nothing_is_opened_after(home, whole):
    head = home.run({ATTEMPT: [wish("halt")]})
    assert home.heard() == ATTEMPT + MOMENT
    sent = {entry.event.key for entry in home.events("IntentRecorded")}
    ended = {e.event.key for e in home.events("OrderChanged") if e.event.status == "canceled" and e.at == home.heard()}
    assert sent == ended != set()
    assert not home.events("Filled")
    assert home.journal[-1].state == "EMERGENCY"
    assert [w.last.outcome for w in home.wishes] == ["obeyed"]
    assert head == whole(command(home.heard(), "kill", closes=False))


def test_a_pause_binds_its_sleeve_until_it_is_resumed(home):
    calm = clock("10:00")
    home.run({clock("09:30"): [wish("pause", "com_acc")], calm: [wish("resume", "com_acc", "Bea", "cooler")]})
    moves = [(e.event.ledger, e.event.before, e.event.after, e.event.actor) for e in home.events("SwitchChanged")]
    assert moves == [("com_acc", "NONE", "SAFE", "Ann"), ("com_acc", "SAFE", "NONE", "Bea")]
    assert min(entry.at for entry in home.events("IntentRecorded")) == clock("10:05")
    assert standing(home.wishes) == {}


def test_a_halted_account_is_not_resumed_but_rearmed(home):
    home.run({
        clock("09:30"): [wish("halt")], clock("09:35"): [wish("resume", actor="Bea")],
        clock("09:40"): [wish("rearm", actor="Bea")],
    })  # fmt: skip
    outcomes = [(w.event.action, w.last.outcome, w.last.why) for w in home.wishes]
    assert outcomes == [
        ("halt", "obeyed", ""), ("resume", "refused", "KS-7: resume refused: it is halted, not paused: re-arm it"),
        ("rearm", "obeyed", ""),
    ]  # fmt: skip
    assert min(entry.at for entry in home.events("IntentRecorded")) == ATTEMPT
    assert standing(home.wishes) == {}


def test_a_file_halts_and_stands_against_a_rearm_as_long_as_it_is_there(home):
    home.folder.mkdir()
    (home.folder / "HALT").write_text("smoke in\nthe room\n")
    home.run({clock("09:40"): [wish("rearm")]})
    assert [(w.event.actor, w.event.action, w.event.reason) for w in home.wishes] == [
        ("file", "halt", "smoke in the room"), ("Ann", "rearm", "too hot"), ("file", "halt", "smoke in the room"),
    ]  # fmt: skip
    assert not home.events("IntentRecorded")
    assert home.journal[-1].state == "EMERGENCY"
