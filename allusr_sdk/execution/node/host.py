"""A live node of nautilus that lives only while the run steps it."""

import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from nautilus_trader.cache.cache import Cache
from nautilus_trader.common import Environment
from nautilus_trader.common.component import TestClock, TimeEventHandler
from nautilus_trader.common.messages import ShutdownSystem
from nautilus_trader.config import (
    CacheConfig,
    LiveDataEngineConfig,
    LiveExecEngineConfig,
    LiveRiskEngineConfig,
    LoggingConfig,
    TradingNodeConfig,
)
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.identifiers import TraderId

from allusr_sdk.errors import KernelError
from allusr_sdk.execution.beats import Beat, Instant
from allusr_sdk.execution.node.hosted import HostedDesk
from allusr_sdk.execution.node.loop import Loop
from allusr_sdk.execution.node.market import Contracts, Market
from allusr_sdk.execution.stepped import UNTHROTTLED, nanoseconds
from allusr_sdk.model.views import MarketView

CONFIG = TradingNodeConfig(
    environment=Environment.SANDBOX,  # nautilus's LIVE insists on logging of its own, and differs in nothing else
    trader_id=TraderId("ALLUSR-001"),
    logging=LoggingConfig(bypass_logging=True),
    cache=CacheConfig(tick_capacity=1, bar_capacity=1),
    data_engine=LiveDataEngineConfig(graceful_shutdown_on_exception=True),  # else it would end the process
    risk_engine=LiveRiskEngineConfig(
        graceful_shutdown_on_exception=True,
        max_order_submit_rate=UNTHROTTLED,
        max_order_modify_rate=UNTHROTTLED,
    ),
    exec_engine=LiveExecEngineConfig(
        graceful_shutdown_on_exception=True,
        reconciliation=False,  # the books are ours, and the kernel compares them with the broker (RECON)
        inflight_check_interval_ms=0,  # it rejects what is not confirmed in time; we ask the broker (RULE-2, ORD-2)
    ),
    timeout_post_stop=0.0,  # nothing is under way when a run ends
)


class Node:
    """A live node that is stepped. `fresh` makes it, `open` puts the desk in; then time passes as it is told.

    Attributes:
        clock: the market's; the desk's timers run by it, and the broker is asked by it.
    """

    desk: HostedDesk

    def __init__(self) -> None:
        self._node: TradingNode | None = None
        self._deeds: deque[Callable[[], None]] = deque()

    def fresh(self) -> TradingNode:
        """A new node in the place of the one that runs."""
        self.dispose()
        self.clock, self._loop, self._lived, self._failed = TestClock(), Loop(), False, ""
        with _own_signals():
            self._node = node = TradingNode(CONFIG, self._loop)
        node.build()
        node.kernel.msgbus.subscribe("commands.system.shutdown", self._stopped)
        self.contracts = Contracts()
        self._market = Market(node, self.contracts)
        node.kernel.data_engine.register_client(self._market)
        return node

    def open(self, desk: HostedDesk) -> None:
        """Put the desk into the node, and start it."""
        self.desk = desk
        self.node.trader.add_strategy(desk)
        running = self._loop.create_task(self.node.run_async())
        self.drain()
        if not self.node.trader.is_running:
            raise KernelError("nautilus's node did not start") from (running.exception() if running.done() else None)

    def advance(self, view: MarketView) -> None:
        """Let it live to an instant: working orders first walk on, then the kernel sees the new view."""
        self.run(Instant(view, nanoseconds(view.at)))

    def flush(self, at: datetime) -> None:
        """Let it live to an instant: orders walk to their end."""
        if self.desk.working or not self._lived:
            self.run(Beat(nanoseconds(at)))

    def run(self, event: Beat) -> None:
        """Hand the node an instant: what was due before it comes first, what is due at it afterwards."""
        self._lived, now = True, event.ts_event
        self._fire(now - 1)
        self.clock.set_time(now)
        self._market.hand(event)
        self.drain()
        self._fire(now)

    def later(self, deed: Callable[[], None]) -> None:
        """Do it outside nautilus's loop, behind what waits already."""
        self._deeds.append(deed)

    def drain(self) -> None:
        """Let the node take up everything that it was given, and do what comes of it.

        Raises:
            KernelError: nautilus stopped over an error of its own.
        """
        self._turn()
        while self._deeds:
            self._deeds.popleft()()
            self._turn()

    def dispose(self) -> None:
        """End the node, if there is one. What it still wanted to be done is not done."""
        node, self._node = self._node, None
        self._deeds.clear()
        if node is not None:
            self._loop.run_until_complete(node.stop_async())
            node.kernel.cancel_all_tasks()
            node.dispose()

    @property
    def node(self) -> TradingNode:
        """The running node."""
        assert self._node is not None
        return self._node

    @property
    def cache(self) -> Cache:
        """What the node knows of orders and positions."""
        return self.node.cache

    def _turn(self) -> None:
        self._loop.rest()
        if self._failed:
            raise KernelError(f"nautilus's node has stopped: {self._failed}")

    def _fire(self, until: int) -> None:
        """Let the clock's alerts come as in nautilus's engine: by instant, then by name, with those that they set."""
        due: list[TimeEventHandler] = []
        while True:
            if until >= self.clock.timestamp_ns():
                due += self.clock.advance_time(until, set_time=False)
            if not due:
                return
            due.sort(key=lambda alert: (alert.event.ts_event, alert.event.name))
            alert = due.pop(0)
            self.clock.set_time(alert.event.ts_event)
            alert.handle()
            self.drain()

    def _stopped(self, command: ShutdownSystem) -> None:
        self._failed = str(command.reason)


@contextmanager
def _own_signals() -> Iterator[None]:
    """A node takes the interrupt for its own as it is made; until it is given back, one that comes waits."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
