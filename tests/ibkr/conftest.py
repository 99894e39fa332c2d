"""A simulated TWS with two accounts, SPY and three of its options, in which nothing fills by itself."""

import asyncio

import ib_async
import pytest

from allusr_sdk.testing.tws import Tws
from tests.ibkr import adapter
from tests.ibkr.leaving import Left
from tests.ibkr.wire import HOST, QUOTES


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    """One process for the tests of a module."""
    options = {"market": "none", "accounts": "DU1:1000000,DU2:500000", "fills": "never", "seconds": 60}
    with Tws(tmp_path_factory.mktemp("tws"), **options) as made:
        yield made


@pytest.fixture
def tws(process):
    """Begins anew with each test, and each ends without a protocol violation."""
    process.control.reset()
    for name, (bid, ask) in QUOTES.items():
        process.control.quote(name, bid, ask, last=695.0 if name == "SPY" else None)
    yield process
    assert process.control.violations() == ()


@pytest.fixture
def left(monkeypatch):
    """Counts what every connection of this process sends, as it leaves."""
    return Left(monkeypatch)


@pytest.fixture
def live(tws):
    """Runs a flow with a connected client: `live(flow)` awaits `flow(ib)` and disconnects."""

    def run(flow, client=7, **options):
        async def whole():
            ib = ib_async.IB()
            ib.RaiseRequestErrors = True
            await ib.connectAsync(HOST, tws.port, clientId=client, timeout=60, raiseSyncErrors=True, **options)
            try:
                return await asyncio.wait_for(flow(ib), 120)
            finally:
                ib.disconnect()
                await asyncio.sleep(0)

        return asyncio.run(whole())

    return run


@pytest.fixture
def brokers(tws):
    """Makes brokers of ours on the simulated TWS, that are closed behind the test."""
    made = []

    def make(**more):
        made.append(adapter.broker(tws, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()
