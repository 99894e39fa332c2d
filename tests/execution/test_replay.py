"""A recorded run through today's code: equal where nothing changed, different only where today decides otherwise."""

from datetime import date
from decimal import Decimal
from time import sleep

import pytest

from allusr_sdk import Veto, hookimpl
from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.config import Config
from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.execution.replay import replay
from allusr_sdk.execution.run import Plan, simulate
from allusr_sdk.execution.venue import Venue
from allusr_sdk.host import Host
from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.recording import RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.views import Grain

FRIDAY = date(2026, 2, 13)
TIGHT, WIDE = (1.00, 1.01, 5000, 5000), (1.00, 1.40, 5000, 5000)
NOTHING = {
    "plugins": None, "config": None, "sets": (), "what_if": (), "mode": "backtest", "market": None, "daily": None,
    "earnings": None, "symbols": None, "capital": None, "first": None, "last": None, "seed": None, "pace": "fast",
}  # fmt: skip


class Recorded:
    """One recorded run, and replays of it."""

    def __init__(self, folder, made):
        self.plan, self.ledger = made, open_ledger("sqlite://")
        self.folder, recorder = folder, Recorder(folder)
        try:
            self.run = simulate(made, self.ledger, recorder=recorder)
        except BreakError:
            self.run = self.ledger.latest()
        self.problem = recorder.problem

    @property
    def market(self):
        """The recording, from its beginning."""
        return RecordedMarket(place(self.folder, self.run.id))

    def again(self, *plugins, sets=(), **period):
        """The run through today's code."""
        told = self.plan.host.config
        if plugins:
            host = Host.of(*plugins, config=Config.read(sets=("plugins.use=[]", *sets)))
        else:
            host = Host.load(plan(Options(**NOTHING | {"sets": sets, "plugins": tuple(told.plugins.use)})).host.config)
        return replay(self.market, self.run, host, host.config.rulebook, **period)


