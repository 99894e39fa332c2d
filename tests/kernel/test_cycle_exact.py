"""What a pass journals beside its orders: cycles, gaps, states with their rules, what was not seen, plugins' faults."""

from datetime import date

import pytest
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk import RiskProtocol, hookimpl
from allusr_sdk.kernel.states import State
from allusr_sdk.model.events import PluginFaulted
from allusr_sdk.model.views import Grain, Vix
from tests.builders import AT, FRIDAY, THURSDAY, StubSettings, World, later, market, moment, snapshot, stub
from tests.kernel.commanding import look, say
from tests.kernel.scenes import NEXT, aapl, held_put, writes

TUESDAY = date(2026, 2, 17)
"""The second session after Thursday, for Monday is a holiday."""


def rows(world, verdict):
    """Decisions of a verdict as cycle, ledger, symbol and rule."""
    found = [(entry.cycle, entry.event) for entry in world.run.entries(kind="Decided")]
    return [(cycle, e.ledger, e.symbol, e.rule) for cycle, e in found if e.verdict == verdict]


def test_a_snapshot_that_leaves_a_symbol_out_makes_its_gap_longer():
    with World(stub()) as world:
        view = market(snapshot(), snapshot("SPY", 690.0), grain=Grain.COARSE)
        world.cycle(view)
        between = later(view, 60)
        world.cycle(evolve(between, snapshots={"AAPL": between.snapshots["AAPL"]}))
        world.cycle(later(view, 90))
        assert [(e.symbol, e.minutes) for e in world.events("DataGap")] == [("AAPL", 60), ("AAPL", 30), ("SPY", 90)]


@pytest.mark.parametrize(("first", "then", "gaps"), [
    (THURSDAY, FRIDAY, 0), (THURSDAY, TUESDAY, 1), (FRIDAY, TUESDAY, 0), (THURSDAY, date(2026, 2, 18), 1),
])  # fmt: skip
def test_end_of_day_data_has_a_gap_where_a_session_is_missing(first, then, gaps):
    with World(stub()) as world:
        for day in (first, then):
            world.cycle(aapl(at=moment(day, "16:00"), quotes=[], grain=Grain.EOD))
        assert len(world.events("DataGap")) == gaps


def test_a_session_counts_its_closing_step_and_says_of_which_symbol_it_brought_nothing():
    with World(stub()) as world:
        for view in (aapl(), later(aapl())):
            world.cycle(view)
        world.close(aapl(at=moment(clock="16:15")))
        assert rows(world, "skip") == [(3, "stub", "SPY", "RULE-0")]
        world.cycle(aapl(at=moment(FRIDAY)))
        assert world.kernel.scribe.cycle == 4


def test_a_halt_is_journaled_under_its_rule_with_the_causes_that_stand_at_it():
    with World(stub()) as world:
        say(world, "kill")
        look(world, vix=80.01)
        (row,) = world.events("StateChanged")
        assert (row.rule, row.before, row.after, row.cause) == ("KS-6", "SCANNING", "EMERGENCY", "HALT by VIX")


def test_while_books_and_broker_disagree_the_account_holds_and_each_symbol_that_is_seen_hears_why():
    with World(stub(propose=writes()), broken=lambda: "B03 quantity") as world:
        say(world, "audit")
        look(world)
        assert (rows(world, "hold"), rows(world, "skip")) == ([(0, "", "", "RULE-0")], [(1, "stub", "AAPL", "RULE-0")])
        assert world.kernel.machine.state is State.AUDIT


class Asks(RiskProtocol[StubSettings]):
    """Asks for the sleeve's next expiry and tiers, and decides as the protocol does."""

    name = "asks"
    told: tuple[object, ...] = ()

    def assess(self, position, view):
        type(self).told = view.following(position.symbol), view.prepares, view.tiers
        return Protocol(None).assess(position, view)

    def respond(self, position, assessment, view):
        return Protocol(None).respond(position, assessment, view)


def test_a_protocol_is_told_the_sleeves_next_expiry_its_rule_to_prepare_by_and_the_tiers_that_bind_it(monkeypatch):
    monkeypatch.setattr(Asks, "told", ())
    sleeve = stub()
    sleeve.prepares = "PE-2.prepare_rev"
    with World(sleeve, Asks) as world:
        held_put(world)
        world.cycle(aapl(vix=Vix(50.01, AT, (50.0, 50.0), daily=True)))
        assert Asks.told == (NEXT, "PE-2.prepare_rev", ("HEDGED",))


# --- plugins ---


def boom(*_):
    raise RuntimeError("boom")


@pytest.mark.parametrize(("about", "where"), [({"bands": boom}, "bands"), ({"propose": boom}, "propose")])
def test_the_fault_of_a_sleeve_names_the_call_in_which_it_failed(about, where):
    with World(stub("bad", **about)) as world:
        world.cycle(aapl())
        assert [(e.plugin, e.where, e.rule) for e in world.events("PluginFaulted")] == [("bad", where, "RULE-0")]


@pytest.mark.parametrize(("where", "blind"), [
    ("allusr_screen", {"guard"}), ("allusr_halt", {"guard"}), ("allusr_event", set()), ("propose", set()),
])  # fmt: skip
def test_after_a_restart_a_plugin_that_failed_as_a_guard_is_blind_and_no_other(where, blind):
    class Guard:
        name = "guard"

        @hookimpl
        def allusr_screen(self, intent, view):
            return None

    with World(stub(propose=writes()), Guard()) as world:
        world.kernel.recall((), [PluginFaulted(plugin="guard", where=where, error="it raised", rule="RULE-0")])
        assert set(world.host.quarantined) == blind
        assert bool(world.cycle(aapl())) is not bool(blind)


def test_that_a_plugin_had_to_be_stopped_is_answered_once():
    with World(stub()) as world:
        assert not world.kernel.contained()
        world.kernel.scribe.contained = True
        assert [world.kernel.contained() for _ in range(2)] == [True, False]
