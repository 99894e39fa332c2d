"""Fills and rolls at TWS: booked once, with their fee, whatever order the messages come in."""

from decimal import Decimal

import pytest

from allusr_sdk.testing.tws import Fault
from tests.ibkr.adapter import heard, last, reports, runs, ticket
from tests.ibkr.wire import LOWER, PUT


def test_a_put_is_sold_and_booked_once_with_its_fee(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.fill("au-1")
    (run,) = runs(heard(broker, tws))
    assert (run.reference, run.instrument, run.quantity, run.price, run.fee) == (
        "au-1", PUT, -2, Decimal("4.0"), Decimal("1.30"),
    )  # fmt: skip
    found = broker.statement(tws.control.now())
    assert [(each.instrument, each.quantity) for each in found.holdings] == [(PUT, -2)]
    assert (found.cash, found.orders, found.executions) == (Decimal("1000798.70"), (), (run,))
    assert found.nav == tws.control.account("DU1").nav
    assert tws.control.account("DU2").holdings == {}
    assert heard(broker, tws) == []


def test_parts_are_booked_and_the_rest_is_released(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws, quantity=-10))
    tws.control.fill("au-1", 3)
    tws.control.fill("au-1", 4)
    assert [each.quantity for each in runs(heard(broker, tws))] == [-3, -4]
    (left,) = broker.statement(tws.control.now()).orders
    assert (left.reference, left.instrument, left.left, left.limit) == ("au-1", PUT, -3, Decimal("4.0"))
    broker.cancel("au-1")
    assert reports(heard(broker, tws, 2, last)) == ["canceled"]
    found = broker.statement(tws.control.now())
    assert (found.orders, found.cash) == ((), tws.control.account("DU1").cash)


def test_an_execution_that_is_told_again_counts_once_and_a_correction_replaces_its_price(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.fill("au-1")
    (first,) = runs(heard(broker, tws))
    tws.control.again("au-1")
    assert heard(broker, tws) == []
    tws.control.correct(first.id, price=Decimal("4.01"))
    (second,) = runs(heard(broker, tws, 1, runs))
    assert (second.corrects, second.price, second.quantity) == (first.id, Decimal("4.01"), -2)
    found = broker.statement(tws.control.now())
    assert [each.id for each in found.executions] == [first.id, second.id]
    assert found.cash == tws.control.account("DU1").cash


@pytest.mark.parametrize("manners", [{"executions_first": True}, {"statuses": 3}, {"commissions_last": True}])
def test_whatever_order_messages_come_in_the_end_is_the_same(tws, brokers, manners):
    tws.control.turn(**manners)
    tws.control.play(fills="touch")
    broker = brokers()
    broker.submit(ticket(tws))
    told = heard(broker, tws, 1, runs)
    assert reports(told) == ["accepted"]
    assert [(each.quantity, each.fee) for each in runs(told)] == [(-2, Decimal("1.30"))]
    assert broker.statement(tws.control.now()).cash == tws.control.account("DU1").cash


def test_an_execution_is_told_without_its_fee_when_that_does_not_come_and_the_statement_has_it_later(tws, brokers):
    tws.control.turn(hold_commissions=True)
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.fill("au-1")
    (run,) = runs(heard(broker, tws))
    assert run.fee is None
    tws.control.release_commissions()
    assert [each.fee for each in broker.statement(tws.control.now()).executions] == [Decimal("1.30")]
    assert heard(broker, tws) == []


@pytest.mark.parametrize("deed", ["drop", "duplicate", "swap"])
@pytest.mark.parametrize("message", ["execDetails", "orderStatus", "openOrder", "commissionReport", "position"])
def test_whatever_message_of_a_fill_goes_wrong_it_counts_once(tws, brokers, message, deed):
    broker = brokers()
    broker.submit(ticket(tws))
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.fault(Fault(message=message, deed=deed))
    tws.control.fill("au-1")
    told = heard(broker, tws, 2, runs)
    assert [each.quantity for each in runs(told)] == [-2]
    found = broker.statement(tws.control.now())
    assert [(each.quantity, each.fee) for each in found.executions] == [(-2, Decimal("1.30"))]
    assert (found.cash, len(found.holdings), found.orders) == (tws.control.account("DU1").cash, 1, ())
    assert heard(broker, tws) == []


@pytest.mark.parametrize(("limit", "net"), [("1.905", "1.90"), ("-0.404", "-0.41")])
def test_a_roll_is_one_order_whose_legs_are_booked(tws, brokers, limit, net):
    tws.control.position("DU1", PUT, -3)
    broker = brokers()
    broker.submit(ticket(tws, limit=limit, reference="au-roll", legs=((PUT, 3), (LOWER, -3))))
    (order,) = broker.statement(tws.control.now()).orders
    assert (order.instrument, order.left, order.limit) == (PUT, 3, Decimal(net))
    tws.control.fill("au-roll")
    told = runs(heard(broker, tws))
    assert [(each.instrument, each.quantity, each.reference) for each in told] == [
        (PUT, 3, "au-roll"), (LOWER, -3, "au-roll"),
    ]  # fmt: skip
    assert told[0].price - told[1].price == Decimal(net)
    assert {each.instrument: each.quantity for each in broker.statement(tws.control.now()).holdings} == {LOWER: -3}
