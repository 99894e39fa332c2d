"""Ticks to decisions and intents to orders over a simulated TWS: 100 lines, eight accounts, and ib_async beside it."""

import asyncio
import gc
import statistics
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from time import perf_counter, sleep

import ib_async
import pytest
from allusr_gen_acc import GenAcc

from allusr_sdk.config import Config
from allusr_sdk.execution.ibkr import IbkrBroker
from allusr_sdk.execution.ibkr.market import IbkrMarket
from allusr_sdk.host import Host
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.sources import facts_of
from allusr_sdk.model.broker import Part, Ticket
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Funded, RunStarted
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.testing.tws import Tws
from tests.ibkr.leaving import MOST, Left

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "AMZN", "NVDA", "TSLA", "META")
ACCOUNTS = tuple(f"DU{number}" for number in range(1, 9))
THURSDAY, FRIDAY = date(2026, 1, 8), date(2026, 1, 9)
BEGAN = datetime(2026, 1, 8, 12, tzinfo=UTC)
CLIENTS = range(100, 108)
LOOK = 0.1
"""Seconds between two questions for the gateway's time; a run asks every half second."""
CLOSE, EARLY = time(16), time(9, 20)
"""End of a session, and where the simulator's clock stands the morning after: a market prepares its session then."""
IDLE = 1.0
"""Seconds of rest before each instant: in a market of now they are five minutes apart, and no second counts for two."""
INSTANTS, ROUNDS = 100, 40
PAUSE = 0.1
"""Seconds between two orders, so that ib_async alone need not wait for its turn."""
RULES = Rulebook.default()


@pytest.fixture(scope="module")
def left():
    """Counts what every connection of this process sends."""
    with pytest.MonkeyPatch.context() as patch:
        yield Left(patch)


@pytest.fixture(scope="module")
def tws(tmp_path_factory, left):
    """Nine underlyings of the synthetic market, eight accounts; at the end nobody ever asked too fast."""
    options = {
        "market": "synthetic", "symbols": ",".join(SYMBOLS), "first": str(THURSDAY), "last": str(FRIDAY),
        "accounts": ",".join(f"{name}:1000000" for name in ACCOUNTS), "fills": "never", "seconds": 300,
    }  # fmt: skip
    with Tws(tmp_path_factory.mktemp("tws"), **options) as made:
        yield made
        rates = made.control.rates()
        assert sum(each.strikes for each in rates) == 0, rates
        assert left.peak <= MOST
        assert made.control.violations() == ()


@pytest.fixture(autouse=True, scope="module")
def _collected_as_in_a_run():
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture(scope="module")
def brokers(tws):
    """A connection for each account."""
    made = [
        IbkrBroker(_settings(tws, account=name, client_id=client))
        for name, client in zip(ACCOUNTS, CLIENTS, strict=True)
    ]
    for broker in made:
        broker.statement(tws.control.now())
    yield made
    for broker in made:
        broker.close()


def _settings(tws, **more):
    return Ibkr(port=tws.port, **{"settle": 0.05, "fees": 0.2, "grace": 0.0, **more})


def _told(figures, what, seconds):
    """Median and extremes, and the 99th percentile beside them."""
    figures.add(what, [1000 * each for each in seconds], "ms")
    figures.add(f"{what}, 99th percentile", [1000 * statistics.quantiles(seconds, n=100)[98]], "ms")


# --- ticks to decisions ---------------------------------------------------------------------------------------------


def _kernel(config):
    head = RunStarted(
        mode="paper", market="bench", first=THURSDAY, last=FRIDAY, seed=7, capital=Decimal(1_000_000), settings="",
        rulebook=RULES.stamp,
    )  # fmt: skip
    run = open_ledger("sqlite://").start_run(head, BEGAN, batch=True)
    kernel = Kernel(host=Host.of(GenAcc, config=config), rules=RULES, journal=run)
    kernel.scribe.at = BEGAN
    kernel.heard(Funded(ledger="gen_acc", amount=Decimal(1_000_000), rule="CAD-12"))
    return kernel


class Ticks:
    """What a market waits by: the simulator goes on to its next snapshot, and tells when its ticks were on the way."""

    def __init__(self, tws):
        self._control, self.told = tws.control, 0.0

    def __call__(self, at):
        local = at.astimezone(NEW_YORK)
        if local.time() >= CLOSE and local.date() < FRIDAY:
            self._control.advance(datetime.combine(FRIDAY, EARLY, NEW_YORK))
            return
        sleep(IDLE)
        self._control.step()
        self.told = perf_counter()


def test_ticks_become_decisions(tws, brokers, figures):
    config = Config.read(sets=[f"sleeves.gen_acc.symbols={list(SYMBOLS)}"])
    kernels = [_kernel(config) for _ in ACCOUNTS]
    (sleeve,) = kernels[0].host.sleeves.values()
    settings = _settings(tws, lines=100, strikes=10, grid=5, look=LOOK, stale=60, data_client=72)
    market = IbkrMarket(settings, dict.fromkeys(SYMBOLS, tuple(sleeve.bands(RULES))), facts_of(None, None, 0.04))
    market.meanwhile.call = ticks = Ticks(tws)
    seen, first, every, lines, asked = [], [], [], [], []
    for step in market.steps(THURSDAY, FRIDAY):
        seen.append(perf_counter() - ticks.told)
        kernels[0].cycle(step.view)
        first.append(perf_counter() - ticks.told)
        for kernel in kernels[1:]:
            kernel.cycle(step.view)
        every.append(perf_counter() - ticks.told)
        lines.append(tws.control.lines())
        asked.append(next(each.messages for each in tws.control.rates() if each.client == settings.data_client))
        if len(first) > INSTANTS:
            break
    assert max(lines) >= 95
    figures.note("lines", f"{min(lines[1:])} to {max(lines)}")
    figures.add("messages of the market's client from one instant to the next", [b - a for a, b in pairwise(asked)], "")
    _told(figures, "ticks on the socket to the view of an instant", seen[1:])
    _told(figures, "ticks on the socket to one account's decision", first[1:])
    _told(figures, "ticks on the socket to the eighth account's decision", every[1:])


