"""Books against a broker: what is mended, what freezes what, how breaks age and end (RECON, section 9)."""

from datetime import timedelta

import pytest
from allusr_protocol.engine import Protocol
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.errors import StateRefusal
from allusr_sdk.kernel import audit
from allusr_sdk.kernel.breaks import Finding
from allusr_sdk.kernel.commands import Command
from allusr_sdk.kernel.states import State
from allusr_sdk.model.events import Noted
from allusr_sdk.model.views import Vix
from tests.builders import AT, FRIDAY, World, contract, market, moment, snapshot, stub
from tests.kernel.scenes import aapl, held_put, held_shares, writes
from tests.kernel.statements import execution, later, orphan, stated
from tests.kernel.test_hedges import hedge, scene, wishing
from tests.kernel.watchers import closes, watcher

SHARES = ("AAPL", 100)


def audit_of(world, statement):
    """Compare at the instant of a statement."""
    world.kernel.scribe.at = statement.at
    return world.kernel.reconcile(statement)


def look(world, minutes, **more):
    """The next instant, with a confirmed VIX."""
    at = later(minutes)
    return world.cycle(aapl(at=at, vix=Vix(15.0, at, (15.0, 15.0), daily=True), **more))


def say(world, action, **more):
    at = world.kernel.scribe.at + timedelta(minutes=1)
    world.kernel.obey(Command(at=at, action=action, **{"actor": "Ada", "reason": "looked", **more}))


def found(world):
    """Open breaks by code, subject and action."""
    return [(b.code, b.subject, b.action) for b in world.book.breaks.values()]


def states(world):
    return [(e.before, e.after) for e in world.events("StateChanged")]


def moves(world):
    return [(e.cause, e.before, e.after) for e in world.events("SwitchChanged")]


# --- agreement and mends ---------------------------------------------------------------------------------------------


def test_a_statement_that_agrees_writes_nothing():
    with World(stub()) as world:
        held_shares(world)
        seq = world.run.seq
        assert audit_of(world, stated(world)) == ()
        assert world.run.seq == seq


def test_the_brokers_clock_stamps_no_entry():
    with World(stub()) as world:
        world.kernel.scribe.at = later(5)
        world.kernel.reconcile(stated(world, 500, more=[SHARES]))
        assert [entry.at for entry in world.run.entries(kind="Broken")] == [later(5)]


def test_an_execution_that_nobody_heard_of_is_booked_and_nothing_stays_open():
    with World(stub(propose=writes())) as world:
        (order,) = look(world, 0)
        fill = execution(order)
        paid = -fill.quantity * fill.price * 100 - fill.fee
        said = stated(world, more=[(fill.instrument, fill.quantity)], cash=paid, executions=(fill,), orders=())
        audit_of(world, said)
        (booked,) = world.events("Filled")
        assert (booked.rule, booked.execution, booked.quantity) == ("RECON B06", "x1", -order.quantity)
        assert (found(world), states(world), world.book.ledgers["stub"].working) == ([], [], {})
        seq = world.run.seq
        audit_of(world, said)
        assert world.run.seq == seq


def test_what_was_booked_and_is_still_found_freezes_its_symbol(monkeypatch):
    stubborn = Finding(
        code="B08", subject="x1", symbol="AAPL", what="a fee", ours="1", theirs="2", cause="told later",
        mends=(Noted(symbol="AAPL", key="fee", text="2"),),
    )  # fmt: skip
    monkeypatch.setattr(audit, "compare", lambda ours, theirs, rules: (stubborn,))
    with World(stub()) as world:
        audit_of(world, stated(world))
        assert found(world) == [("B08", "x1", "SYMBOL")]
        assert len(world.events("Noted")) == 1
        assert world.book.breaks["B08", "x1"].cause == "told later; it was booked, and is still found"


# --- a frozen symbol -------------------------------------------------------------------------------------------------


