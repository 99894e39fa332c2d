"""What a client on ib_async sees of the simulator before it trades: connecting, contracts, market data."""

from datetime import timedelta

import ib_async
import pytest
from ib_async import Contract, Stock

from tests.ibkr.flows import option, qualified, spy, until
from tests.ibkr.wire import CALL, HOST, LOWER, PUT


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
