"""What persons tell a home while its engine runs, hangs, dies or is down: obeyed once, and lived through again."""

from datetime import date, datetime, timedelta

import pytest
from attrs import evolve

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.execution.operator import MOMENT, Ear
from allusr_sdk.execution.run import simulate
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.inbox import Inbox, standing
from allusr_sdk.ledger.journal import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import OperatorAsked

FIRST, LAST = date(2026, 1, 5), date(2026, 1, 6)
NOTHING = dict.fromkeys(
    ("config", "market", "daily", "earnings", "symbols", "capital", "seed", "scenario", "home", "rules"), None
)
OPTIONS = Options(
    **NOTHING, plugins=("com_acc", "protocol"), sets=(), what_if=(), mode="paper", first=FIRST, last=LAST, pace="fast"
)


def clock(text, day=FIRST):
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=NEW_YORK)


ATTEMPT = clock("09:45")
"""The first instant at which the sleeve sends orders."""


class Died(BaseException):
    """The engine's process is gone."""


class Home:
    """A home, its engine and its inbox."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, says=None, *, dies=None, anew=False, **more):
        """Run, or go on; `says` are wishes by the instant after which they are given, `dies` an instant."""
        said = dict(says or {})
        with open_ledger(self.folder) as ledger:

            def step(taken):
                for event in said.pop(taken.view.at.astimezone(NEW_YORK), ()):
                    Inbox(ledger).ask(event)
                if dies == taken.view.at:
                    raise Died

            try:
                return simulate(evolve(plan(OPTIONS), **more), ledger, on_step=step, anew=anew).head
            except Died:
                return None

    def tell(self, *events):
        with open_ledger(self.folder) as ledger:
            return [Inbox(ledger).ask(event) for event in events]

    @property
    def journal(self):
        with open_ledger(self.folder, create=False) as ledger:
            return list(ledger.latest().entries())

    def events(self, kind):
        return [entry for entry in self.journal if entry.kind == kind]

    @property
    def wishes(self):
        with open_ledger(self.folder, create=False) as ledger:
            assert all(report.ok for report in verify_all(ledger))
            return Inbox(ledger).wishes

    def heard(self, number=-1):
        """The instant at which its one run, or its last, took a wish up."""
        return list(self.wishes[number].heard.values())[-1]


@pytest.fixture(autouse=True)
def always_looking(monkeypatch):
    """The inbox is looked at between any two instants, however fast they follow."""
    monkeypatch.setattr("allusr_sdk.execution.operator.POLL", 0.0)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def whole(tmp_path):
    """The head of a run that no one cut, told by its plan what another was told from outside."""

    def run(*commands):
        return Home(tmp_path / "whole").run(commands=commands)

    return run


def wish(action, ledger="", actor="Ann", reason="too hot"):
    return OperatorAsked(rule="KS-7", action=action, ledger=ledger, actor=actor, reason=reason)


def command(at, action, **more):
    return Command(at=at, action=action, **{"actor": "Ann", "reason": "too hot", **more})


# --- an engine that runs -------------------------------------------------------------------------------------------


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


# --- an engine that dies -------------------------------------------------------------------------------------------


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


# --- an engine that is down ----------------------------------------------------------------------------------------


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


# --- audits and explanations -----------------------------------------------------------------------------------------


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
