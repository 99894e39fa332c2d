"""Books against a broker: what is mended, and what freezes a symbol or the account (RECON, section 9)."""

import pytest
from allusr_protocol.engine import Protocol

from allusr_sdk.errors import StateRefusal
from allusr_sdk.kernel import audit
from allusr_sdk.kernel.breaks import Finding
from allusr_sdk.kernel.states import State
from allusr_sdk.model.events import Noted
from tests.builders import World, contract, stub
from tests.kernel.auditing import SHARES, audit_of, found, look, moves, say, states
from tests.kernel.hedging import hedge, scene, wishing
from tests.kernel.scenes import held_put, held_shares, writes
from tests.kernel.statements import execution, later, stated
from tests.kernel.watchers import closes, watcher


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


@pytest.mark.parametrize(("symbol", "action"), [("AAPL", "SYMBOL"), ("", "ACCOUNT")])
def test_what_was_booked_and_is_still_found_freezes_its_symbol_or_the_account(monkeypatch, symbol, action):
    stubborn = Finding(
        code="B08", subject="x1", symbol=symbol, what="a fee", ours="1", theirs="2", cause="told later",
        mends=(Noted(symbol="AAPL", key="fee", text="2"),),
    )  # fmt: skip
    monkeypatch.setattr(audit, "compare", lambda ours, theirs, rules: (stubborn,))
    with World(stub()) as world:
        audit_of(world, stated(world))
        assert found(world) == [("B08", "x1", action)]
        assert ("BREAK" in world.book.switches) is (action == "ACCOUNT")
        assert len(world.events("Noted")) == 1
        assert world.book.breaks["B08", "x1"].cause == "told later; it was booked, and is still found"


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
