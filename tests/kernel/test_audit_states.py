"""What audits do to the state of the machine, how breaks age, and orders that nobody knows."""

from datetime import timedelta

from allusr_sdk.kernel.states import State
from tests.builders import AT, FRIDAY, World, market, moment, snapshot, stub
from tests.kernel.auditing import SHARES, audit_of, found, look, moves, say, states
from tests.kernel.scenes import writes
from tests.kernel.statements import later, orphan, stated


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
        since = [(entry.at - AT).total_seconds() for entry in world.run.entries(kind="Broken")]
        assert since == [0, 30, 60, 90]  # the last cancel, too, has its time
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