def test_a_position_that_only_the_broker_has_freezes_its_symbol_and_is_said_once():
    with World(stub(propose=writes())) as world:
        for _ in range(3):
            assert audit_of(world, stated(world, more=[SHARES])) == ()
        (row,) = world.events("Broken")
        assert (row.rule, row.symbol, row.subject, row.action, row.ours) == ("B01", "AAPL", "AAPL", "SYMBOL", "0")
        assert (row.theirs, bool(row.cause)) == ("100", True)
        assert states(world) == [("SAFE", "AUDIT")]
        assert look(world, 10) == ()
        assert world.kernel.machine.state is State.AUDIT
        assert "RULE-0: AUDIT: B01 AAPL" in world.said("hold")


@pytest.mark.parametrize("urgent", [False, True])
def test_no_close_of_a_frozen_symbol_leaves_and_the_refusal_has_both_numbers(urgent):
    rule = "PE-11" if urgent else "CC-1"
    with World(stub(), watcher(closes(rule=rule, urgent=urgent))) as world:
        held_put(world)
        audit_of(world, stated(world, more=[(contract(100).osi, -1)]))
        assert found(world) == [("B03", contract(100).osi, "SYMBOL")]
        assert look(world, 10) == ()
        (refusal,) = [e for e in world.events("Decided") if e.verdict == "refuse"]
        assert (refusal.rule, refusal.subject) == (f"B03 {rule}", f"stub:{contract(100).osi}")
        assert (refusal.numbers["ours"], refusal.numbers["theirs"]) == ("-1", "-2")


def test_a_stop_waits_for_the_break_and_leaves_when_books_and_broker_agree():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        audit_of(world, stated(world, less=[contract(110).osi]))
        assert found(world) == [("B02", contract(110).osi, "SYMBOL")]
        assert look(world, 10) == ()
        audit_of(world, stated(world, 12))
        assert found(world) == []
        assert [(o.cause, o.opening) for o in look(world, 15)] == [("PE-11", False)]


def test_working_orders_of_a_frozen_symbol_are_cancelled_and_others_go_on():
    with World(stub(propose=writes()), watcher(closes())) as world:
        (order,) = look(world, 0)
        audit_of(world, stated(world, more=[SHARES]))
        rule, why = world.kernel.cancels()[order.key]
        assert (rule, why.startswith("books and broker disagree: ")) == ("B01", True)
        audit_of(world, stated(world, 6))
        audit_of(world, stated(world, 7, more=[("MSFT", 100)]))
        assert order.key not in world.kernel.cancels()


def test_exits_of_other_symbols_go_on_while_entries_wait():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        audit_of(world, stated(world, more=[("MSFT", 100)]))
        assert [(o.cause, o.opening) for o in look(world, 10)] == [("PE-11", False)]
        assert "RULE-0: AUDIT: nothing is opened until books and broker agree" in world.said("skip")


def test_no_hedge_is_bought_in_a_frozen_symbol():
    with World(stub(), wishing(hedge())) as world:
        audit_of(world, stated(world, more=[("SPY", 100)]))
        assert world.cycle(scene(at=later(10))) == ()
        assert [e.rule.split()[0] for e in world.events("Decided") if e.verdict == "refuse"] == ["B01"]


# --- a frozen account ------------------------------------------------------------------------------------------------


def test_cash_that_nothing_explains_makes_the_account_safe_until_it_is_explained_by_the_broker():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        audit_of(world, stated(world, cash="250"))
        assert found(world) == [("B09", "cash", "ACCOUNT")]
        assert moves(world) == [("BREAK", "NONE", "SAFE")]
        assert [(o.cause, o.opening) for o in look(world, 10)] == [("PE-11", False)]
        audit_of(world, stated(world, 15))
        assert moves(world)[-1] == ("BREAK", "SAFE", "NONE")
        assert states(world) == [("SAFE", "AUDIT"), ("AUDIT", "SAFE")]
        (closed,) = world.events("Mended")
        assert (closed.rule, closed.subject, closed.how) == ("B09", "cash", "agree")


