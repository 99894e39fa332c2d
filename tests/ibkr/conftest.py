"""A simulated TWS with two accounts, SPY and three of its options, in which nothing fills by itself."""

import asyncio

import ib_async
import pytest

from allusr_sdk.testing.tws import Tws

PUT, LOWER, CALL = "SPY   260220P00690000", "SPY   260220P00680000", "SPY   260220C00700000"
QUOTES = {"SPY": (694.99, 695.01), PUT: (4.00, 4.04), LOWER: (2.10, 2.14), CALL: (3.00, 3.06)}
HOST = "127.0.0.1"


def prepared(tws):
    for name, (bid, ask) in QUOTES.items():
        tws.control.quote(name, bid, ask, last=695.0 if name == "SPY" else None)
    return tws


@pytest.fixture
def tws(tmp_path):
    """Every test ends with no protocol violation, or has looked at those it wanted."""
    options = {"market": "none", "accounts": "DU1:1000000,DU2:500000", "fills": "never", "seconds": 60}
    with Tws(tmp_path, **options) as made:
        yield prepared(made)
        assert made.control.violations() == ()


@pytest.fixture
def live(tws):
    """Runs a flow with a connected client: `live(flow)` awaits `flow(ib)` and disconnects."""

    def run(flow, client=7, **options):
        async def whole():
            ib = ib_async.IB()
            ib.RaiseRequestErrors = True
            await ib.connectAsync(HOST, tws.port, clientId=client, timeout=10, raiseSyncErrors=True, **options)
            try:
                return await asyncio.wait_for(flow(ib), 20)
            finally:
                ib.disconnect()
                await asyncio.sleep(0)

        return asyncio.run(whole())

    return run
