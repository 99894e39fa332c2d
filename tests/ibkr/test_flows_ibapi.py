"""IBKR's own Python client, read strictly: no field of any message is left over, and none is missing.

It is no dependency of this project: these tests are skipped where `ibapi` (or protobuf, which it imports) is not there.
"""

import logging
from decimal import Decimal
from threading import Thread
from time import monotonic, sleep

import pytest

from allusr_sdk.testing.tws.messages import MESSAGES
from tests.ibkr.golden import GOLDEN, IDS
from tests.ibkr.wire import CALL, HOST, LOWER, PUT

pytest.importorskip("ibapi.client", reason="IBKR's own client is not installed", exc_type=ImportError)

from ibapi.client import EClient
from ibapi.contract import ComboLeg, Contract
from ibapi.decoder import Decoder
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.order_cancel import OrderCancel
from ibapi.wrapper import EWrapper


class Strict(Decoder):
    """Fails where a message is not used up."""

    def interpret(self, fields, msgId):
        info = self.msgId2handleInfo.get(msgId)
        if msgId == 0 or info is None:
            assert msgId == 0, f"message {msgId} is not known"
        elif info.wrapperMeth is not None:
            assert len(fields) == len(info.wrapperParams), f"message {msgId} has {len(fields)} fields"
            super().interpret(fields, msgId)
        else:
            left = iter(fields)
            info.processMeth(self, left)
            assert not (rest := list(left)), f"message {msgId}: left over: {rest}"


class App(EWrapper, EClient):
    """Keeps what it is told, by the name of the callback."""

    def __init__(self):
        EClient.__init__(self, self)
        self.told, self.failed = [], []

    def start(self, port, client=5):
        self.connect(HOST, port, client)
        self.decoder = Strict(self, self.serverVersion())
        self.thread = Thread(target=self._going, daemon=True)
        self.thread.start()
        return self

    def _going(self):
        try:
            self.run()
        except Exception as why:  # told to the test, which runs elsewhere
            self.failed.append(why)

    def heard(self, name, count=1, seconds=10):
        """What a callback was called with, once it was so many times."""
        end = monotonic() + seconds
        while monotonic() < end:
            assert not self.failed, self.failed
            found = [values for called, values in list(self.told) if called == name]
            if len(found) >= count:
                return found
            sleep(0.01)
        raise AssertionError(f"{name}: not heard; {[called for called, _ in self.told]}")


def _kept(name):
    def callback(self, *values, **named):
        self.told.append((name, (*values, *named.values())))

    return callback


for _name in [each for each in vars(EWrapper) if not each.startswith("_") and "ProtoBuf" not in each]:
    setattr(App, _name, _kept(_name))


def interpreted(number, fields):
    """Read a golden line; raises where it does not fit."""
    app = App()
    Strict(app, 178).interpret([field.encode() for field in fields], number)
    return app.told


def noticed(number, fields):
    """Whether it does not fit, by whatever the client raises for that."""
    try:
        interpreted(number, fields)
    except Exception:
        return True
    return False


@pytest.mark.parametrize(("number", "fields"), [(int(i), rest) for _, i, *rest in GOLDEN], ids=IDS)
class TestGolden:
    def test_is_used_up(self, number, fields):
        assert interpreted(number, fields)

    def test_a_field_more_is_noticed(self, number, fields):
        assert noticed(number, [*fields, "0"])

    def test_a_field_less_is_noticed(self, number, fields):
        if fields:
            assert noticed(number, fields[:-1])


@pytest.fixture
def app(tws, caplog):
    caplog.set_level(logging.CRITICAL, "ibapi")
    made = App().start(tws.port)
    made.heard("nextValidId")
    yield made
    made.disconnect()
    made.thread.join(5)
    assert made.failed == []


def contract(name, con_id=0):
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency, made.conId = "SPY", "STK", "SMART", "USD", con_id
    if name != "SPY":
        made.secType, made.lastTradeDateOrContractMonth = "OPT", f"20{name[6:12]}"
        made.strike, made.right, made.multiplier = int(name[13:]) / 1000, name[12], "100"
    return made


def limit(side, lots, price, reference, **more):
    made = Order()
    made.action, made.totalQuantity, made.orderType, made.lmtPrice = side, Decimal(lots), "LMT", price
    made.orderRef, made.account, made.tif = reference, "DU1", "DAY"
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_contracts_chains_and_rules(app, tws):
    app.reqContractDetails(1, contract(PUT))
    app.heard("contractDetailsEnd")
    (details,) = [values[1] for values in app.heard("contractDetails")]
    assert (details.contract.localSymbol, details.realExpirationDate) == (PUT, "20260220")
    app.reqContractDetails(2, contract("SPY   260220P00111000"))
    assert (2, 200) in [(values[0], values[2]) for values in app.heard("error", 4)]
    app.reqSecDefOptParams(3, "SPY", "", "STK", tws.control.con_id("SPY"))
    app.heard("securityDefinitionOptionParameterEnd")
    assert {"20260220"} in [values[5] for values in app.heard("securityDefinitionOptionParameter")]
    app.reqMarketRule(110)
    assert len(app.heard("marketRule")[0][1]) == 2