def test_the_row_of_the_switch_names_reconciliation_and_the_break():
    with World(stub()) as world:
        audit_of(world, stated(world, cash="250"))
        (row,) = world.events("SwitchChanged")
        assert (row.rule, row.reason, row.source) == ("KS-6 RECON", "B09 cash", "reconciliation")


@pytest.mark.parametrize("changes", [{"cash": "250"}, {"more": [SHARES]}])
def test_no_rearm_while_a_break_freezes_anything(changes):
    with World(stub()) as world:
        look(world, 0)
        say(world, "kill", closes=False)
        audit_of(world, stated(world, 2, **changes))
        assert world.kernel.machine.state is State.EMERGENCY
        with pytest.raises(StateRefusal, match="rearm refused: books and broker disagree: B0"):
            say(world, "rearm")
        audit_of(world, stated(world, 4))
        say(world, "rearm")
        assert (world.kernel.machine.state, world.book.switches) == (State.SAFE, {})


def test_a_persons_word_does_not_lift_the_switch_of_a_break():
    with World(stub()) as world:
        look(world, 0)
        audit_of(world, stated(world, 2, cash="250"))
        for action in ("rearm", "resume"):
            with pytest.raises(StateRefusal, match="books and broker disagree: B09 cash"):
                say(world, action)
        assert world.book.switches == {"BREAK": "SAFE"}


# --- states ----------------------------------------------------------------------------------------------------------


def test_in_session_a_comparison_that_agrees_changes_no_state():
    with World(stub(propose=writes())) as world:
        look(world, 0)
        audit_of(world, stated(world, 3))
        assert (world.kernel.machine.state, states(world)) == (State.MONITORING, [])


def test_a_break_that_opens_in_session_turns_to_audit_and_the_pass_after_its_end_scans():
    with World(stub(propose=writes())) as world:
        look(world, 0)
        audit_of(world, stated(world, 3, more=[("MSFT", 100)]))
        look(world, 5)
        audit_of(world, stated(world, 7))
        assert states(world) == [("SAFE", "AUDIT"), ("AUDIT", "SAFE")]
        look(world, 10)
        assert world.kernel.machine.state is State.MONITORING


def test_an_audit_on_schedule_leads_from_safe_to_audit_and_back_and_says_nothing_where_all_agrees():
    with World(stub()) as world:
        world.kernel.audit_begins()
        assert world.kernel.machine.state is State.AUDIT
        audit_of(world, stated(world))
        world.kernel.audit_ends()
        assert world.kernel.machine.state is State.SAFE
        assert states(world) == []


def test_an_audit_that_finds_a_break_does_not_end():
    with World(stub()) as world:
        world.kernel.audit_begins()
        audit_of(world, stated(world, more=[SHARES]))
        world.kernel.audit_ends()
        assert states(world) == [("SAFE", "AUDIT")]


def test_an_audit_on_schedule_that_nobody_answers_stays_and_a_restart_finds_it_there():
    with World(stub(propose=writes()), broken=lambda: "the broker does not answer") as world:
        world.kernel.audit_begins()
        world.kernel.audit_ends()
        assert states(world) == [("SAFE", "AUDIT")]
        world.restart()
        assert look(world, 5) == ()
        audit_of(world, stated(world, 7))
        assert states(world)[1:] == [("AUDIT", "SAFE")]


def test_a_halted_machine_is_compared_and_stays_halted():
    with World(stub()) as world:
        say(world, "kill", closes=False)
        world.kernel.audit_begins()
        audit_of(world, stated(world, more=[SHARES]))
        world.kernel.audit_ends()
        assert states(world) == [("SAFE", "EMERGENCY")]
        assert found(world) == [("B01", "AAPL", "SYMBOL")]


def test_maintenance_is_left_for_an_audit_where_a_break_is_open():
    with World(stub(propose=writes())) as world:
        say(world, "upgrade")
        audit_of(world, stated(world, more=[SHARES]))
        say(world, "upgraded")
        assert look(world, 10) == ()
        assert states(world)[-2:] == [("MAINTENANCE", "SAFE"), ("SAFE", "AUDIT")]


