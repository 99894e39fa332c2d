"""What the scribe journals of decisions, refusals and faults, field by field, and which of them it says again."""

import pytest
from attrs import evolve

from allusr_sdk.host import Fault
from allusr_sdk.model.events import Decided, PluginFaulted, SwitchChanged
from allusr_sdk.model.intents import Veto
from tests.builders import World, stub
from tests.kernel.watchers import thrown

BROKE = Fault("bad", "propose", "replaced time.time", grave=True)


@pytest.fixture
def world():
    with World(stub()) as made:
        yield made


def test_a_decision_is_journaled_with_its_symbol_and_numbers_and_about_nothing_else(world):
    world.kernel.scribe.decide("stub", "AAPL", "skip", "CAD-9", "nothing near", {"delta": 0.4})
    assert world.events("Decided") == [Decided(
        ledger="stub", symbol="AAPL", rule="CAD-9", subject="", verdict="skip", why="nothing near",
        numbers={"delta": 0.4},
    )]  # fmt: skip


def test_a_refusal_names_every_veto_its_numbers_and_the_wish(world):
    vetoes = (Veto("KS-5", "old", {"age": 121.0}), Veto("LQ-1", "thin", {"oi": 3}))
    world.kernel.scribe.refuse("stub", "AAPL", "CAD-4 LQ-1", vetoes, {"strike": 100})
    assert world.events("Decided") == [Decided(
        ledger="stub", symbol="AAPL", rule="KS-5 LQ-1 CAD-4", subject="", verdict="refuse",
        why="KS-5 old; LQ-1 thin", numbers={"age": 121.0, "oi": 3, "strike": 100},
    )]  # fmt: skip


@pytest.mark.parametrize(("second", "count"), [({"delta": 0.4}, 1), ({"delta": 0.5}, 2), ({}, 2)])
def test_a_decision_on_other_numbers_is_another_one(world, second, count):
    for numbers in ({"delta": 0.4}, second):
        world.kernel.scribe.decide("stub", "AAPL", "skip", "CAD-9", "nothing near", numbers)
    assert len(world.events("Decided")) == count


def test_a_fault_is_journaled_and_a_grave_one_makes_the_account_safe(world):
    world.kernel.scribe.fault(BROKE)
    assert world.events("PluginFaulted") == [PluginFaulted(
        rule="RULE-0", plugin="bad", where="propose", error="replaced time.time", stopped=True
    )]  # fmt: skip
    assert world.events("SwitchChanged") == [SwitchChanged(
        rule="KS-6 RULE-0", cause="GUARD", before="NONE", after="SAFE", value=None, threshold=None, source="guards",
        reason="plugin bad is stopped: replaced time.time",
    )]  # fmt: skip


def test_a_fault_that_is_not_grave_throws_nothing(world):
    world.kernel.scribe.fault(evolve(BROKE, grave=False))
    assert [event.stopped for event in world.events("PluginFaulted")] == [False]
    assert world.book.switches == {}


def test_a_fault_lowers_no_switch_that_stands_higher(world):
    world.kernel.heard(thrown("GUARD", "HALT"))
    world.kernel.scribe.fault(BROKE)
    assert world.book.switches == {"GUARD": "HALT"}


def test_until_a_plugin_is_stopped_there_is_nothing_to_look_at_again(world):
    assert not world.kernel.contained()
    world.kernel.scribe.fault(BROKE)
    assert world.kernel.contained()
    assert not world.kernel.contained()
