"""What was recorded replays equal, whatever happened in it."""

from datetime import date
from time import sleep

import pytest

from allusr_sdk import hookimpl
from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.errors import BreakError
from allusr_sdk.execution.replay import replay
from allusr_sdk.execution.run import simulate
from allusr_sdk.execution.venue import Venue
from allusr_sdk.host import Host
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.recording import RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from tests.execution.replay.recorded import NOTHING, TIGHT, Nervous


def test_a_week_of_the_synthetic_market_is_equal_in_every_cycle_and_its_journal_knows_nothing_of_it(week):
    with open_ledger("sqlite://") as plain:
        assert simulate(week.plan, plain).head == week.run.head
    went = week.again()
    assert (went.cycles, went.equal, went.different, went.unseen, went.torn) == (400, 400, 0, 0, 0)
    kinds = {entry.kind for entry in week.run.entries()}
    assert kinds >= {"Decided", "IntentRecorded", "Filled", "Expired", "Watched"}


@pytest.mark.parametrize("name", ["rev_roll_level2", "feed_trouble", "half_day", "split_7_for_1", "vix_81"])
def test_a_scenario_is_equal_in_every_cycle(recorded, name):
    found = recorded(plan(Options(**NOTHING | {"scenario": name})))
    host = Host.load(found.plan.host.config)
    went = replay(found.market, found.run, host, host.config.rulebook)
    assert went.differences == ()
    assert went.cycles == found.run.book.cycle > 100


def test_the_real_week_is_equal_in_every_cycle(recorded, data_dir):
    real = {
        "market": f"chains:{data_dir / 'chains_2026_02'}", "daily": str(data_dir / "daily"),
        "earnings": str(data_dir / "earnings.csv"), "first": date(2026, 2, 11), "last": date(2026, 2, 13),
    }  # fmt: skip
    found = recorded(plan(Options(**NOTHING | real)))
    host = Host.load(found.plan.host.config)
    went = replay(found.market, found.run, host, host.config.rulebook)
    assert went.differences == ()
    assert went.cycles == found.run.book.cycle > 3
    assert next(found.run.entries(kind="IntentRecorded"))


def test_what_a_person_said_in_between_is_booked_and_not_asked_again(recorded, session, sleeves, make):
    found = recorded(session, sleeves["seller"], commands=(
        Command(at=make.clock("10:04"), action="kill", actor="Ann", reason="a test"),
        Command(at=make.clock("10:06"), action="rearm", actor="Ann"),
        Command(at=make.clock("10:11"), action="rearm", actor="Ann", reason="over"),
    ))  # fmt: skip
    assert [e.event.verdict for e in found.run.entries(kind="Decided") if not e.event.symbol] == ["refuse"]
    assert found.again(sleeves["seller"]).differences == ()


