"""What ib_async 2.1 sends is read to its last field, and what it says arrives."""

import asyncio
from decimal import Decimal
from types import SimpleNamespace

import pytest
from ib_async import ComboLeg, Contract, ExecutionFilter, LimitOrder, Option, Order, TagValue
from ib_async.client import Client

from allusr_sdk.testing.tws.codec import decode, unframed
from allusr_sdk.testing.tws.requests import REQUESTS

PUT = Option("SPY", "20260220", 690.0, "P", "SMART", "100", "USD")
BAG = Contract(
    secType="BAG", symbol="SPY", exchange="SMART", currency="USD",
    comboLegs=[ComboLeg(conId=5, ratio=1, action="BUY", exchange="SMART"), ComboLeg(6, 1, "SELL", "SMART")],
)  # fmt: skip
ASKED = {
    "reqMktData": (4, PUT, "100,101,106", False, False, []),
    "cancelMktData": (4,),
    "placeOrder": (9, PUT, LimitOrder("SELL", 2, 4.05, account="DU1", orderRef="au-1", tif="DAY")),
    "cancelOrder": (9,),
    "reqOpenOrders": (),
    "reqAccountUpdates": (True, "DU1"),
    "reqExecutions": (3, ExecutionFilter(acctCode="DU1")),
    "reqIds": (1,),
    "reqContractDetails": (3, PUT),
    "setServerLogLevel": (2,),
    "reqAutoOpenOrders": (True,),
    "reqAllOpenOrders": (),
    "reqManagedAccts": (),
    "reqHistoricalData": (3, PUT, "", "5 D", "1 day", "TRADES", 1, 1, False, []),
    "exerciseOptions": (3, PUT, 1, 2, "DU1", 0),
    "cancelHistoricalData": (3,),
    "reqCurrentTime": (),
    "reqGlobalCancel": (),
    "reqMarketDataType": (3,),
    "reqPositions": (),
    "reqAccountSummary": (3, "All", "NetLiquidation"),
    "cancelAccountSummary": (3,),
    "cancelPositions": (),
    "startApi": (),
    "reqAccountUpdatesMulti": (3, "DU1", "", False),
    "cancelAccountUpdatesMulti": (3,),
    "reqSecDefOptParams": (3, "SPY", "", "STK", 5),
    "reqMarketRule": (26,),
    "reqCompletedOrders": (False,),
}


class _Connection:
    """Keeps what would have been sent."""

    def __init__(self):
        self.sent = []

    def sendMsg(self, data):
        self.sent.append(data)

    def isConnected(self):
        return True


def words(name, *arguments):
    """The fields that ib_async sends, the request's number first."""

    async def whole():
        client = Client(SimpleNamespace())
        client.conn, client.connState, client._serverVersion = _Connection(), client.CONNECTED, 178
        getattr(client, name)(*arguments)
        return client.conn.sent

    (data,) = asyncio.run(whole())
    return unframed(data[4:])


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
