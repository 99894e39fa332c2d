"""What a client on ib_async sees of the simulator: connecting, contracts, market data, orders, books, trouble."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import ib_async
import pytest
from ib_async import ComboLeg, Contract, LimitOrder, MarketOrder, Option, Stock

from allusr_sdk.testing.tws import Fault
from tests.ibkr.wire import CALL, HOST, LOWER, PUT


def spy():
    return Stock("SPY", "SMART", "USD")


def option(name):
    return Option(name[:6].strip(), f"20{name[6:12]}", int(name[13:]) / 1000, name[12], "SMART", currency="USD")


def order(side="SELL", lots=2, limit=4.00, reference="au-1", account="DU1", **more):
    return LimitOrder(side, lots, limit, orderRef=reference, account=account, tif=more.pop("tif", "DAY"), **more)


async def qualified(ib, name):
    (found,) = await ib.qualifyContractsAsync(option(name))
    return found


async def until(holds, seconds=5.0):
    """Wait for something that the other process brings about."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def placed(ib, name=PUT, **more):
    trade = ib.placeOrder(await qualified(ib, name), order(**more))
    await until(lambda: trade.orderStatus.status != "PendingSubmit")
    return trade


# --- connecting ---------------------------------------------------------------------------------------------------


def test_a_client_is_ready_with_accounts_and_a_number(live):
    async def flow(ib):
        assert ib.managedAccounts() == ["DU1", "DU2"]
        assert ib.client.serverVersion() == 178
        assert ib.client.getReqId() >= 1

    live(flow)


def test_time_is_the_virtual_clocks(tws, live):
    async def flow(ib):
        before = await ib.reqCurrentTimeAsync()
        tws.control.tick(90)
        assert await ib.reqCurrentTimeAsync() == before + timedelta(seconds=90)

    live(flow)


def test_a_client_id_that_is_in_use_is_refused_by_326(tws, live):
    async def flow(ib):
        other, codes = ib_async.IB(), []
        other.errorEvent += lambda number, code, text, contract: codes.append(code)
        with pytest.raises((TimeoutError, ConnectionError)):
            await other.connectAsync(HOST, tws.port, clientId=7, timeout=0.5)
        assert codes[0] == 326
        other.disconnect()

    live(flow)


def test_an_id_that_a_session_of_before_holds_is_refused_until_it_is_free(tws, live):
    tws.control.hold_id(8)

    async def flow(ib):
        other = ib_async.IB()
        with pytest.raises((TimeoutError, ConnectionError)):
            await other.connectAsync(HOST, tws.port, clientId=8, timeout=0.5)
        tws.control.free_id(8)
        await other.connectAsync(HOST, tws.port, clientId=8, timeout=5)
        other.disconnect()

    live(flow)


# --- contracts ----------------------------------------------------------------------------------------------------


def test_a_share_and_an_option_are_qualified(live):
    async def flow(ib):
        share, put = await ib.qualifyContractsAsync(spy(), option(PUT))
        assert (share.symbol, share.primaryExchange) == ("SPY", "NASDAQ")
        assert (put.localSymbol, put.tradingClass, put.multiplier) == (PUT, "SPY", "100")
        (details,) = await ib.reqContractDetailsAsync(Contract(conId=put.conId, exchange="SMART"))
        assert (details.realExpirationDate, details.underConId) == ("20260220", share.conId)
        rules = details.marketRuleIds.split(",")
        assert len(rules) == len(details.validExchanges.split(","))
        assert [(r.lowEdge, r.increment) for r in await ib.reqMarketRuleAsync(int(rules[0]))] == [(0.0, 0.01)]

    live(flow)


def test_what_is_not_known_is_refused_by_200(live):
    async def flow(ib):
        with pytest.raises(ib_async.wrapper.RequestError, match="200"):
            await ib.reqContractDetailsAsync(Stock("NOPE", "SMART", "USD"))

    live(flow)


def test_a_chain_has_its_expiries_and_strikes(live):
    async def flow(ib):
        (share,) = await ib.qualifyContractsAsync(spy())
        chains = await ib.reqSecDefOptParamsAsync("SPY", "", "STK", share.conId)
        smart = next(chain for chain in chains if chain.exchange == "SMART")
        assert (smart.expirations, smart.strikes) == (["20260220"], [680.0, 690.0, 700.0])

    live(flow)


# --- market data --------------------------------------------------------------------------------------------------


def test_a_line_shows_quotes_greeks_and_open_interest_and_follows_the_market(tws, live):
    async def flow(ib):
        ticker = ib.reqMktData(await qualified(ib, PUT), "100,101,106")
        await until(lambda: ticker.modelGreeks is not None)
        assert (ticker.bid, ticker.ask, ticker.putOpenInterest) == (4.00, 4.04, 5000)
        assert -0.5 < ticker.modelGreeks.delta < -0.2
        assert ticker.lastTimestamp == tws.control.now()
        tws.control.quote(PUT, 3.90, 3.94)
        await until(lambda: ticker.bid == 3.90)
        assert tws.control.lines() == 1
        ib.cancelMktData(ticker.contract)
        await until(lambda: tws.control.lines() == 0)

    live(flow)


def test_sentinels_stand_for_greeks_and_a_bid_that_are_not_there(tws, live):
    tws.control.turn(greeks=False)
    tws.control.quote(PUT, None, 0.05)

    async def flow(ib):
        ticker = ib.reqMktData(await qualified(ib, PUT), "")
        await until(lambda: ticker.modelGreeks is not None)
        assert (ticker.bid, ticker.bidSize, ticker.ask) == (-1, 0, 0.05)
        assert ticker.modelGreeks.delta is None
        assert ticker.modelGreeks.theta == -2

    live(flow)


def test_what_is_not_subscribed_is_refused_or_delayed_as_was_asked(tws, live):
    tws.control.deny("SPY", 354)

    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        put = await qualified(ib, PUT)
        ib.reqMktData(put, "")
        await until(lambda: codes == [354])
        ib.reqMarketDataType(3)
        ticker = ib.reqMktData(await qualified(ib, LOWER), "")
        await until(lambda: ticker.bid == 2.10)
        assert (codes, ticker.marketDataType) == ([354, 10167], 3)
        tws.control.grant("SPY")
        live_again = ib.reqMktData(await qualified(ib, CALL), "")
        await until(lambda: live_again.bid == 3.00)
        assert live_again.marketDataType == 1

    live(flow)


def test_a_snapshot_ends_and_takes_no_generic_ticks(live):
    async def flow(ib):
        put = await qualified(ib, PUT)
        (ticker,) = await ib.reqTickersAsync(put)
        assert ticker.ask == 4.04
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        ib.reqMktData(put, "101", snapshot=True)
        await until(lambda: codes == [321])

    live(flow)


def test_a_line_too_many_is_refused_by_101(tws, live):
    tws.control.turn(lines=1)

    async def flow(ib):
        codes = []
        ib.errorEvent += lambda number, code, text, contract: codes.append(code)
        for name in (PUT, LOWER):
            ib.reqMktData(await qualified(ib, name), "")
        await until(lambda: codes == [101])

    live(flow)


# --- orders -------------------------------------------------------------------------------------------------------


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


# --- books --------------------------------------------------------------------------------------------------------


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


# --- trouble ------------------------------------------------------------------------------------------------------


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
        await until(lambda: len(tws.control.orders()) == 60, seconds=10)

    live(flow)
    assert not any(rate.strikes for rate in tws.control.rates())
