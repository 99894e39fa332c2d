"""Orders through `IbkrBroker`: names and ticks, refused, informed, unanswered, and margin before they are sent."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.contracts import name_of, rounded
from allusr_sdk.execution.ibkr.records import Asset
from allusr_sdk.execution.ibkr.sending import opens
from allusr_sdk.testing.tws import Fault
from tests.ibkr.adapter import heard, reports, runs, states, ticket
from tests.ibkr.wire import CALL, LOWER, PUT


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
