"""How a person leads a kernel back, and that nothing else does (KS-6, KS-7, part 1.11)."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.errors import StateRefusal
from allusr_sdk.kernel.commands import ACTIONS, Command
from allusr_sdk.kernel.states import State
from allusr_sdk.model.events import Filled, LevelChanged
from allusr_sdk.model.views import Vix
from tests.builders import AT, CALL, World, contract, moment, stub
from tests.kernel.commanding import look, say, states
from tests.kernel.scenes import aapl, held_put, writes
from tests.kernel.stops import buy_back, stop


def killed(*plugins, **more):
    world = World(*(plugins or (stub(propose=writes()),)), **more)
    look(world, 0)
    say(world, "kill", closes=False)
    look(world, 5)
    return world


def test_the_way_back_leads_through_safe_and_reconciling_and_scans_at_the_next_cycle():
    with killed() as world:
        say(world, "rearm")
        assert states(world)[-3:] == [("EMERGENCY", "SAFE"), ("SAFE", "RECONCILING"), ("RECONCILING", "SAFE")]
        row = world.events("SwitchChanged")[-1]
        assert (row.before, row.after, row.approver, row.reason) == ("HALT", "NONE", "Ada", "looked")
        assert world.kernel.machine.state is State.SAFE
        at = moment(clock="10:10")
        world.cycle(aapl(at=at))
        assert world.kernel.machine.state is State.MONITORING


def test_a_rearm_of_all_lifts_what_stands_in_the_account_and_in_each_ledger():
    with World(stub(), stub("other")) as world:
        look(world, 0)
        for ledger in ("", "other"):
            say(world, "kill", ledger=ledger)
        look(world, 5)
        say(world, "rearm", ledger="*")
        assert [(e.ledger, e.after) for e in world.events("SwitchChanged")][2:] == [
            ("", "NONE"), ("other", "NONE"),
        ]  # fmt: skip


def test_of_a_rearm_of_all_each_refusal_is_told_and_the_rest_is_done():
    with killed(stub(), stub("other")) as world:
        say(world, "kill", ledger="other", closes=False)
        with pytest.raises(StateRefusal, match=r"^account: KS-7.*sign it.*; other: KS-7.*sign it"):
            say(world, "rearm", ledger="*", actor="")
        assert len([w for w in world.said("refuse") if "sign it" in w]) == 2


@pytest.mark.parametrize(
    ("more", "why"),
    [({"actor": ""}, "a person must sign it"), ({"actor": "system"}, "a person must sign it"),
     ({"reason": "  "}, "it needs a reason")],
)  # fmt: skip
def test_a_rearm_needs_a_person_and_a_reason(more, why):
    with killed() as world:
        with pytest.raises(StateRefusal, match=f"KS-7: rearm refused: {why}"):
            say(world, "rearm", **more)
        assert (world.kernel.machine.state, world.book.tier) == (State.EMERGENCY, "HALT")
        assert why in world.said("refuse")[-1]


def test_a_rearm_before_any_market_is_seen_is_refused():
    with World(stub()) as world:
        say(world, "kill")
        with pytest.raises(StateRefusal, match="no market has been seen yet"):
            say(world, "rearm")


def test_a_rearm_is_refused_while_books_and_broker_disagree():
    with killed(broken=lambda: "B03 quantity: 1 is not 2") as world:
        with pytest.raises(StateRefusal, match="books and broker disagree: B03 quantity: 1 is not 2"):
            say(world, "rearm")
        assert world.kernel.machine.state is State.EMERGENCY


def test_a_rearm_is_refused_while_a_short_call_lacks_its_shares():
    with killed() as world:
        world.kernel.heard(Filled(
            ledger="stub", symbol="AAPL", rule="X", key="", execution="e", instrument=contract(110, right=CALL).osi,
            quantity=-2, price=Decimal("0.50"), fee=Decimal("0.70"), touch=None, opening=True,
        ))  # fmt: skip
        with pytest.raises(StateRefusal, match="stub lacks 200 shares of AAPL behind its calls"):
            say(world, "rearm")


def test_a_rearm_is_refused_while_a_put_lacks_its_cash():
    with killed(funds={"stub": "5000"}) as world:
        held_put(world)
        with pytest.raises(StateRefusal, match=r"stub reserves 10,000.00 and has 5,079.30"):
            say(world, "rearm")


@pytest.mark.parametrize(
    ("vix", "why"),
    [(None, "the VIX is unknown"), (Vix(15.0, AT - timedelta(minutes=11)), "the VIX is stale"),
     (Vix(81.0, AT, (60.0, 60.0), daily=True), "VIX 81 is above 80")],
)  # fmt: skip
def test_a_rearm_is_refused_while_the_vix_is_unknown_stale_or_above_a_halt(vix, why):
    with killed() as world:
        at = AT + timedelta(minutes=10)
        world.cycle(aapl(at=at, vix=vix))
        with pytest.raises(StateRefusal, match=why):
            say(world, "rearm")


@pytest.mark.parametrize(
    ("closes", "after"), [((69.9, 69.9), "SAFE"), ((69.9, 70.0), "HALT"), ((70.0, 10.0), "HALT"), ((10.0,), "HALT")]
)
def test_a_halt_by_the_vix_is_left_for_safe_after_two_closes_under_seventy_and_a_persons_word(closes, after):
    with World(stub(propose=writes())) as world:
        look(world, 0, vix=80.01)
        look(world, 5, vix=69.0, closes=closes)
        if after == "HALT":
            with pytest.raises(StateRefusal, match="two VIX closes under 70 are needed"):
                say(world, "rearm")
        else:
            say(world, "rearm")
            row = world.events("SwitchChanged")[-1]
            assert (row.rule, row.value, row.threshold, row.samples) == ("KS-4 KS-7", 69.9, 70.0, ("69.9", "69.9"))
        assert world.book.switches == {"VIX": after}
        assert look(world, 10, vix=69.0, closes=closes) == ()


def test_a_rearm_that_one_cause_refuses_moves_no_other():
    with World(stub()) as world:
        look(world, 0, vix=80.01)
        say(world, "kill")
        with pytest.raises(StateRefusal):
            say(world, "rearm")
        assert world.book.switches == {"VIX": "HALT", "USER": "SAFE"}


def test_a_rearm_of_two_switches_leaves_the_halt_behind():
    with World(stub(propose=writes()), Protocol) as world:
        look(world, 0, vix=80.01)
        say(world, "kill", closes=False)
        assert world.book.switches == {"VIX": "HALT", "USER": "HALT"}
        look(world, 24 * 60, closes=(60.0, 60.0))
        say(world, "rearm")
        assert world.book.switches == {"VIX": "SAFE"}
        assert world.kernel.machine.state is State.SAFE
        assert states(world)[-1] == ("RECONCILING", "SAFE")


def test_a_rearm_with_nothing_to_rearm_does_nothing():
    with World(stub()) as world:
        look(world)
        seq = world.run.seq
        say(world, "rearm")
        say(world, "rearm")
        assert world.run.seq == seq


def test_what_falls_by_itself_is_not_rearmed():
    with World(stub()) as world:
        look(world, vix=66.0)
        say(world, "rearm")
        assert world.book.switches == {"VIX": "SAFE"}


def test_a_person_resets_the_switch_of_a_stop_once_nothing_stands_at_level_three():
    with World(stub()) as world:
        stop(world)
        held_put(world, strike=95, at=AT)
        about = {"ledger": "stub", "symbol": "AAPL", "position": f"stub:{contract(95).osi}", "rule": "PE-4", "m": 3.0}
        world.kernel.heard(LevelChanged(**about, before=2, after=3), AT)
        look(world)
        with pytest.raises(StateRefusal, match="is still at level 3"):
            say(world, "rearm", ledger="stub")
        buy_back(world, "stub", 95, world.kernel.scribe.at)
        say(world, "rearm", ledger="stub")
        assert world.book.ledgers["stub"].switches == {}


steps = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(sorted(ACTIONS)), st.booleans()),
    st.tuples(st.just("look"), st.sampled_from([12.0, 52.0, 66.0, 81.0]), st.booleans()),
    st.tuples(st.just("close"), st.sampled_from([12.0, 81.0]), st.booleans()),
    st.tuples(st.just("restart"), st.none(), st.booleans()),
)


@settings(max_examples=60)
@given(st.lists(steps, max_size=14))
def test_no_path_of_markets_commands_and_restarts_orders_anything_in_a_halt_before_a_rearm(path):
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        minutes = 0
        for what, value, flag in path:
            minutes += 5
            at = AT + timedelta(minutes=minutes)
            halted, seq = "HALT" in world.book.switches.values(), world.run.seq
            if what == "say":
                with suppress(StateRefusal):
                    world.kernel.obey(Command(at=at, action=value, actor="Ada" * flag, reason="looked", closes=flag))
                if halted and "HALT" not in world.book.switches.values():
                    assert (value, flag) == ("rearm", True)
            elif what == "restart":
                world.restart()
            else:
                view = aapl(at=at, vix=Vix(value, at, (value, value), daily=True))
                orders = world.cycle(view) if what == "look" else world.close(view)
                if halted:
                    assert not orders
                    assert "HALT" in world.book.switches.values()
            if halted and what != "say":
                written = list(world.run.entries(after=seq))
                assert {entry.state for entry in written} <= {"EMERGENCY"}
                assert "IntentRecorded" not in {entry.event.kind for entry in written}
            if "HALT" in world.book.switches.values():
                assert world.kernel.machine.state is State.EMERGENCY
