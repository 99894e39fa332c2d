"""How breaks end: by explanations, and over restarts."""

import pytest
from allusr_protocol.engine import Protocol
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.errors import StateRefusal
from allusr_sdk.kernel.states import State
from tests.builders import World, contract, stub
from tests.kernel.auditing import SHARES, audit_of, found, look, say, states
from tests.kernel.scenes import held_put, writes
from tests.kernel.statements import orphan, stated


def test_a_persons_explanation_closes_a_break_for_as_long_as_the_brokers_side_stays():
    with World(stub(propose=writes())) as world:
        audit_of(world, stated(world, more=[SHARES]))
        before = world.book.positions
        say(world, "explain", subject="B01 AAPL", reason="my own shares")
        assert (found(world), world.book.positions) == ([], before)
        (closed,) = world.events("Mended")
        assert (closed.how, closed.theirs, closed.actor, closed.reason) == ("explained", "100", "Ada", "my own shares")
        assert states(world) == [("SAFE", "AUDIT"), ("AUDIT", "SAFE")]
        seq = world.run.seq
        audit_of(world, stated(world, 10, more=[SHARES]))
        say(world, "explain", subject="B01 AAPL")
        assert world.run.seq == seq
        audit_of(world, stated(world, 15, more=[("AAPL", 150)]))
        assert found(world) == [("B01", "AAPL", "SYMBOL")]


def test_cash_that_is_explained_lets_the_account_go():
    with World(stub()) as world:
        audit_of(world, stated(world, cash="250"))
        say(world, "explain", subject="B09 cash", reason="a transfer")
        audit_of(world, stated(world, 10, cash="250"))
        assert (found(world), world.book.switches) == ([], {})


@pytest.mark.parametrize(
    ("more", "why"),
    [({"actor": ""}, "a person must sign it"), ({"reason": " "}, "it needs a reason"),
     ({"subject": "B03 AAPL"}, "no break B03 AAPL is open: B01 AAPL"), ({"subject": ""}, "no break .unnamed. is open")],
)  # fmt: skip
def test_an_explanation_needs_a_person_a_reason_and_a_break(more, why):
    with World(stub()) as world:
        audit_of(world, stated(world, more=[SHARES]))
        with pytest.raises(StateRefusal, match=f"RECON: explain refused: {why}"):
            say(world, "explain", **{"subject": "B01 AAPL", **more})
        assert found(world) == [("B01", "AAPL", "SYMBOL")]


def test_one_explanation_of_two_lets_nothing_go():
    with World(stub()) as world:
        audit_of(world, stated(world, more=[SHARES, ("MSFT", 100)]))
        say(world, "explain", subject="B01 AAPL")
        assert (found(world), world.kernel.machine.state) == ([("B01", "MSFT", "SYMBOL")], State.AUDIT)


CHANGES = [
    {}, {"more": [SHARES]}, {"more": [("MSFT", 50)], "cash": "250"}, {"orders": (orphan(),)},
    {"orders": (orphan("theirs"),)}, {"less": [contract(110).osi]},
]  # fmt: skip
steps = st.tuples(st.sampled_from(range(len(CHANGES))), st.booleans(), st.integers(0, 12))


def lived(path, *, restarts):
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        minutes = 0
        for change, restart, more in path:
            minutes += more
            audit_of(world, stated(world, minutes, **CHANGES[change]))
            if restart and restarts:
                seen, cycle, decided = world.kernel.seen, world.kernel.scribe.cycle, world.events("Decided")
                world.restart()
                if seen is not None:
                    world.kernel.see(seen)
                world.kernel.recall(decided, ())
                world.kernel.scribe.cycle = cycle  # of a pass that wrote nothing the journal has no number
            minutes += 1
            broken = {b.symbol for b in world.book.breaks.values() if b.action == "SYMBOL"}
            freezes = any(b.freezes for b in world.book.breaks.values())
            orders = look(world, minutes)
            assert not [o for o in orders if o.symbol in broken or (freezes and o.opening)]
            assert freezes is (world.kernel.machine.state is State.AUDIT)
            assert ("BREAK" in world.book.switches) is any(b.action == "ACCOUNT" for b in world.book.breaks.values())
        return world.run.head


@settings(max_examples=12)
@given(st.lists(steps, max_size=6))
def test_no_order_rests_on_a_break_and_restarts_between_audits_change_no_entry(path):
    assert lived(path, restarts=True) == lived(path, restarts=False)
