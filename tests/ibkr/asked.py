"""What ib_async asks of TWS, request by request, as it goes over the wire."""

import asyncio
from types import SimpleNamespace

from ib_async import ComboLeg, Contract, ExecutionFilter, LimitOrder, Option
from ib_async.client import Client

from allusr_sdk.testing.tws.codec import unframed

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
