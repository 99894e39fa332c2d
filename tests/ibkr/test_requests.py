"""What ib_async 2.1 sends is read to its last field, and what it says arrives."""

from decimal import Decimal

import pytest
from ib_async import LimitOrder, Order, TagValue

from allusr_sdk.testing.tws.codec import decode
from allusr_sdk.testing.tws.requests import REQUESTS
from tests.ibkr.asked import ASKED, BAG, PUT, words


def sent(name, *arguments):
    """What ib_async sends, as our tables read it; and what was wrong with it."""
    number, *fields = words(name, *arguments)
    return decode(REQUESTS[int(number)], fields)


def test_every_request_that_is_understood_is_asked_for_here():
    assert set(ASKED) == {layout.name for layout in REQUESTS.values()}


@pytest.mark.parametrize("name", ASKED)
def test_a_request_is_read_to_its_last_field(name):
    message, wrong = sent(name, *ASKED[name])
    assert wrong == ()
    assert message.name == name


def test_an_order_arrives_as_it_was_placed():
    message, _ = sent("placeOrder", *ASKED["placeOrder"])
    assert message.text("orderRef") == "au-1"
    assert message.amount("lmtPrice") == Decimal("4.05")
    assert message.amount("totalQuantity") == 2
    assert message.amount("auxPrice") is None


def test_a_combo_arrives_with_its_legs_and_routing():
    order = LimitOrder("BUY", 1, -0.5, smartComboRoutingParams=[TagValue("NonGuaranteed", "0")])
    message, wrong = sent("placeOrder", 9, BAG, order)
    assert wrong == ()
    assert [(leg.number("conId"), leg.text("action")) for leg in message.rows("legs")] == [(5, "BUY"), (6, "SELL")]
    assert message.rows("routing")[0].text("tag") == "NonGuaranteed"
    assert sent("reqMktData", 4, BAG, "", False, False, [])[1] == ()
    assert sent("reqHistoricalData", 3, BAG, "", "5 D", "1 day", "TRADES", 1, 1, False, [])[1] == ()


@pytest.mark.parametrize(
    "order",
    [
        Order(action="BUY", totalQuantity=1, orderType="PEG BEST", competeAgainstBestOffset=float("inf")),
        Order(action="BUY", totalQuantity=1, orderType="PEG MID", midOffsetAtWhole=0.0),
        Order(action="BUY", totalQuantity=1, orderType="PEG BENCH"),
        Order(action="BUY", totalQuantity=1, orderType="LMT", scalePriceIncrement=0.05, hedgeType="D", hedgeParam="1"),
        Order(action="BUY", totalQuantity=1, orderType="LMT", algoStrategy="Adaptive", algoParams=[TagValue("a", "b")]),
        Order(action="BUY", totalQuantity=1, orderType="VOL", deltaNeutralOrderType="MKT"),
    ],
    ids=["pegged to the best", "pegged to the middle", "pegged to a benchmark", "scaled", "algorithmic", "volatility"],
)
def test_blocks_that_an_order_opens_are_read(order):
    assert sent("placeOrder", 9, PUT, order)[1] == ()


def test_a_price_that_is_no_number_is_told():
    assert sent("placeOrder", 9, PUT, LimitOrder("BUY", 1, float("nan")))[1] == (
        "placeOrder: field lmtPrice is 'nan', no num",
    )
