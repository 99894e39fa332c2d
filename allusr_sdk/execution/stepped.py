"""A nautilus engine that is stepped: it lives to an instant when it is told to, and is thrown away and made anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.cache.cache import Cache
from nautilus_trader.config import CacheConfig, LoggingConfig, RiskEngineConfig
from nautilus_trader.model.data import CustomData, DataType
from nautilus_trader.model.identifiers import TraderId

from allusr_sdk.execution.beats import EPOCH, MARKET, Beat, Instant
from allusr_sdk.execution.desk import Desk
from allusr_sdk.model.views import MarketView

UNTHROTTLED = "1000000/00:00:01"  # KS-11 limits orders, by the market's time; nautilus's own limit is 100 a second


class Stepped:
    """The engine under a venue. `fresh` makes it, `open` puts the desk in; then time passes as it is told."""

    desk: Desk

    def __init__(self) -> None:
        self._engine: BacktestEngine | None = None
        self._started = False

    def fresh(self) -> BacktestEngine:
        """A new engine in the place of the one that runs."""
        self.dispose()
        self._engine, self._started = BacktestEngine(BacktestEngineConfig(
            trader_id=TraderId("ALLUSR-001"),
            logging=LoggingConfig(bypass_logging=True),
            cache=CacheConfig(tick_capacity=1, bar_capacity=1),
            risk_engine=RiskEngineConfig(max_order_submit_rate=UNTHROTTLED, max_order_modify_rate=UNTHROTTLED),
            run_analysis=False,
        )), False  # fmt: skip
        return self._engine

    def open(self, desk: Desk) -> None:
        """Put the desk into the engine."""
        engine = self.engine
        engine.add_strategy(desk)
        engine.portfolio.analyzer.record_trade = _unrecorded  # it grows a frame by every closed trade; nobody reads it
        self.desk = desk

    def advance(self, view: MarketView) -> None:
        """Let the venue live to an instant: working orders first walk on, then the kernel sees the new view.

        Where none works nothing can happen at the venue before the kernel decides, nor after it if nothing is sent.
        """
        idle = self._started and not self.desk.working
        orders = self.desk.see(view) if idle else None
        if orders is None or orders:
            self.run([_event(Instant(view, nanoseconds(view.at), orders))])

    def flush(self, at: datetime) -> None:
        """Let the venue live to an instant: orders walk to their end, a venue just built takes up its positions."""
        if self.desk.working or not self._started:
            self.run([_event(Beat(nanoseconds(at)))])

    def run(self, *data: Sequence[object]) -> None:
        """Hand the engine data of one instant, each kind by itself, and let it live to it."""
        engine = self.engine
        for kind in data:
            engine.add_data(kind, client_id=MARKET, sort=False)
        engine.sort_data()
        engine.run(streaming=True)
        self._started = True
        engine.clear_data()

    def dispose(self) -> None:
        """End the running engine, if there is one."""
        if self._engine is not None:
            self._engine.end()
            self._engine.dispose()
            self._engine = None

    @property
    def engine(self) -> BacktestEngine:
        """The running engine."""
        assert self._engine is not None
        return self._engine

    @property
    def cache(self) -> Cache:
        """What the engine knows of orders and positions."""
        return self.engine.cache


def nanoseconds(at: datetime) -> int:
    """An instant as nautilus counts it: since the epoch, UTC."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def _event(beat: Beat) -> CustomData:
    return CustomData(DataType(type(beat)), beat)


def _unrecorded(*trade: object) -> None:
    """Nautilus's own statistics are not kept: the books are ours."""
