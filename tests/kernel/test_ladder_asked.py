"""What a ladder is told of its ledger, and how what it says of a contract is journaled (LL-1, LL-4)."""

import pytest

from allusr_sdk.model.intents import Skip
from tests.builders import World, stub
from tests.kernel.ladder_scenes import call, give, long_calls, planner
from tests.kernel.watchers import watcher


def test_the_growth_ladder_is_told_of_no_triggers_whatever_the_protocol_says():
    seen = []
    protocol = watcher()
    protocol.triggers = lambda self, view: {"L2": True}
    with World(stub(), planner(lambda view: seen.append((view.growth, dict(view.triggers))) or ()), protocol) as world:
        give(world)
        world.cycle(long_calls())
        assert seen == [(True, {})]


@pytest.mark.parametrize(("numbers", "subject"), [
    ({"contract": call().osi}, f"llms:{call().osi}"), ({"delta": 0.2}, "ladder"),
])  # fmt: skip
def test_what_a_ladder_says_of_a_contract_stands_under_that_contract(numbers, subject):
    with World(stub(), planner(lambda view: [Skip("AAPL", "LL-2", "as told", numbers=numbers)])) as world:
        give(world)
        world.cycle(long_calls())
        assert [e.subject for e in world.events("Decided", ledger="llms")] == [subject]
