"""Several accounts in one engine: what each journals is what it journals alone, whatever becomes of the others."""

import gc
import weakref
from datetime import date
from functools import partial
from types import SimpleNamespace

import pytest
from attrs import evolve

from allusr_sdk.cli.planning import Options, plan
from allusr_sdk.errors import KernelError
from allusr_sdk.execution.run import lived, simulate
from allusr_sdk.execution.shared import Markets, SharedMarket
from allusr_sdk.execution.together import together
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.model.events import OperatorAsked

FIRST, LAST = date(2026, 1, 5), date(2026, 1, 6)
NOTHING = dict.fromkeys(("config", "market", "daily", "earnings", "seed", "scenario", "home", "rules"), None)
FAILS = '''"""Raises at every question of its second day."""

from allusr_sdk import Band, Sleeve, hookimpl, settings


@settings
class Nothing:
    """None."""


class Fails(Sleeve[Nothing]):
    """Raises."""

    name = "fails"
    symbols = ("SPY",)

    def bands(self, rules):
        return (Band("CAD-8", 0.28, 0.32, 3, 5, unit="calendar"),)

    def propose(self, view):
        if view.clock.day > 5:
            raise ValueError("no idea")
        return ()


@hookimpl
def allusr_sleeves():
    return [Fails]
'''


def planned(capital, *, seed=7, plugins=("gen_acc", "com_acc", "protocol"), **more):
    options = Options(
        **NOTHING, plugins=plugins, sets=(), what_if=(), mode="backtest", first=FIRST, last=LAST, pace="fast",
        symbols=("SPY", "AAPL"), capital=str(capital),
    )  # fmt: skip
    return evolve(plan(options), seed=seed, **more)


PLANS = {"small": (100_000, 1), "large": (2_000_000, 2), "same": (100_000, 3)}


def rows(run):
    """Everything that stands in a journal."""
    return [(entry.seq, entry.at, entry.cycle, entry.state, entry.event, entry.lines) for entry in run.entries()]


@pytest.fixture
def ledgers():
    made = {}

    def ledger(name):
        made[name] = open_ledger("sqlite://")
        return made[name]

    yield ledger
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def alone():
    """What each of the plans journals alone: its head, and all of it."""
    found = {}
    for name, (capital, seed) in PLANS.items():
        with open_ledger("sqlite://") as ledger:
            run = simulate(planned(capital, seed=seed), ledger)
            found[name] = (run.head, rows(run))
    assert len({head for head, _ in found.values()}) == len(PLANS)
    return found


def lives(ledgers, **steps):
    """The plans' accounts over one market; `steps` are given each step of an account."""
    shared = SharedMarket(lambda: planned(1_000_000).source)
    return {
        name: lived(planned(capital, seed=seed, source=shared.seat()), ledgers(name), **(
            {"on_step": steps[name]} if name in steps else {}
        ))
        for name, (capital, seed) in PLANS.items()
    }  # fmt: skip


def test_each_journal_is_to_the_byte_that_of_its_account_alone(ledgers, alone):
    ends = together(lives(ledgers))
    assert {name: (run.head, rows(run)) for name, run in ends.items()} == alone


def test_an_account_that_breaks_ends_alone(ledgers, alone):
    def breaks(step):
        if step.view.session.day == LAST:
            raise KernelError("the journal is out of reach")

    ends = together(lives(ledgers, large=breaks))
    assert str(ends.pop("large")) == "the journal is out of reach"
    assert {name: run.head for name, run in ends.items()} == {name: alone[name][0] for name in ("small", "same")}


def test_a_halt_binds_the_account_that_it_was_told_to(ledgers, alone, monkeypatch):
    monkeypatch.setattr("allusr_sdk.execution.operator.POLL", 0.0)  # it looks at every instant

    def halts(step):
        if step.closing and step.view.session.day == FIRST:
            Inbox(made["small"]).ask(OperatorAsked(rule="KS-7", action="halt", actor="ann", reason="enough"))

    made = {}

    def kept(name):
        made[name] = ledgers(name)
        return made[name]

    ends = together(lives(kept, small=halts))
    assert ends["small"].book.state == "EMERGENCY"
    assert {name: ends[name].head for name in ("large", "same")} == {n: alone[n][0] for n in ("large", "same")}


def test_a_plugin_that_fails_is_stopped_in_its_own_account_alone(ledgers, alone, tmp_path):
    (tmp_path / "fails.py").write_text(FAILS)
    shared = SharedMarket(lambda: planned(1_000_000).source)
    failing = planned(100_000, plugins=(str(tmp_path / "fails.py"), "protocol"), source=shared.seat())
    sound = planned(2_000_000, seed=2, source=shared.seat())
    ends = together({"failing": lived(failing, ledgers("failing")), "large": lived(sound, ledgers("large"))})
    faults = [entry.event for entry in ends["failing"].entries(kind="PluginFaulted")]
    assert [fault.plugin for fault in faults][:1] == ["fails"]
    assert ends["large"].head == alone["large"][0]


