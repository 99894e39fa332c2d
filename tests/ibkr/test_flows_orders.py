"""What a client on ib_async sees of its orders at the simulator."""

from decimal import Decimal

import ib_async
import pytest
from ib_async import ComboLeg, Contract, MarketOrder

from tests.ibkr.flows import order, placed, qualified, until
from tests.ibkr.wire import LOWER, PUT


def test_a_put_that_is_sold_is_booked_with_its_commission(tws, live):
    async def flow(ib):
        trade = await placed(ib)
        assert (trade.orderStatus.status, trade.order.permId) == ("Submitted", 1900000001)
        tws.control.fill("au-1")
        await until(lambda: trade.isDone() and trade.fills and trade.fills[0].commissionReport.execId)
        (fill,) = trade.fills
        assert (fill.execution.orderRef, fill.execution.shares, fill.execution.price) == ("au-1", 2, 4.00)
        assert fill.commissionReport.commission == 1.30
        await until(lambda: ib.positions("DU1"))
        (held,) = ib.positions("DU1")
        assert (held.contract.localSymbol, held.position, held.avgCost) == (PUT, -2, 399.35)

    live(flow)
    assert tws.control.account("DU1").cash == Decimal("1000798.70")


def test_parts_are_filled_and_the_rest_is_cancelled(tws, live):
    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        trade = await placed(ib, lots=10)
        tws.control.fill("au-1", 3)
        tws.control.fill("au-1", 4, Decimal("4.02"))
        await until(lambda: trade.orderStatus.filled == 7)
        assert round(trade.orderStatus.avgFillPrice, 6) == round((3 * 4.00 + 4 * 4.02) / 7, 6)
        ib.cancelOrder(trade.order)
        await until(lambda: codes == [202])
        assert trade.orderStatus.status == "Cancelled"

    live(flow)
    assert tws.control.account("DU1").holdings == {PUT: -7}


def test_a_limit_is_moved_under_the_same_number(tws, live):
    async def flow(ib):
        trade = await placed(ib)
        trade.order.lmtPrice = 3.95
        ib.placeOrder(trade.contract, trade.order)
        await until(lambda: trade.log[-1].message == "Modified")
        (moved,) = await ib.reqOpenOrdersAsync()
        assert (moved.order.lmtPrice, moved.order.permId) == (3.95, trade.order.permId)

    live(flow)


def test_quotes_fill_what_reaches_them(tws, live):
    tws.control.play(fills="touch")

    async def flow(ib):
        trade = await placed(ib, limit=4.02)
        assert trade.orderStatus.status == "Submitted"
        tws.control.quote(PUT, 4.03, 4.06)
        await until(trade.isDone)
        assert trade.orderStatus.avgFillPrice == 4.03
        bought = ib.placeOrder(trade.contract, MarketOrder("BUY", 1, account="DU1", tif="DAY"))
        await until(bought.isDone)
        assert bought.orderStatus.avgFillPrice == 4.06

    live(flow)


async def roll(ib, limit=1.90):
    """Bought back at 690, sold at 680, for a net price."""
    legs = [(await qualified(ib, PUT), "BUY"), (await qualified(ib, LOWER), "SELL")]
    combo = Contract(secType="BAG", symbol="SPY", exchange="SMART", currency="USD")
    combo.comboLegs = [ComboLeg(conId=leg.conId, ratio=1, action=side, exchange="SMART") for leg, side in legs]
    return ib.placeOrder(combo, order("BUY", 3, limit, "au-roll"))


def test_a_combo_has_an_execution_of_its_own_and_one_of_each_leg(tws, live):
    async def flow(ib):
        trade = await roll(ib)
        await until(lambda: trade.orderStatus.status == "Submitted")
        tws.control.fill("au-roll")
        await until(lambda: len([f for f in trade.fills if f.commissionReport.execId]) == 2)
        told = [(fill.contract.secType, fill.execution.side, fill.execution.shares) for fill in trade.fills]
        assert told == [("BAG", "BOT", 3), ("OPT", "BOT", 3), ("OPT", "SLD", 3)]
        net = trade.fills[1].execution.price - trade.fills[2].execution.price
        assert round(net, 2) == 1.90

    live(flow)
    assert tws.control.account("DU1").holdings == {PUT: 3, LOWER: -3}