@pytest.fixture
def recorded(tmp_path):
    """Records plans, or scripts with sleeves."""
    made = []

    def record(source, *plugins, capital=1_000_000, sets=(), **more):
        if not isinstance(source, Plan):
            host = Host.of(*plugins, config=Config.read(sets=("plugins.use=[]", *sets)))
            names = list(host.sleeves)
            source = Plan(
                mode="backtest", source=source, first=date(2026, 2, 12), last=date(2026, 3, 31), seed=7,
                capital=Decimal(capital), host=host, rules=host.config.rulebook, settings=host.digest,
                split=dict.fromkeys(names, Decimal(100) / len(names)), **more,
            )  # fmt: skip
        made.append(Recorded(tmp_path / str(len(made)), source))
        return made[-1]

    yield record
    for one in made:
        one.ledger.close()


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A recorded week of the synthetic market."""
    made = plan(Options(**NOTHING | {"first": date(2026, 1, 5), "last": date(2026, 1, 9)}))
    found = Recorded(tmp_path_factory.mktemp("week"), made)
    yield found
    found.ledger.close()


@pytest.fixture
def put(make):
    """The SPY 100 put of Friday."""
    return make.put(100, FRIDAY, root="SPY")


@pytest.fixture
def session(script, put):
    """Four attempts of one session."""
    market = script(Grain.GRID)
    for minute in (0, 5, 10, 15):
        market.at(f"10:{minute:02d}", {put: TIGHT})
    return market.close()


def lines(went):
    """(stored, today) of each difference as (kind, verdict or quantity), and why a pass ended."""
    return [(_short(d.stored), _short(d.today)) if not d.ended else d.ended for d in went.differences]


def _short(event):
    if event is None:
        return None
    return (event.kind, getattr(event, "verdict", "") or (event.legs[0][1] if hasattr(event, "legs") else ""))


# --- equal ---------------------------------------------------------------------------------------------------------


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


class Nervous:
    """A guard that raises at its third look, and an observer that always does."""

    name = "nervous"

    def __init__(self):
        self.looks = self.told = 0

    @hookimpl
    def allusr_halt(self, view):
        """Raises once."""
        self.looks += 1
        if self.looks == 3:
            raise ValueError("too much")

    @hookimpl
    def allusr_event(self, event):
        """Raises always."""
        self.told += 1
        raise ValueError("not my day")


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


# --- different -----------------------------------------------------------------------------------------------------


def test_a_changed_setting_differs_where_it_arises_and_nowhere_else(week):
    went = week.again(sets=["sleeves.gen_acc.dte_max=0"])
    at = [d.at.astimezone(NEW_YORK) for d in went.differences]
    sides = [event for d in went.differences for event in (d.stored, d.today) if event is not None]
    assert {event.ledger for event in sides} == {"gen_acc"}
    assert {f"{a:%a}" for a in at} == {"Thu"}
    assert {f"{a:%H:%M}" for a in at} == {f"{9 + m // 60:02d}:{m % 60:02d}" for m in range(45, 120, 5)}
    assert (went.cycles, went.different) == (400, 15)
    assert not any(d.ended for d in went.differences)


def test_only_the_asked_days_are_compared(week):
    sets = ["sleeves.gen_acc.dte_max=0"]
    assert week.again(sets=sets, last=date(2026, 1, 7)).different == 0
    assert week.again(sets=sets, first=date(2026, 1, 9)).cycles == 80
    assert week.again(sets=sets, first=date(2026, 1, 8), last=date(2026, 1, 8)).different == 15


def test_a_smaller_order_is_shown_beside_the_stored_one_once(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    assert lines(found.again(sleeves["seller"], sets=["sleeves.seller.lots=2"])) == [
        (("IntentRecorded", -3), ("IntentRecorded", -2))
    ]


class Waiting:
    """Mixed into a sleeve: proposes nothing before 10:10."""

    def propose(self, view):
        """Waits, then as told."""
        if f"{view.clock:%H:%M}" < "10:10":
            yield view.skip("SPY", "CAD-7", "not yet")
        else:
            yield from super().propose(view)


def test_a_difference_does_not_beget_others_once_both_decide_alike(recorded, session, sleeves):
    class Later(Waiting, sleeves["seller"]):
        """The seller, later."""

    found = recorded(session, sleeves["seller"])
    went = found.again(Later)
    assert [f"{d.at.astimezone(NEW_YORK):%H:%M}" for d in went.differences] == ["10:00", "10:00", "10:05"]
    assert lines(went)[:2] == [(("Decided", "ready"), ("Decided", "skip")), (("IntentRecorded", -3), None)]
    assert (went.cycles, went.different) == (5, 2)


class Silent:
    """Mixed into a sleeve: says nothing."""

    def propose(self, view):
        """Nothing."""
        yield from ()


class Talking:
    """Mixed into a sleeve: says why it does nothing."""

    def propose(self, view):
        """Always the same."""
        yield view.skip("SPY", "CAD-7", "not today")


def test_what_the_run_never_said_is_new_in_every_pass(recorded, session, sleeves):
    quiet, loud = (type("Same", (kind, sleeves["seller"]), {"__doc__": "A sleeve."}) for kind in (Silent, Talking))
    found = recorded(session, quiet)
    assert lines(found.again(loud)) == [(None, ("Decided", "skip"))] * 4
    assert lines(recorded(session, loud).again(quiet)) == [(("Decided", "skip"), None)]


def test_a_guard_that_fails_today_is_blind_in_that_pass_alone(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    went = found.again(sleeves["seller"], Nervous())
    assert went.different == 1
    assert {f"{d.at.astimezone(NEW_YORK):%H:%M}" for d in went.differences} == {"10:10"}
    assert {d.today.kind for d in went.differences} >= {"PluginFaulted", "SwitchChanged"}


class Curious:
    """Mixed into a sleeve: looks at what nobody looked at, and takes no error for an answer."""

    def propose(self, view):
        """Asks for a contract's volumes before it is chosen."""
        try:
            view.fresh("SPY").volumes(self.other)
        except Exception:
            return
        yield from super().propose(view)


