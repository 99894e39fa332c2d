"""What a ladder is told of its ledger, and how what it says and where it fails are journaled (LL-1, LL-4)."""

import pytest
from attrs import evolve

from allusr_sdk.model.intents import Note, Skip
from tests.builders import World, later, stub
from tests.kernel.ladder_scenes import call, give, long_calls, planner, rung
from tests.kernel.test_ladder_hedges import given, indices
from tests.kernel.watchers import thrown, watcher


def telling(answer):
    """A protocol that tells its triggers as a test says."""
    protocol = watcher()
    protocol.triggers = lambda self, view: answer(view)
    return protocol


def test_the_growth_ladder_is_told_of_no_triggers_whatever_the_protocol_says():
    seen = []

    def plan(view):
        seen.append((view.growth, dict(view.triggers)))
        return ()

    with World(stub(), planner(plan), telling(lambda view: {"L2": True})) as world:
        given(world)
        give(world)
        world.cycle(indices())
        assert sorted(seen) == [(False, {"L2": True}), (True, {})]


def test_a_protocol_is_not_asked_for_triggers_where_only_growth_is_planned():
    with World(stub(), planner(), telling(lambda view: 1 / 0)) as world:
        give(world)
        world.cycle(long_calls())
        assert world.events("PluginFaulted") == []


def test_a_ladder_sees_what_switches_stand_at_and_how_far_a_symbol_ranges():
    seen = []
    with World(stub(), planner(lambda view: seen.append((view.tiers, view.atr("AAPL"))) or ())) as world:
        give(world)
        world.kernel.heard(thrown("LOSS", "SAFE", ledger="llms"))
        world.cycle(long_calls(spread=3.0))
        ((tiers, ranges),) = seen
        assert (tiers, ranges.value) == (world.book.tiers("llms"), 3.0)
        assert tiers


@pytest.mark.parametrize(("numbers", "subject"), [
    ({"contract": call().osi}, f"llms:{call().osi}"), ({"delta": 0.2}, "ladder"),
])  # fmt: skip
def test_what_a_ladder_says_of_a_contract_stands_under_that_contract(numbers, subject):
    with World(stub(), planner(lambda view: [Skip("AAPL", "LL-2", "as told", numbers=numbers)])) as world:
        give(world)
        world.cycle(long_calls())
        assert [e.subject for e in world.events("Decided", ledger="llms")] == [subject]


def test_a_note_says_whose_it_is_and_under_which_rule():
    with World(stub(), planner(lambda view: [Note("AAPL", "LL-3", key="k", text="t")])) as world:
        give(world)
        world.cycle(long_calls())
        (said,) = world.events("Noted")
        assert (said.ledger, said.symbol, said.rule, said.key, said.text) == ("llms", "AAPL", "LL-3", "k", "t")


def test_in_an_audit_a_rung_is_passed_over_by_rule_0_and_that_is_said_of_the_ladder():
    with World(stub(), planner(lambda view: [rung(view.quote(call()))]), broken=lambda: "B03") as world:
        give(world)
        world.kernel.rest()
        world.kernel.enter("audit", "by hand", rule="RECON")
        assert world.cycle(long_calls()) == ()
        (said,) = world.events("Decided", ledger="llms")
        assert (said.symbol, said.verdict, said.rule, said.subject) == ("AAPL", "skip", "RULE-0", "ladder")
        assert said.why == "AUDIT: nothing is opened until books and broker agree"


@pytest.mark.parametrize(("plan", "error"), [
    (lambda view: [1 / 0], "ZeroDivisionError: division by zero"),
    (lambda view: [evolve(rung(view.quote(call())), rule=7)], "planned a Rung whose rule is no text"),
    (lambda view: ["buy it"], "planned a str"),
])  # fmt: skip
def test_a_ladder_that_fails_twice_is_frozen_once_and_the_fault_says_how(plan, error):
    with World(stub(), planner(plan)) as world:
        give(world)
        world.cycle(long_calls())
        world.cycle(later(long_calls(), minutes=2))
        faults = world.events("PluginFaulted")
        assert {(row.plugin, row.where, row.error.partition(" (")[0]) for row in faults} == {("planner", "plan", error)}
        (row,) = world.events("Frozen")
        assert (row.ledger, row.symbol, row.rule) == ("llms", "*", "RULE-0")
        assert row.why.startswith(f"the ladder failed: {error}")


@pytest.mark.parametrize("answer", [lambda view: ["L2"], lambda view: {"L2": 1}, lambda view: {2: True}])
def test_triggers_that_are_told_otherwise_than_by_name_are_a_fault_of_the_protocol(answer):
    with World(stub(), planner(), telling(answer)) as world:
        given(world)
        world.cycle(indices())
        (row,) = world.events("PluginFaulted")
        assert (row.plugin, row.where) == ("watcher", "triggers")
        assert row.error.startswith("TypeError: told its triggers otherwise than as names that are on, off or None")