def test_market_data(app, tws):
    app.reqMarketDataType(1)
    app.reqMktData(9, contract(PUT), "100,101,106", False, False, [])
    app.heard("tickOptionComputation")
    assert (9, 1, 4.0) in [values[:3] for values in app.heard("tickPrice", 2)]
    app.reqMktData(10, contract(LOWER), "", True, False, [])
    assert app.heard("tickSnapshotEnd") == [(10,)]
    app.cancelMktData(9)
    app.reqCurrentTime()
    assert app.heard("currentTime") == [(int(tws.control.now().timestamp()),)]
    assert tws.control.lines() == 0


def test_accounts(app):
    app.reqAccountSummary(1, "All", "NetLiquidation")
    app.heard("accountSummaryEnd")
    app.cancelAccountSummary(1)
    app.reqAccountUpdatesMulti(2, "DU2", "", False)
    app.heard("accountUpdateMultiEnd")
    app.cancelAccountUpdatesMulti(2)
    app.reqAccountUpdates(True, "DU1")
    app.heard("accountDownloadEnd")
    app.reqPositions()
    app.heard("positionEnd")
    app.cancelPositions()
    app.reqManagedAccts()
    assert app.heard("managedAccounts", 2) == [("DU1,DU2",)] * 2


def test_an_order_from_its_placing_to_its_commission(app, tws):
    app.reqPositions()
    app.reqAccountUpdates(True, "DU1")
    app.placeOrder(1, contract(PUT), limit("SELL", 2, 4.00, "au-1"))
    app.heard("orderStatus")
    app.placeOrder(1, contract(PUT), limit("SELL", 2, 3.95, "au-1"))
    app.heard("orderStatus", 2)
    app.reqOpenOrders()
    app.heard("openOrderEnd")
    tws.control.fill("au-1")
    app.heard("commissionAndFeesReport")
    assert [values[2].orderRef for values in app.heard("execDetails")] == ["au-1"]
    app.reqExecutions(7, ExecutionFilter())
    app.heard("execDetailsEnd")
    app.reqCompletedOrders(False)
    app.heard("completedOrdersEnd")
    assert [values[1].orderRef for values in app.heard("completedOrder")] == ["au-1"]
    app.heard("updatePortfolio")
    assert (PUT, -2) in [(values[1].localSymbol, values[2]) for values in app.heard("position")]


def test_a_cancel_a_combo_a_what_if_and_the_global_cancel(app, tws):
    app.placeOrder(1, contract(PUT), limit("SELL", 1, 4.00, "au-1"))
    app.heard("orderStatus")
    app.cancelOrder(1, OrderCancel())
    assert 202 in [values[2] for values in app.heard("error", 4)]
    combo = contract("SPY")
    combo.secType, combo.comboLegs = "BAG", []
    for name, side in ((PUT, "BUY"), (LOWER, "SELL")):
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = tws.control.con_id(name), 1, side, "SMART"
        combo.comboLegs.append(leg)
    app.placeOrder(2, combo, limit("BUY", 1, 1.90, "au-2"))
    app.heard("orderStatus", 3)
    tws.control.fill("au-2")
    app.heard("execDetails", 3)
    app.placeOrder(3, contract(CALL), limit("SELL", 1, 3.00, "au-3", whatIf=True))
    assert [values[3].commissionAndFees for values in app.heard("openOrder", 5) if values[2].whatIf] == [0.65]
    app.placeOrder(4, contract(CALL), limit("SELL", 1, 3.00, "au-4"))
    app.heard("orderStatus", 5)
    app.reqAllOpenOrders()
    app.heard("openOrderEnd")
    app.reqGlobalCancel(OrderCancel())
    app.heard("orderStatus", 7)
    assert not [each for each in tws.control.orders() if each.working]


def test_exercise(app, tws):
    tws.control.position("DU1", CALL, 1)
    app.exerciseOptions(1, contract(CALL), 1, 1, "DU1", 0, "", "", False)
    app.heard("execDetails", 2)
    assert tws.control.account("DU1").holdings == {"SPY": 100}


def test_all_messages_that_are_sent_are_known_to_it():
    assert {layout.number for layout in MESSAGES.values()} <= set(Decoder.msgId2handleInfo)
