"""A bare nautilus engine with an empty strategy, stepped through custom-data events: `python bare_engine_job.py N`."""

import sys

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import CacheConfig, LoggingConfig, StrategyConfig
from nautilus_trader.core.data import Data
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import CustomData, DataType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import ClientId, Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.trading.strategy import Strategy

FIVE_MINUTES = 300_000_000_000
FIRST = 1_750_000_000_000_000_000


class Instant(Data):
    def __init__(self, ts):
        self._ts = ts

    @property
    def ts_event(self):
        return self._ts

    @property
    def ts_init(self):
        return self._ts


class Empty(Strategy):
    seen = 0

    def on_start(self):
        self.subscribe_data(DataType(Instant), client_id=ClientId("MARKET"))

    def on_data(self, data):
        self.seen += 1


def step_through(count):
    engine = BacktestEngine(BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True), cache=CacheConfig(tick_capacity=1, bar_capacity=1),
        run_analysis=False,
    ))  # fmt: skip
    engine.add_venue(Venue("SIM"), OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USD)], base_currency=USD)
    strategy = Empty(StrategyConfig(strategy_id="EMPTY-001"))
    engine.add_strategy(strategy)
    for number in range(count):
        event = CustomData(DataType(Instant), Instant(FIRST + number * FIVE_MINUTES))
        engine.add_data([event], client_id=ClientId("MARKET"), sort=False)
        engine.sort_data()
        engine.run(streaming=True)
        engine.clear_data()
    engine.end()
    engine.dispose()
    return strategy.seen


if __name__ == "__main__":
    print(step_through(int(sys.argv[1])))