# --- intents to orders ----------------------------------------------------------------------------------------------


class Timed:
    """A port's `place`, and when it had handed the order to the socket."""

    def __init__(self, port):
        self._whole, self.at = port.place, 0.0
        port.place = self

    def __call__(self, order):
        self._whole(order)
        self.at = perf_counter()


def _ticket(tws, put, reference):
    bid, ask, limit = Decimal("0.05"), Decimal(90), Decimal(95)
    return Ticket(
        reference=reference, limit=limit, until=tws.control.now() + timedelta(hours=2),
        legs=(Part(put, -1, bid, ask),),
    )  # fmt: skip


async def _put(ib):
    """A put of SPY that is listed."""
    (share,) = await ib.qualifyContractsAsync(ib_async.Stock("SPY", "SMART", "USD"))
    (chain, *_) = await ib.reqSecDefOptParamsAsync("SPY", "", "STK", share.conId)
    strike = sorted(chain.strikes)[len(chain.strikes) // 2]
    asked = ib_async.Option("SPY", max(chain.expirations), strike, "P", "SMART", currency="USD")
    return (await ib.reqContractDetailsAsync(asked))[0].contract


class Bare:
    """The same by ib_async alone: its time, what the order needs, and the order, until it is on the socket."""

    def __init__(self, tws):
        self._runner = asyncio.Runner()
        self._ib, self.put = self._runner.run(self._begun(tws.port))

    @property
    def connection(self):
        """What its messages leave by."""
        return self._ib.client.conn

    async def _begun(self, port):
        ib = ib_async.IB()
        await ib.connectAsync("127.0.0.1", port, clientId=120, timeout=10)
        return ib, await _put(ib)

    def order(self):
        """Seconds until an order is on the socket, and until it is acknowledged; it is cancelled then."""
        return self._runner.run(self._ordered())

    def trip(self):
        """Seconds for one question and its answer."""
        began = perf_counter()
        self._runner.run(self._asked())
        return perf_counter() - began

    async def _asked(self):
        await self._ib.reqCurrentTimeAsync()

    async def _ordered(self):
        order = ib_async.LimitOrder("SELL", 1, 95.0, account="DU1", tif="DAY")
        began = perf_counter()
        await self._ib.reqCurrentTimeAsync()
        await self._ib.whatIfOrderAsync(self.put, order)
        trade = self._ib.placeOrder(self.put, order)
        placed = perf_counter() - began
        while trade.orderStatus.status not in ("Submitted", "PreSubmitted"):
            await trade.statusEvent
        acknowledged = perf_counter() - began
        self._ib.cancelOrder(trade.order)
        while not trade.isDone():
            await trade.statusEvent
        return placed, acknowledged

    def close(self):
        self._runner.run(self._ended())
        self._runner.close()

    async def _ended(self):
        self._ib.disconnect()
        await asyncio.sleep(0.01)


def test_intents_become_orders(tws, brokers, figures, left):
    timed, bare = [Timed(broker._port) for broker in brokers], Bare(tws)
    left.others.add(bare.connection)
    put = bare.put.localSymbol
    placed, acknowledged, alone, answered, trips = [], [], [], [], []
    for number in range(ROUNDS + 1):
        ours, theirs = [], []
        for broker, port in zip(brokers, timed, strict=True):
            ticket = _ticket(tws, put, f"au-{port.at:.6f}")
            began = perf_counter()
            broker.submit(ticket)
            ours.append((port.at - began, perf_counter() - began))
            broker.cancel(ticket.reference)
            theirs.append((*bare.order(), bare.trip()))
            sleep(PAUSE)
        if number:
            placed += [each[0] for each in ours]
            acknowledged += [each[1] for each in ours]
            alone += [each[0] for each in theirs]
            answered += [each[1] for each in theirs]
            trips += [each[2] for each in theirs]
    bare.close()
    assert len(placed) == ROUNDS * len(ACCOUNTS)
    _told(figures, "intent to placeOrder on the socket", placed)
    _told(figures, "intent to TWS's acknowledgement", acknowledged)
    _told(figures, "ib_async alone: time, what-if and placeOrder on the socket", alone)
    _told(figures, "ib_async alone: the same to the acknowledgement", answered)
    _told(figures, "ib_async alone: one question and its answer", trips)
    figures.ratio("intent to placeOrder / ib_async alone", placed, alone)
    figures.add("messages of one connection within a second at most, as they left", [left.peak], "")
    peaks = [each.peak for each in tws.control.rates() if each.client in CLIENTS]
    figures.add("messages of one account within a second at most, by the simulator's meter", peaks, "")