def test_a_look_at_what_the_run_did_not_see_is_named_and_decides_nothing(recorded, session, sleeves, make):
    class Looking(Curious, sleeves["seller"]):
        """The seller, curious."""

        other = make.put(90, FRIDAY, root="SPY")

    found = recorded(session, sleeves["seller"])
    went = found.again(Looking)
    assert went.different == 4
    assert lines(went)[0] == (
        "today's code looked at the volumes of SPY 13 Feb 90 put at 10:00:00, which the run did not look at"
    )
    assert all(d.stored is None and d.today is None for d in went.differences)


class Harsh:
    """A guard that vetoes everything."""

    name = "harsh"

    @hookimpl
    def allusr_screen(self, intent, view):
        """No."""
        return Veto("RULE-0", "nothing pleases me")


def test_another_guard_shows_what_it_would_have_stopped(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    went = found.again(sleeves["seller"], Harsh())
    assert lines(went)[:2] == [(("Decided", "ready"), ("Decided", "refuse")), (("IntentRecorded", -3), None)]
    assert "nothing pleases me" in went.differences[0].today.why


class Failing:
    """Mixed into a sleeve: raises."""

    def propose(self, view):
        """No."""
        raise ValueError("broken today")


def test_a_sleeve_that_fails_today_is_quarantined_in_each_pass_for_itself_alone(recorded, session, sleeves):
    class Broken(Failing, sleeves["second"]):
        """The second sleeve, broken."""

    found = recorded(session, sleeves["seller"], sleeves["second"])
    went = found.again(sleeves["seller"], Broken)
    sides = [event for d in went.differences for event in (d.stored, d.today) if event is not None]
    assert {event.kind for event in sides} >= {"PluginFaulted", "Quarantined"}
    assert {event.ledger for event in sides if event.kind != "PluginFaulted"} == {"second"}
    assert went.different == 4


class Idle:
    """Mixed into a sleeve: closes nothing."""

    def manage(self, position, view):
        """Holds."""
        yield from ()


def test_exits_are_compared_like_entries(recorded, script, sleeves, put):
    class Holding(Idle, sleeves["leaver"]):
        """The leaver, who stays."""

    market = script(Grain.GRID)
    for minute in (0, 5, 10):
        market.at(f"10:{minute:02d}", {put: TIGHT})
    found = recorded(market.close(), sleeves["leaver"])
    closes = [e for e in found.run.entries(kind="IntentRecorded") if e.event.action == "close"]
    assert closes
    gone = [d.stored for d in found.again(Holding).differences if d.today is None]
    assert {event.action for event in gone if event.kind == "IntentRecorded"} == {"close"}


# --- refused -------------------------------------------------------------------------------------------------------


def test_the_views_of_another_run_are_refused(recorded, session, script, put, sleeves):
    mine = recorded(session, sleeves["seller"])
    other = recorded(script(Grain.GRID).at("10:00", {put: WIDE}).close(), sleeves["seller"], capital=500_000)
    host = Host.of(sleeves["seller"], config=Config.read(sets=("plugins.use=[]",)))
    with pytest.raises(BreakError, match="the recorded views are not those of run 1"):
        replay(other.market, mine.run, host, host.config.rulebook)


def test_a_sleeve_that_had_no_ledger_is_refused(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    with pytest.raises(InputError, match="sleeve second had no ledger in run 1"):
        found.again(sleeves["seller"], sleeves["second"])


def test_a_recording_that_was_cut_is_replayed_as_far_as_it_goes(recorded, session, sleeves):
    found = recorded(session, sleeves["seller"])
    path = place(found.folder, 1)
    path.write_bytes(path.read_bytes()[:-7])
    went = found.again(sleeves["seller"])
    assert (went.cycles, went.differences, went.unseen) == (4, (), 1)
    assert went.torn > 0