def test_guards_that_fail_are_replayed_and_observers_are_told_nothing(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"], Nervous())
    faults = [entry.event.where for entry in found.run.entries(kind="PluginFaulted")]
    assert sorted(set(faults)) == ["allusr_event", "allusr_halt"]
    today = Nervous()
    assert found.again(sleeves["seller"], today).differences == ()
    assert (today.looks, today.told) == (3, 0)  # blind from its third look on, as it was


def test_a_run_that_ended_in_a_break_is_replayed_as_far_as_it_came(recorded, session, sleeves, monkeypatch):
    monkeypatch.setattr(Venue, "check", _broken)
    found = recorded(session, sleeves["seller"])
    monkeypatch.undo()
    assert found.run.book.state == "AUDIT"
    went = found.again(sleeves["seller"])
    assert (went.cycles, went.differences) == (5, ())


class Hanging:
    """An observer that hangs when it hears of an order, and a guard that asks for nothing."""

    name = "hanging"

    @hookimpl
    def allusr_event(self, event):
        """Hangs once."""
        if event.kind == "IntentRecorded":
            while True:
                sleep(0.01)

    @hookimpl
    def allusr_halt(self, view):
        """Nothing."""


def test_what_an_observer_did_to_the_run_is_booked_where_it_happened(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"], sleeves["second"], Hanging(), sets=["run.plugin_seconds=1"])
    assert [e.event.stopped for e in found.run.entries(kind="PluginFaulted")] == [True]
    assert [e.event.after for e in found.run.entries(kind="SwitchChanged")] == ["SAFE"]
    assert found.again(sleeves["seller"], sleeves["second"], Hanging()).differences == ()


@pytest.mark.parametrize("stop", [30, 130], ids=["in the first session", "in the second session"])
def test_a_run_that_was_cut_and_taken_up_again_has_one_recording(tmp_path, stop):
    made = plan(Options(**NOTHING | {
        "mode": "paper", "symbols": ("SPY", "AAPL"), "first": date(2026, 1, 7), "last": date(2026, 1, 9),
    }))  # fmt: skip
    steps = []

    def cut(step):
        steps.append(step)
        if len(steps) == stop:
            raise KeyboardInterrupt

    with open_ledger("sqlite://") as ledger:
        with pytest.raises(KeyboardInterrupt):
            simulate(made, ledger, recorder=Recorder(tmp_path), on_step=cut)
        run = simulate(made, ledger, recorder=Recorder(tmp_path))
        assert run.id == 1
        host = Host.load(made.host.config)
        went = replay(RecordedMarket(place(tmp_path, 1)), run, host, host.config.rulebook)
        assert (went.cycles, went.differences, went.unseen, went.torn) == (240, (), 0, 0)


def test_a_run_that_began_without_a_recording_goes_on_without_one(tmp_path):
    made = plan(Options(**NOTHING | {
        "mode": "paper", "symbols": ("SPY",), "first": date(2026, 1, 8), "last": date(2026, 1, 9),
    }))  # fmt: skip
    steps = []

    def cut(step):
        steps.append(step)
        if len(steps) == 90:
            raise KeyboardInterrupt

    with open_ledger("sqlite://") as ledger:
        with pytest.raises(KeyboardInterrupt):
            simulate(made, ledger, on_step=cut)
        recorder = Recorder(tmp_path)
        simulate(made, ledger, recorder=recorder)
    assert recorder.problem == "the run began without a recording of its views, so that none is made now"
    assert list(tmp_path.iterdir()) == []


def test_an_audit_that_goes_on_is_replayed_with_what_was_said_of_it(recorded, session, sleeves, make, monkeypatch):
    words = (
        Command(at=make.clock("10:01"), action="audit", actor="Ann", reason="a look"),
        Command(at=make.clock("10:06"), action="kill", actor="Ann", reason="a test"),
        Command(at=make.clock("10:07"), action="rearm", actor="Ann", reason="over"),
    )
    monkeypatch.setattr(Venue, "check", _broken)
    found = recorded(session, sleeves["seller"], commands=words)
    monkeypatch.undo()
    holds = [e.at for e in found.run.entries(kind="Decided") if e.event.verdict == "hold"]
    assert holds == [make.clock("10:01"), make.clock("10:10")]
    assert found.again(sleeves["seller"]).differences == ()


def test_a_fault_that_was_told_between_two_passes_is_not_told_in_the_next(recorded, session, sleeves, make, put):
    class Evening(Nervous):
        """Raises when the session rests."""

        @hookimpl
        def allusr_halt(self, view):
            """Raises at its fifth look."""
            self.looks += 1
            if self.looks == 5:
                raise ValueError("tired")

        allusr_event = None

    monday = date(2026, 2, 17)
    session.at("10:00", {put: TIGHT}, day=monday).close(day=monday)
    word = Command(at=make.clock("08:00", monday), action="kill", actor="Ann", reason="a test")
    found = recorded(session, sleeves["seller"], Evening(), commands=(word,))
    (fault,) = found.run.entries(kind="PluginFaulted")
    assert fault.at == word.at
    assert found.again(sleeves["seller"], Evening()).differences == ()


def _broken(self, positions, cash):
    raise BreakError("B03 quantity: books hold one, the venue none")
