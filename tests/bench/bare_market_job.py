"""The synthetic market pushed through a bare nautilus engine with an empty strategy: the floor of a synthetic run.

`python bare_market_job.py FIRST LAST events|chains A,B,...` steps one event an instant through the engine, as a run
does. With `chains` every event carries the columns of every chain, as a source that is not lazy would send them.
Prints the events, the snapshots and the peak memory in MB.
"""

import resource
import sys
from datetime import date

from bare_engine_job import Empty, Instant
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import CacheConfig, LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import CustomData, DataType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import ClientId, Venue
from nautilus_trader.model.objects import Money

from allusr_sdk.market.synthetic import SyntheticMarket


def made(chain):
    """Every column of a chain that would be sent; they are worked out when they are read."""
    columns = (
        chain.expiry,
        chain.strike,
        chain.put,
        chain.bid,
        chain.ask,
        chain.volume,
        chain.open_interest,
        chain.delta,
    )
    return min(len(column) for column in columns) > 0


def push(first, last, symbols, *, chains):
    engine = BacktestEngine(BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True), cache=CacheConfig(tick_capacity=1, bar_capacity=1),
        run_analysis=False,
    ))  # fmt: skip
    engine.add_venue(Venue("SIM"), OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USD)], base_currency=USD)
    strategy = Empty(StrategyConfig(strategy_id="EMPTY-001"))
    engine.add_strategy(strategy)
    snapshots = 0
    for step in SyntheticMarket(seed=7, symbols=symbols).steps(first, last):
        if chains:
            snapshots += sum(made(snapshot.chain) for snapshot in step.view.snapshots.values() if snapshot.make_chain)
        event = CustomData(DataType(Instant), Instant(int(step.view.at.timestamp() * 1e9)))
        engine.add_data([event], client_id=ClientId("MARKET"), sort=False)
        engine.sort_data()
        engine.run(streaming=True)
        engine.clear_data()
    engine.end()
    engine.dispose()
    return strategy.seen, snapshots


if __name__ == "__main__":
    first, last, kind, symbols = sys.argv[1:]
    days = date.fromisoformat(first), date.fromisoformat(last)
    seen, snapshots = push(*days, tuple(symbols.split(",")), chains=kind == "chains")
    print(seen, snapshots, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
