"""What a person tells the kernel: kill, audit, maintenance (KS-7, part 1.6)."""

import pytest
from allusr_protocol.engine import Protocol

from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.kernel.commands import Command
from allusr_sdk.kernel.states import State
from tests.builders import AT, World, market, moment, snapshot, stub
from tests.kernel.commanding import look, say, states
from tests.kernel.scenes import aapl, held_put, writes


def test_a_kill_is_safe_mode_and_protective_closes_go_on():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        say(world, "kill")
        orders = look(world)
        assert [(o.cause, o.opening) for o in orders] == [("PE-11", False)]
        assert world.book.switches["USER"] == "SAFE"
        row = world.events("SwitchChanged")[0]
        assert (row.rule, row.cause, row.actor, row.reason, row.source) == (
            "KS-6 KS-7", "USER", "Ada", "looked", "operator",
        )  # fmt: skip


def test_a_kill_without_closes_halts_everything():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        say(world, "kill", closes=False)
        assert look(world) == ()
        assert world.book.switches["USER"] == "HALT"
        assert states(world) == [("SAFE", "EMERGENCY")]


def test_a_kill_given_twice_is_one_and_a_graver_one_is_another():
    with World(stub()) as world:
        for closes in (True, True, False, False, True):
            say(world, "kill", closes=closes)
        assert [(e.before, e.after) for e in world.events("SwitchChanged")] == [("NONE", "SAFE"), ("SAFE", "HALT")]


@pytest.mark.parametrize("before", ["upgrade", "audit"])
def test_a_kill_wins_over_every_state(before):
    with World(stub(), broken=lambda: "B03 quantity") as world:
        say(world, before)
        say(world, "kill", closes=False)
        assert world.kernel.machine.state is State.EMERGENCY


def test_a_kill_of_a_ledger_that_is_not_there_is_refused_and_journaled():
    with World(stub()) as world:
        with pytest.raises(StateRefusal, match="KS-7: kill refused: there is no ledger ghost: stub"):
            say(world, "kill", ledger="ghost")
        assert world.said("refuse") == ["KS-7: KS-7 kill refused: there is no ledger ghost: stub"]


def test_an_unknown_command_is_an_input_error():
    with pytest.raises(InputError, match="command rearn: unknown; did you mean 'rearm'"):
        Command(at=AT, action="rearn")


def test_an_audit_that_finds_nothing_goes_on_at_once():
    with World(stub(propose=writes())) as world:
        say(world, "audit")
        assert states(world) == [("SAFE", "AUDIT"), ("AUDIT", "SAFE")]
        assert len(look(world)) == 1


def test_in_an_audit_entries_stop_and_closes_go_on_until_books_and_broker_agree():
    breaks = ["B03 quantity"]
    with World(stub(propose=writes()), Protocol, broken=lambda: breaks[0] if breaks else "") as world:
        held_put(world, strike=110)
        say(world, "audit")
        orders = look(world)
        assert [(o.cause, o.opening) for o in orders] == [("PE-11", False)]
        assert world.kernel.machine.state is State.AUDIT
        assert "RULE-0: AUDIT: B03 quantity" in world.said("hold")
        assert "RULE-0: AUDIT: nothing is opened until books and broker agree" in world.said("skip")
        world.fill(orders[0])
        breaks.clear()
        look(world, 10)
        assert states(world)[-1] == ("AUDIT", "SAFE")
        assert world.kernel.machine.state is State.MONITORING


def test_a_reconciliation_that_agrees_ends_an_audit():
    with World(stub(), broken=lambda: "B03 quantity") as world:
        say(world, "audit")
        at = moment(clock="16:15")
        world.close(market(snapshot(at=at), at=at))
        assert world.kernel.machine.state is State.SAFE


def test_in_maintenance_no_cycle_decides_until_the_upgrade_is_done():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        say(world, "upgrade")
        assert look(world) == ()
        assert world.events("LevelChanged") == []
        world.restart()
        assert look(world, 10) == ()
        say(world, "upgraded")
        assert states(world) == [("SAFE", "MAINTENANCE"), ("MAINTENANCE", "SAFE")]
        assert look(world, 15)


def test_an_upgrade_waits_for_working_orders():
    with World(stub(propose=writes())) as world:
        world.cycle(aapl())
        with pytest.raises(StateRefusal, match="RULE-0: upgrade refused: 1 orders are working"):
            say(world, "upgrade")


@pytest.mark.parametrize(
    ("first", "then"), [("kill", "audit"), ("kill", "upgrade"), ("upgrade", "audit"), ("audit", "upgrade")]
)
def test_one_state_outside_the_ring_is_not_entered_from_another(first, then):
    with World(stub(), broken=lambda: "B03") as world:
        say(world, first, **({"closes": False} if first == "kill" else {}))
        before = world.kernel.machine.state
        with pytest.raises(StateRefusal, match=f"{then} refused: the state is {before}"):
            say(world, then)
        assert world.kernel.machine.state is before


@pytest.mark.parametrize("action", ["audit", "upgrade", "upgraded"])
def test_every_command_may_be_given_twice(action):
    with World(stub(), broken=lambda: "B03") as world:
        say(world, action)
        seq, state = world.run.seq, world.kernel.machine.state
        say(world, action)
        assert (world.run.seq, world.kernel.machine.state) == (seq, state)
