"""Wishes and an engine that dies or is down: obeyed where they were heard, once, and lived through again."""

from datetime import timedelta

import pytest

from allusr_sdk.execution.operator import MOMENT, Ear
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.opening import open_ledger
from tests.execution.operator.homes import ATTEMPT, LAST, Died, Home, clock, command, wish


def test_one_that_dies_before_it_obeys_what_it_heard_obeys_it_there(home, whole, monkeypatch):
    monkeypatch.setattr(Ear, "take", dying_after(Ear.take))
    home.run({ATTEMPT: [wish("halt")]})
    monkeypatch.undo()
    assert home.wishes[0].waiting
    assert not home.events("SwitchChanged")
    head = home.run()
    assert [w.last.outcome for w in home.wishes] == ["obeyed"]
    assert head == whole(command(ATTEMPT + MOMENT, "kill", closes=False))


def test_one_that_dies_before_it_answers_answers_when_it_lives_again(home, whole, monkeypatch):
    monkeypatch.setattr(Ear, "answer", dying_after(lambda *a: None))
    home.run({ATTEMPT: [wish("halt")]})
    monkeypatch.undo()
    assert home.wishes[0].waiting
    assert home.events("SwitchChanged")
    assert home.run() == whole(command(ATTEMPT + MOMENT, "kill", closes=False))
    assert [w.last.outcome for w in home.wishes] == ["obeyed"]


def dying_after(method):
    def died(self, *arguments, **more):
        found = method(self, *arguments, **more)
        if found != ():
            raise Died
        return found

    return died


@pytest.mark.parametrize("dies", [clock("10:00"), clock("10:25"), clock("16:15"), clock("11:00", LAST)], ids=str)
def test_wishes_of_every_kind_are_lived_through_again_at_their_instants(home, whole, dies):
    home.run({
        clock("09:30"): [wish("pause", "com_acc")], clock("09:55"): [wish("resume", "com_acc")],
        clock("10:15"): [wish("halt")], clock("10:20"): [wish("rearm"), wish("pause")],
    }, dies=dies)  # fmt: skip
    home.tell(wish("resume", reason="looked"))
    head = home.run()
    commands = [
        command(next(iter(w.heard.values())), {"halt": "kill", "pause": "kill"}.get(w.event.action, w.event.action),
                ledger=w.event.ledger, reason=w.event.reason, closes=w.event.action != "halt")
        for w in home.wishes if w.heard
    ]  # fmt: skip
    assert len(commands) >= 3
    assert head == whole(*commands)


@pytest.mark.parametrize("dies", [clock("16:15"), clock("09:30", LAST), clock("10:00", LAST)], ids=str)
def test_wishes_of_the_night_are_obeyed_in_it_and_lived_through_again(home, whole, monkeypatch, dies):
    night = {timedelta(hours=3): wish("halt"), timedelta(hours=5): wish("rearm"), timedelta(hours=40): wish("pause")}

    def at_the_wall_clocks_pace(pace, runner, until):
        yield MOMENT
        if runner.live and runner.last is not None and until - runner.last > timedelta(hours=8):
            for passed, event in night.items():
                Inbox(runner.run.ledger).ask(event)
                yield passed

    monkeypatch.setattr("allusr_sdk.execution.run._waited", at_the_wall_clocks_pace)
    home.run(dies=dies)
    head = home.run()
    instants = [home.heard(number) for number in range(3)]
    assert instants == [clock("19:15"), clock("21:15"), clock("08:30", LAST)]
    assert [w.last.outcome for w in home.wishes] == ["obeyed"] * 3
    assert head == whole(
        command(instants[0], "kill", closes=False), command(instants[1], "rearm"), command(instants[2], "kill")
    )


def test_what_one_that_is_down_was_told_is_obeyed_at_the_end_of_its_journal(home, whole):
    assert home.run(dies=ATTEMPT) is None
    end = max(entry.at for entry in home.journal)
    home.tell(wish("halt"))
    head = home.run()
    assert home.heard() == end + MOMENT == ATTEMPT + MOMENT
    assert not home.events("Filled")
    assert max(entry.at for entry in home.events("IntentRecorded")) == ATTEMPT
    assert head == whole(command(home.heard(), "kill", closes=False))


def test_one_that_was_cut_as_its_orders_walked_is_halted_where_it_was_cut(home, whole, monkeypatch):
    monkeypatch.setattr("allusr_sdk.execution.runner.Runner._heard", _dying_on("repriced"))
    home.run()
    monkeypatch.undo()
    end = max(entry.at for entry in home.journal)
    assert ATTEMPT < end < ATTEMPT + timedelta(minutes=5)
    home.tell(wish("halt"))
    head = home.run()
    assert home.heard() == end + MOMENT
    assert max(entry.at for entry in home.events("IntentRecorded")) == ATTEMPT
    assert head == whole(command(end + MOMENT, "kill", closes=False))


def _dying_on(status):
    def heard(self, event, at):
        self.kernel.heard(event, at)
        if getattr(event, "status", "") == status:
            raise Died

    return heard


def test_a_home_that_was_told_before_its_first_run_is_halted_from_its_first_instant(home):
    with open_ledger(home.folder):
        pass
    home.tell(wish("halt"))
    home.run()
    assert not home.events("IntentRecorded")
    assert {entry.event.after for entry in home.events("SwitchChanged")} == {"HALT"}


def test_a_rearm_waits_for_the_first_instant_of_a_run(home):
    with open_ledger(home.folder):
        pass
    home.tell(wish("halt"), wish("rearm", actor="Bea"))
    home.run()
    halted, armed = home.wishes
    assert (halted.last.outcome, armed.last.outcome) == ("obeyed", "obeyed")
    assert min(armed.heard.values()) > min(halted.heard.values())
    assert home.events("IntentRecorded")


def test_another_run_of_a_halted_home_is_halted_too_until_it_is_rearmed(home):
    home.run({clock("09:30"): [wish("halt")]})
    home.run(anew=True)
    assert not home.events("IntentRecorded")
    assert len(home.wishes[0].answers) == 2
    home.run({clock("09:30"): [wish("rearm")]}, anew=True)
    assert home.events("IntentRecorded")
    home.run(anew=True)
    assert home.events("IntentRecorded")
    assert not home.events("SwitchChanged")


def test_a_home_that_is_restored_to_before_its_halt_is_halted_where_its_journal_ends(home, tmp_path):
    home.run({clock("10:00"): [wish("halt")], clock("10:30"): [wish("rearm")], clock("10:35"): [wish("halt")]})
    with open_ledger(home.folder) as ledger:
        back_up(ledger, tmp_path / "copy.db")
    seq, end = max((entry.seq, entry.at) for entry in home.journal if entry.at < clock("09:50"))
    again = Home(tmp_path / "again")
    restore(tmp_path / "copy.db", str(again.folder), (1, seq))
    again.run()
    assert again.heard() == end + MOMENT
    assert again.journal[-1].state == "EMERGENCY"
    assert not [entry for entry in again.events("IntentRecorded") if entry.at > end]


def test_nothing_is_written_to_a_home_that_nobody_tells_anything(home):
    home.run()
    with open_ledger(home.folder, create=False) as ledger:
        assert ledger.chain("operator") is None