def test_a_session_that_ends_over_a_break_rests_in_audit():
    with World(stub()) as world:
        look(world, 0)
        at = moment(clock="16:15")
        audit_of(world, stated(world, more=[SHARES]))
        world.close(market(snapshot(at=at), at=at))
        assert world.kernel.machine.state is State.AUDIT
        world.restart()
        assert world.kernel.machine.state is State.AUDIT


# --- age -------------------------------------------------------------------------------------------------------------


def test_a_break_that_changes_is_said_anew_and_keeps_its_age():
    with World(stub()) as world:
        for minutes, count in ((5, 100), (10, 100), (15, 200)):
            audit_of(world, stated(world, minutes, more=[("AAPL", count)]))
        assert [e.theirs for e in world.events("Broken")] == ["100", "200"]
        assert world.book.breaks["B01", "AAPL"].opened == later(5)


def test_a_person_is_called_once_after_thirty_minutes():
    with World(stub()) as world:
        for minutes in (5, 20, 35):
            audit_of(world, stated(world, minutes, more=[SHARES]))
        assert world.events("Paged") == []
        look(world, 36)
        audit_of(world, stated(world, 50, more=[SHARES]))
        (call,) = world.events("Paged")
        assert (call.rule, call.symbol, call.subject) == ("B01", "AAPL", "AAPL")
        assert call.why.startswith("open for 31 minutes of the session: ")
        assert world.book.breaks["B01", "AAPL"].paged


def test_the_night_does_not_count():
    with World(stub()) as world:
        for day, clock in ((None, "15:50"), (FRIDAY, "08:30"), (FRIDAY, "09:50")):
            at = moment(day, clock) if day else moment(clock=clock)
            audit_of(world, stated(world, at=at, more=[SHARES]))
            assert world.events("Paged") == []
        audit_of(world, stated(world, at=moment(FRIDAY, "09:51"), more=[SHARES]))
        assert len(world.events("Paged")) == 1


# --- orphans ---------------------------------------------------------------------------------------------------------


def test_an_order_of_ours_that_the_books_do_not_know_is_cancelled_three_times_then_the_account_is_safe():
    with World(stub()) as world:
        asked = [
            audit_of(world, stated(world, at=AT + timedelta(seconds=seconds), orders=(orphan(),)))
            for seconds in (0, 10, 30, 60, 80, 90, 95, 150)
        ]
        assert asked == [("au-lost",), (), ("au-lost",), ("au-lost",), (), (), (), ()]
        assert [(e.action, e.cancels) for e in world.events("Broken")] == [
            ("CANCEL", 1), ("CANCEL", 2), ("CANCEL", 3), ("ACCOUNT", 3),
        ]  # fmt: skip
        assert world.book.switches == {"BREAK": "SAFE"}
        audit_of(world, stated(world))
        assert (found(world), world.book.switches) == ([], {})


def test_an_orphan_that_is_being_cancelled_freezes_nothing():
    with World(stub(propose=writes())) as world:
        audit_of(world, stated(world, orders=(orphan(),)))
        assert (states(world), moves(world)) == ([], [])
        assert len(look(world, 10)) == 1


def test_a_foreign_order_is_left_alone_and_the_account_is_safe_at_once():
    with World(stub()) as world:
        assert audit_of(world, stated(world, orders=(orphan("theirs"),))) == ()
        assert found(world) == [("B04", "77", "ACCOUNT")]


# --- explanations ----------------------------------------------------------------------------------------------------


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


# --- restarts --------------------------------------------------------------------------------------------------------

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


@settings(max_examples=12, deadline=None)
@given(st.lists(steps, max_size=6))
def test_no_order_rests_on_a_break_and_restarts_between_audits_change_no_entry(path):
    assert lived(path, restarts=True) == lived(path, restarts=False)