def test_at_the_wall_clocks_pace_each_waits_for_its_instants_once(ledgers, monkeypatch):
    passed = [0.0]

    def sleep(seconds):
        passed[0] += seconds

    monkeypatch.setattr("allusr_sdk.execution.run.time", SimpleNamespace(monotonic=lambda: passed[0], sleep=sleep))
    monkeypatch.setattr("allusr_sdk.execution.run.POLL", 60.0)
    paper = {"mode": "paper", "pace": "real", "last": FIRST, "first": FIRST}
    alone = simulate(planned(100_000, **paper), ledgers("alone")).head
    took, passed[0] = passed[0], 0.0
    shared = SharedMarket(lambda: planned(100_000).source)
    ends = together({
        name: lived(planned(100_000, source=shared.seat(), **paper), ledgers(name)) for name in ("one", "other")
    })  # fmt: skip
    assert [run.head for run in ends.values()] == [alone, alone]
    assert passed[0] == pytest.approx(took)


def test_who_waits_for_the_clock_lets_the_others_have_their_turns_at_the_same_step():
    seen = []

    def life(name, waits):
        for step in range(2):
            for _ in range(waits):
                seen.append((name, step, "waits"))
                yield False
            seen.append((name, step, "takes"))
            yield True
        return name

    assert together({"a": life("a", 2), "b": life("b", 0)}) == {"a": "a", "b": "b"}
    taken = [(name, step) for name, step, what in seen if what == "takes"]
    assert taken == [("b", 0), ("a", 0), ("b", 1), ("a", 1)]


# --- the market ----------------------------------------------------------------------------------------------------


class Told:
    """A source whose steps are objects with a day, noticed as they are read."""

    description = "told"

    def __init__(self, days, error=None):
        self.days, self.error, self.notices, self.walks = days, error, (), 0

    def steps(self, first, last):
        self.walks += 1
        for day in range(self.days):
            self.notices = (*self.notices, f"day {day}")
            yield Thing(day)
        if self.error is not None:
            raise self.error


class Thing:
    def __init__(self, day):
        self.day = day


def test_a_market_is_read_once_and_each_seat_has_the_notices_of_its_own_step():
    shared = SharedMarket(lambda: Told(3))
    ahead, behind = shared.seat(), shared.seat()
    assert [step.day for step in ahead.steps(FIRST, LAST)] == [0, 1, 2]
    walk = behind.steps(FIRST, LAST)
    assert [(next(walk).day, len(behind.notices)) for _ in range(2)] == [(0, 1), (1, 2)]
    assert shared.source.walks == 1


def test_what_goes_wrong_in_reading_is_told_at_each_seat():
    shared = SharedMarket(lambda: Told(1, ValueError("line 3")))
    for seat in (shared.seat(), shared.seat()):
        with pytest.raises(ValueError, match="line 3"):
            list(seat.steps(FIRST, LAST))


def test_a_step_is_let_go_when_the_last_seat_has_it():
    shared = SharedMarket(lambda: Told(3))
    first, second = (seat.steps(FIRST, LAST) for seat in (shared.seat(), shared.seat()))
    seen = weakref.ref(next(first))
    next(first)
    gc.collect()
    assert seen() is not None
    next(second)
    next(second)
    gc.collect()
    assert seen() is None


def test_another_period_and_a_late_seat_are_refused():
    shared = SharedMarket(lambda: Told(1))
    first, second = shared.seat(), shared.seat()
    list(first.steps(FIRST, LAST))
    with pytest.raises(KernelError, match="share its period"):
        next(second.steps(FIRST, FIRST))
    with pytest.raises(KernelError, match="no more seats"):
        shared.seat()


def test_a_seat_that_walks_again_walks_alone_from_the_start():
    opened = []
    shared = SharedMarket(lambda: opened.append(Told(2)) or opened[-1])
    seat = shared.seat()
    assert [[step.day for step in seat.steps(FIRST, LAST)] for _ in range(2)] == [[0, 1], [0, 1]]
    assert len(opened) == 2


def test_markets_are_one_where_all_that_they_are_made_of_is_the_same():
    markets, opened = Markets(), []

    def opens(seed):
        return opened.append(seed) or SyntheticMarket(seed=seed)

    found = [markets.market(partial(opens, seed=seed)) for seed in (7, 8, 7)]
    assert opened == [7, 8]
    assert found[0] is found[2]
    assert found[0].seat().description == SyntheticMarket(seed=7).description