def test_a_combo_may_be_sold_for_a_credit(tws, live):
    async def flow(ib):
        trade = await roll(ib, limit=-0.40)
        await until(lambda: trade.orderStatus.status == "Submitted")
        tws.control.fill("au-roll", price=Decimal("-0.40"))
        await until(trade.isDone)
        assert trade.orderStatus.avgFillPrice == -0.40

    live(flow)
    assert tws.control.account("DU1").cash == Decimal("1000116.10")


def test_a_what_if_says_what_an_order_needs_and_changes_nothing(tws, live):
    async def flow(ib):
        put = await qualified(ib, PUT)
        state = await ib.whatIfOrderAsync(put, order(lots=1))
        assert float(state.initMarginChange) > 13_000
        assert (state.commission, state.commissionCurrency) == (0.65, "USD")
        with pytest.raises(ib_async.wrapper.RequestError, match="201"):
            await ib.whatIfOrderAsync(put, order(lots=1000))

    live(flow)
    assert tws.control.orders() == ()


@pytest.mark.parametrize("reason_first", [False, True])
def test_an_order_without_margin_is_inactive_and_told_why(tws, live, reason_first):
    tws.control.turn(reason_first=reason_first)

    async def flow(ib):
        said = []
        ib.errorEvent += lambda number, code, text, contract: said.append((code, text))
        trade = await placed(ib, lots=1000)
        await until(lambda: said)
        assert trade.orderStatus.status in ("Inactive", "Cancelled")
        assert said[0][0] == 201
        assert "INITIAL MARGIN" in said[0][1]

    live(flow)
    assert tws.control.orders()[0].status == "Inactive"


REFUSED = {
    "off the tick": ({"limit": 4.003}, 110),
    "of nothing": ({"lots": 0}, 434),
    "without an account": ({"account": ""}, 435),
    "for a stranger's account": ({"account": "DU9"}, 436),
    "that is over": ({"tif": "GTD", "goodTillDate": "20260101 10:00:00 US/Eastern"}, 201),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_order_is_refused(tws, live, name):
    given, code = REFUSED[name]

    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        ib.placeOrder(await qualified(ib, PUT), order(**given))
        await until(lambda: codes)
        assert codes == [code]

    live(flow)
    assert not [each for each in tws.control.orders() if each.working]


def test_an_order_ends_by_itself_when_its_time_is_over(tws, live):
    async def flow(ib):
        trade = await placed(ib, tif="GTD", goodTillDate="20260209 10:05:00 US/Eastern")
        tws.control.tick(299)
        assert not trade.isDone()
        tws.control.tick(1)
        await until(trade.isDone)
        assert trade.orderStatus.status == "Cancelled"

    live(flow)


def test_notices_about_an_order_change_nothing(tws, live):
    async def flow(ib):
        trade = await placed(ib)
        tws.control.inform("au-1", 399, "Order Message: your order will not be placed at the exchange until 09:30")
        await until(lambda: trade.orderStatus.status == "ValidationError")
        tws.control.fill("au-1")
        await until(lambda: trade.fills)

    live(flow)
    assert tws.control.account("DU1").holdings == {PUT: -2}


def test_a_cancel_may_come_too_late_or_be_refused(tws, live):
    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        trade = await placed(ib)
        tws.control.turn(refuse_cancels=1)
        ib.cancelOrder(trade.order)
        await until(lambda: codes == [10147])
        tws.control.turn(race=True)
        other = await placed(ib, reference="au-2")
        ib.cancelOrder(other.order)
        await until(lambda: codes == [10147, 10148])
        assert other.fills

    live(flow)


def test_a_fill_may_come_after_the_cancel(tws, live):
    async def flow(ib):
        trade = await placed(ib)
        ib.cancelOrder(trade.order)
        await until(lambda: trade.orderStatus.status == "Cancelled")
        tws.control.fill("au-1", 1, done=True)
        await until(lambda: trade.fills)

    live(flow)
    assert tws.control.account("DU1").holdings == {PUT: -1}
