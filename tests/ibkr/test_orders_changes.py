"""Changes and cancels at TWS, and what meets them on the way."""

from decimal import Decimal

from allusr_sdk.execution.ibkr.orders import Orders, Tracked
from allusr_sdk.execution.ibkr.records import Said
from allusr_sdk.model.broker import Execution
from tests.ibkr.adapter import CLIENT, heard, last, reports, runs, ticket
from tests.ibkr.wire import PUT


def test_a_limit_walks_under_its_own_number(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    broker.reprice("au-1", Decimal("3.95"))
    told = heard(broker, tws)
    assert [(each.status, each.limit) for each in told] == [("accepted", None), ("repriced", Decimal("3.95"))]
    assert [(each.limit, each.client_id) for each in tws.control.orders()] == [(Decimal("3.95"), CLIENT)]


def test_a_new_limit_that_comes_too_late_or_is_refused_is_kept(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.turn(read_only=True)
    broker.reprice("au-1", Decimal("3.95"))
    assert reports(heard(broker, tws)) == ["accepted", "kept"]
    tws.control.turn(read_only=False)
    tws.control.fill("au-1")
    broker.reprice("au-1", Decimal("3.90"))
    assert reports(heard(broker, tws)) == ["kept"]
    assert tws.control.orders()[0].limit == Decimal("4.0")


def test_a_cancel_that_meets_a_fill_is_kept_and_the_fill_counts(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.turn(race=True)
    broker.cancel("au-1")
    told = heard(broker, tws)
    assert (reports(told), [each.quantity for each in runs(told)]) == (["accepted", "kept"], [-2])


def test_a_cancel_that_tws_does_not_know_is_asked_about(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.turn(refuse_cancels=1)
    broker.cancel("au-1")
    assert reports(heard(broker, tws)) == ["accepted", "kept"]
    broker.cancel("au-9")
    assert reports(heard(broker, tws), "au-9") == ["rejected"]


def test_a_fill_after_the_cancel_is_told_before_the_end(tws, brokers):
    broker = brokers(grace=0.5)
    broker.submit(ticket(tws))
    broker.cancel("au-1")
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.fill("au-1", 1, done=True)
    told = heard(broker, tws, 3, last)
    assert [each.quantity for each in runs(told)] == [-1]
    assert (told[-1].status, isinstance(told[0], type(told[-1]))) == ("canceled", False)


def test_an_order_whose_time_is_over_expires(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws, minutes=5))
    tws.control.tick(301)
    assert reports(heard(broker, tws, 2, last)) == ["accepted", "expired"]


def test_an_order_that_is_refused_when_a_part_is_filled_has_ended_and_was_not_rejected(tws):
    orders = Orders(CLIENT, grace=0.0)
    order = orders.track(Tracked(reference="au-1", number=5, first=PUT, each=-1, lots=3))
    run = Execution(id="1.01", reference="au-1", instrument=PUT, quantity=-1, price=Decimal(4), at=tws.control.now())
    orders.executed(run, 0)
    orders.said(Said(number=5, code=201, text="no margin for the rest"), 1.0)
    told = list(orders.news(run.at, 1.0, ["1.01"]))
    assert (reports(told), runs(told), order.works) == (["accepted", "canceled"], [run], False)
