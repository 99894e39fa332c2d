"""What a client on ib_async sees of the simulator's books, and of trouble."""

import asyncio
from decimal import Decimal

import ib_async
import pytest

from allusr_sdk.testing.tws import Fault
from tests.ibkr.flows import order, placed, qualified, spy, until
from tests.ibkr.wire import HOST, PUT


def test_completed_orders_and_executions_are_those_of_the_day(tws, live):
    async def flow(ib):
        await placed(ib)
        tws.control.fill("au-1")
        (done,) = await ib.reqCompletedOrdersAsync(False)
        assert (done.order.orderRef, done.order.filledQuantity, done.order.totalQuantity) == ("au-1", 2, 0)
        assert done.orderStatus.status == "Filled"
        assert [fill.execution.orderRef for fill in await ib.reqExecutionsAsync()] == ["au-1"]
        tws.control.tick(24 * 3600)
        assert await ib.reqCompletedOrdersAsync(False) == []
        assert tws.control.fills()

    live(flow)

    async def next_day(ib):
        assert ib.fills() == []
        assert [held.position for held in ib.positions()] == [-2]

    live(next_day)


def test_account_values_come_for_each_account(tws, live):
    tws.control.position("DU2", "SPY", 100, Decimal("695.00"))

    async def flow(ib):
        values = {(v.account, v.tag): v.value for v in ib.accountValues()}
        assert values["DU1", "NetLiquidation"] == "1000000.00"
        assert values["DU2", "TotalCashValue"] == "430500.00"
        assert values["DU2", "NetLiquidation"] == "500000.00"
        await ib.reqAccountUpdatesAsync("DU2")
        (item,) = ib.portfolio("DU2")
        assert (item.position, item.marketPrice, item.averageCost) == (100, 695.0, 695.0)

    live(flow)


def test_a_third_account_summary_is_refused_by_322(live):
    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        for _ in range(3):
            ib.client.reqAccountSummary(ib.client.getReqId(), "All", "NetLiquidation")
        await until(lambda: codes == [322])

    live(flow)


def test_bars_end_with_yesterday_and_may_not_be_asked_for_twice_at_once(tmp_path):
    """Needs a market with bars: the synthetic one."""
    from allusr_sdk.testing.tws import Tws

    async def flow(port):
        ib = ib_async.IB()
        ib.RaiseRequestErrors = True
        await ib.connectAsync(HOST, port, clientId=7, timeout=10)
        (share,) = await ib.qualifyContractsAsync(spy())
        asked = (share, "", "5 D", "1 day", "TRADES", True)
        assert [f"{bar.date}" for bar in await ib.reqHistoricalDataAsync(*asked)][-1] == "2026-02-06"
        with pytest.raises(ib_async.wrapper.RequestError, match="162"):
            await ib.reqHistoricalDataAsync(*asked)
        ib.disconnect()
        await asyncio.sleep(0)

    with Tws(tmp_path, symbols="SPY", seconds=60) as tws:
        asyncio.run(flow(tws.port))
        assert tws.control.violations() == ()


def test_what_happens_while_connectivity_is_lost_is_told_afterwards(tws, live):
    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        trade = await placed(ib)
        tws.control.link(1100)
        tws.control.fill("au-1")
        await until(lambda: codes == [1100])
        assert not trade.fills
        tws.control.link(1102)
        await until(lambda: trade.fills)
        assert codes == [1100, 1102]

    live(flow)


def test_lines_are_lost_with_1101_and_stand_still_while_a_farm_is_broken(tws, live):
    async def flow(ib):
        ticker = ib.reqMktData(await qualified(ib, PUT), "")
        await until(lambda: ticker.bid == 4.00)
        tws.control.farm(2103)
        tws.control.quote(PUT, 3.00, 3.04)
        assert await ib.reqCurrentTimeAsync()
        assert ticker.bid == 4.00
        tws.control.farm(2104)
        await until(lambda: ticker.bid == 3.00)
        tws.control.link(1100)
        tws.control.link(1101)
        assert tws.control.lines() == 0

    live(flow)


def test_an_order_outlives_a_connection_that_ends_before_its_acknowledgement(tws, live):
    tws.control.fault(Fault(message="openOrder", deed="cut"))

    async def flow(ib):
        ib.placeOrder(await qualified(ib, PUT), order())
        await until(lambda: not ib.isConnected())

    live(flow)

    async def again(ib):
        (found,) = ib.openTrades()
        assert (found.order.orderRef, found.orderStatus.status) == ("au-1", "Submitted")

    live(again)
    assert len(tws.control.orders()) == 1


def test_an_assignment_moves_positions_and_its_execution_has_no_order(tws, live):
    tws.control.position("DU1", PUT, -2)
    tws.control.position("DU2", PUT, -1)

    async def flow(ib):
        changes = []
        ib.positionEvent += lambda held: changes.append((held.account, held.contract.localSymbol, held.position))
        tws.control.assign("DU1", PUT, told=False)
        await until(lambda: len(changes) == 2)
        assert sorted(changes) == [("DU1", "SPY", 200), ("DU1", PUT, 0)]
        assert await ib.reqExecutionsAsync() == []
        tws.control.assign("DU2", PUT)
        fills = await ib.reqExecutionsAsync()
        assert [(f.contract.localSymbol, f.execution.orderId, f.execution.price) for f in fills] == [
            (PUT, 0, 0.0),
            ("SPY", 0, 690.0),
        ]

    live(flow)


def test_a_correction_has_the_same_id_but_for_its_last_group(tws, live):
    async def flow(ib):
        trade = await placed(ib)
        tws.control.fill("au-1")
        await until(lambda: trade.fills)
        old = trade.fills[0].execution.execId
        new = tws.control.correct(old, Decimal("4.01"))
        assert (old.rpartition(".")[0], new.rpartition(".")[2]) == (new.rpartition(".")[0], "02")
        await until(lambda: len(trade.fills) == 2)

    live(flow)
    assert tws.control.account("DU1").cash == Decimal("1000800.70")


def test_orders_of_others_are_seen_and_ended_by_the_global_cancel_alone(tws, live):
    tws.control.manual("DU1", "SPY", 10, Decimal("600.00"))

    async def flow(ib):
        assert ib.openTrades() == []
        found = await ib.reqAllOpenOrdersAsync()
        assert [(trade.order.clientId, trade.order.orderRef) for trade in found] == [(0, "")]
        ib.reqGlobalCancel()
        await until(lambda: not [each for each in tws.control.orders() if each.working])

    live(flow)


def test_a_burst_stays_below_fifty_messages_a_second(tws, live):
    async def flow(ib):
        put = await qualified(ib, PUT)
        for i in range(60):
            ib.placeOrder(put, order(lots=1, reference=f"au-{i}"))
        await until(lambda: len(tws.control.orders()) == 60)

    live(flow)
    assert not any(rate.strikes for rate in tws.control.rates())
