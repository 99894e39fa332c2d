"""What an audit knows of its own side, by whose clock it compares, and under which rules its entries stand (RECON)."""

from datetime import UTC, date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel import audit
from allusr_sdk.model.events import DividendAccrued
from tests.builders import FRIDAY, NAN, World, contract, market, moment, snapshot, stub
from tests.kernel.accounts import line
from tests.kernel.auditing import SHARES, audit_of, found, look
from tests.kernel.scenes import held_put, held_shares, writes
from tests.kernel.statements import execution, later, orphan, stated

PUT = contract(100).osi


def test_an_execution_of_an_order_that_has_ended_is_known_by_its_intent():
    with World(stub(propose=writes())) as world:
        (order,) = look(world, 0)
        fill = execution(order)
        world.cancel(order)
        paid = -fill.quantity * fill.price * 100 - fill.fee
        audit_of(world, stated(world, more=[(fill.instrument, fill.quantity)], cash=paid, executions=(fill,)))
        (booked,) = world.events("Filled")
        assert (booked.rule, booked.key, booked.quantity) == ("RECON B06", order.key, fill.quantity)
        assert found(world) == []


def test_an_order_that_has_ended_and_works_at_the_broker_is_known_by_its_intent():
    with World(stub(propose=writes())) as world:
        (order,) = look(world, 0)
        said = stated(world)
        world.cancel(order)
        audit_of(world, evolve(said, executions=()))
        (row,) = world.events("Broken")
        assert (row.rule, row.ours) == ("B04", "ended")


def test_a_line_is_booked_once_however_often_it_is_told():
    with World(stub()) as world:
        fee = line("-3.00", "fee", "")
        for minutes, cash in ((5, "-3.00"), (10, "0"), (15, "0")):
            audit_of(world, stated(world, minutes, lines=(fee,), cash=cash))
        assert [event.amount for event in world.events("CashBooked")] == [Decimal("-3.00")]
        assert world.events("Broken") == []


def test_a_line_pays_a_dividend_that_is_booked():
    with World(stub()) as world:
        held_shares(world)
        world.kernel.heard(DividendAccrued(
            ledger="stub", symbol="AAPL", shares=100, per_share=Decimal("0.26"), cash=Decimal("26.00"), pay_day=None,
        ))  # fmt: skip
        audit_of(world, stated(world, lines=(line("26.00"),), cash="26.00"))
        assert [event.cash for event in world.events("DividendReceived")] == [Decimal("26.00")]
        assert (world.events("CashBooked"), world.events("Broken")) == ([], [])


def test_what_has_expired_is_settled_at_the_last_price_that_was_seen():
    with World(stub()) as world:
        held_put(world)
        at = moment(FRIDAY, "15:55")
        world.kernel.see(market(snapshot(spot=104.5, at=at), at=at))
        audit_of(world, stated(world, at=moment(FRIDAY, "17:00"), less=[PUT]))
        (ended,) = world.events("Expired")
        assert (ended.instrument, ended.quantity, ended.settlement) == (PUT, -1, Decimal("104.50"))
        assert found(world) == []


def test_a_last_price_is_a_number_above_zero():
    spots = {"LOW": 0.75, "ZERO": 0.0, "BELOW": -1.0, "ENDLESS": float("inf"), "NONE": NAN}
    with World(stub()) as world:
        world.kernel.see(market(*(snapshot(name, spot, half=0.0) for name, spot in spots.items())))
        assert audit.ours(world.kernel, stated(world)).closes == {"LOW": Decimal("0.75")}


def test_what_is_over_is_told_by_our_clock_and_not_by_the_brokers():
    with World(stub()) as world:
        held_put(world)
        world.kernel.scribe.at = later(5)
        world.kernel.reconcile(stated(world, at=moment(date(2026, 2, 17)), less=[PUT]))
        assert found(world) == [("B02", PUT, "SYMBOL")]


def test_what_mends_itself_is_booked_at_our_instant():
    with World(stub()) as world:
        world.kernel.scribe.at = later(5)
        world.kernel.reconcile(stated(world, 500, lines=(line("-3.00", "fee", ""),), cash="-3.00"))
        assert [entry.at for entry in world.run.entries(kind="CashBooked")] == [later(5)]


def test_a_break_that_ends_is_closed_under_its_code_and_symbol():
    with World(stub()) as world:
        audit_of(world, stated(world, more=[SHARES]))
        audit_of(world, stated(world, 10))
        assert [(e.rule, e.symbol, e.subject, e.how) for e in world.events("Mended")] == [
            ("B01", "AAPL", "AAPL", "agree"),
        ]  # fmt: skip


def rules_of_states(world):
    return [(e.rule, e.before, e.after) for e in world.events("StateChanged")]


def test_an_audit_is_entered_by_the_rule_of_reconciliation_and_left_by_the_rule_of_faults():
    with World(stub()) as world:
        audit_of(world, stated(world, more=[SHARES]))
        audit_of(world, stated(world, 10))
        assert rules_of_states(world) == [("RECON", "SAFE", "AUDIT"), ("RULE-0", "AUDIT", "SAFE")]


def test_a_scheduled_audit_that_stays_does_so_by_the_rule_of_reconciliation():
    with World(stub()) as world:
        world.kernel.audit_begins()
        audit_of(world, stated(world, more=[SHARES]))
        assert rules_of_states(world) == [("RECON", "SAFE", "AUDIT")]


def test_an_orphan_is_asked_again_only_after_its_time_by_our_clock():
    with World(stub()) as world:
        for minutes in (0, 500):
            world.kernel.scribe.at = later(5)
            world.kernel.reconcile(stated(world, minutes, orders=(orphan(),)))
        assert [(e.action, e.cancels) for e in world.events("Broken")] == [("CANCEL", 1)]


@pytest.mark.usefixtures("tokyo")
def test_sessions_are_of_new_york_wherever_the_machine_stands():
    first, last = (moment(clock=clock).astimezone(UTC) for clock in ("10:30", "11:15"))
    assert audit.in_session(first, last) == last - first
