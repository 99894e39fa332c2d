"""Orders through `IbkrBroker` over the real socket of a simulated TWS, none of which fills by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.contracts import name_of, rounded
from allusr_sdk.execution.ibkr.orders import Orders, Tracked
from allusr_sdk.execution.ibkr.records import Asset, Said
from allusr_sdk.execution.ibkr.sending import opens
from allusr_sdk.model.broker import Execution
from allusr_sdk.testing.tws import Fault
from tests.ibkr.adapter import CLIENT, heard, last, reports, runs, ticket
from tests.ibkr.wire import CALL, LOWER, PUT


def states(tws):
    return [(each.reference, each.status) for each in tws.control.orders()]


# --- 6 to 9: fills ------------------------------------------------------------------------------------------------


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


# --- 10 to 13: refused, informed, unanswered ----------------------------------------------------------------------


def test_a_limit_is_rounded_away_from_harm(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws, limit="4.003"))
    broker.submit(ticket(tws, name=LOWER, quantity=1, limit="2.128", reference="au-2"))
    assert [each.limit for each in tws.control.orders()] == [Decimal("4.01"), Decimal("2.12")]


@pytest.mark.parametrize(
    ("limit", "buys", "there"),
    [("2.991", False, "3.00"), ("3.02", False, "3.05"), ("3.02", True, "3.00"), ("2.999", True, "2.99")],
)
def test_ticks_depend_on_the_price(limit, buys, there):
    ticks = ((Decimal("0.0"), Decimal("0.01")), (Decimal("3.0"), Decimal("0.05")))
    assert rounded(Decimal(limit), ticks, buys=buys) == Decimal(there)


def test_what_is_refused_for_its_price_is_rejected_and_not_tried_again(tws, brokers):
    tws.control.turn(reject=(110, "The price does not conform to the minimum price variation for this contract."))
    broker = brokers()
    broker.submit(ticket(tws))
    (told,) = heard(broker, tws)
    assert (told.status, told.reason[:3]) == ("rejected", "110")
    broker.submit(ticket(tws))
    assert tws.control.orders() == ()


@pytest.mark.parametrize("reason_first", [False, True])
def test_an_order_that_margin_forbids_is_rejected_with_the_reason_in_either_order(tws, brokers, reason_first):
    tws.control.turn(reason_first=reason_first, reject=(201, "Order rejected - reason:INITIAL MARGIN"))
    broker = brokers()
    broker.submit(ticket(tws))
    (told,) = heard(broker, tws, 2)
    assert (told.status, told.reason) == ("rejected", "201 Order rejected - reason:INITIAL MARGIN")
    assert heard(broker, tws) == []
    assert states(tws) == [("au-1", "Inactive")]


@pytest.mark.parametrize("code", [399, 404, 2109, 10349])
def test_notices_about_an_order_leave_it_alive(tws, brokers, code):
    broker = brokers()
    broker.submit(ticket(tws))
    tws.control.inform("au-1", code, "Order Message: something about it")
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.fill("au-1")
    assert [each.quantity for each in runs(heard(broker, tws))] == [-2]


def test_an_order_that_is_held_for_a_while_is_not_dead(tws, brokers):
    broker = brokers(grace=0.0)
    broker.submit(ticket(tws))
    tws.control.hold("au-1")
    assert reports(heard(broker, tws)) == ["accepted"]
    tws.control.resume("au-1")
    tws.control.fill("au-1")
    assert [each.quantity for each in runs(heard(broker, tws))] == [-2]


def test_an_order_that_nobody_acknowledges_is_told_and_not_sent_again(tws, brokers):
    tws.control.turn(swallow=1)
    broker = brokers(acknowledged=0.3)
    with pytest.raises(BrokerSilent, match="not acknowledged"):
        broker.submit(ticket(tws))
    assert "not acknowledged" in broker.alarms[-1].what
    assert broker.statement(tws.control.now()).orders == ()
    assert [(each.status, each.reason) for each in heard(broker, tws)] == [
        ("rejected", "never acknowledged, and IBKR does not know it")
    ]
    broker.submit(ticket(tws))
    assert tws.control.orders() == ()


def test_an_unknown_symbol_is_a_rejection(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws, name="SPY   260220P00123000"))
    (told,) = heard(broker, tws)
    assert (told.status, "lists 0 such contracts" in told.reason) == ("rejected", True)


# --- 14: margin before an order -----------------------------------------------------------------------------------


def test_what_is_too_much_for_the_account_is_not_sent_and_says_the_numbers(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws, quantity=-1000))
    (told,) = heard(broker, tws)
    assert (told.status, "INITIAL MARGIN" in told.reason) == ("rejected", True)
    assert tws.control.orders() == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"initMarginAfter": "", "equityWithLoanAfter": ""}, "IBKR did not tell it"),
        ({"initMarginAfter": "1.7976931348623157E308", "equityWithLoanAfter": "5.00"}, "IBKR did not tell it"),
        ({"initMarginAfter": "2000.00", "equityWithLoanAfter": "1000.00"}, "2,000.00 would be more than"),
    ],
)
def test_margin_that_is_not_known_or_not_there_refuses(tws, brokers, monkeypatch, fields, words):
    from allusr_sdk.execution.ibkr.port import wording

    whole = wording.margin_of
    monkeypatch.setattr(wording, "margin_of", lambda state: whole(_changed(state, fields)))
    broker = brokers()
    broker.submit(ticket(tws))
    (told,) = heard(broker, tws)
    assert (told.status, words in told.reason) == ("rejected", True)
    assert tws.control.orders() == ()


def _changed(state, fields):
    for name, value in fields.items():
        setattr(state, name, value)
    return state


def test_a_what_if_without_an_answer_sends_nothing(tws, brokers):
    broker = brokers(seconds=0.5)
    broker.statement(tws.control.now())
    tws.control.fault(Fault(message="openOrder", deed="drop"))
    with pytest.raises(BrokerSilent, match="margin of au-1"):
        broker.submit(ticket(tws))
    assert tws.control.orders() == ()


@pytest.mark.parametrize(
    ("quantity", "held", "opening"), [(-2, 0, True), (2, -2, False), (3, -2, True), (2, 5, True), (-1, 5, False)]
)
def test_an_order_opens_where_what_is_held_does_not_cover_it(tws, quantity, held, opening):
    assert opens(ticket(tws, quantity=quantity), {PUT: held}) is opening


# --- changes and cancels ------------------------------------------------------------------------------------------


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


# --- 15: rolls ----------------------------------------------------------------------------------------------------


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


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asset", "name"),
    [
        (Asset(kind="STK", symbol="SPY"), "SPY"),
        (Asset(kind="OPT", symbol="SPX", trading_class="SPXW", expiry="20260220", strike=Decimal(6900), right="P",
               multiplier=100), "SPXW  260220P06900000"),
        (Asset(kind="OPT", symbol="XYZ", trading_class="XYZ1", expiry="20260220", strike=Decimal(50), right="C",
               multiplier=100), "XYZ1  260220C00050000"),
        (Asset(kind="OPT", symbol="XYZ", trading_class="XYZ", expiry="20260220", strike=Decimal(50), right="C",
               multiplier=10, local_symbol="XYZ   260220C00050000"), "XYZ   260220C00050000 x10"),
        (Asset(kind="FUT", symbol="ES", local_symbol="ESH6"), "FUT ESH6"),
    ],
)  # fmt: skip
def test_a_contract_has_one_name_and_nothing_adjusted_passes_for_a_hundred_shares(asset, name):
    assert name_of(asset) == name


def test_a_ticket_of_a_call_names_its_contract_to_tws(tws, brokers):
    broker = brokers()
    broker.submit(ticket(tws, name=CALL, quantity=1, limit="3.00"))
    (order,) = tws.control.orders()
    assert [leg.instrument for leg in order.legs] == [CALL]
    assert (order.asked["account"], order.asked["tif"], order.asked.get("outsideRth", "0")) == ("DU1", "GTD", "0")
    assert order.until == tws.control.now() + timedelta(minutes=300)
