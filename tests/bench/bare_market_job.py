"""The synthetic market pushed through a bare nautilus engine with an empty strategy: the floor of a synthetic run.

`python bare_market_job.py FIRST LAST events|columns|chains A,B,...` steps a market's instants through the engine:

events   one event an instant whose chains nobody opens, as our own runs send them
columns  one event an instant and underlying with the numpy columns of 720 contracts around its spot, priced in one
         vectorised call: what a bare script without lazy chains sends at the least
chains   one event an instant, after every column of every chain that the synthetic market lists was made

Prints the events, the chains that were made and the peak memory in MB.
"""

import resource
import sys
from datetime import date

import numpy as np
from bare_engine_job import Empty, Instant
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import CacheConfig, LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import CustomData, DataType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import ClientId, Venue
from nautilus_trader.model.objects import Money
from opengreeks import black_scholes_merton as bsm

from allusr_sdk.market.synthetic import SyntheticMarket

STRIKES = np.tile(np.linspace(0.85, 1.15, 30), 12)
DAYS = np.repeat([1, 2, 3, 4, 7, 9, 11, 14, 21, 28, 45, 60], 30)
RATE = 0.04


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


class Chain(Instant):
    """A chain of 720 contracts, calls first, as numpy columns."""

    def __init__(self, ts, spot):
        super().__init__(ts)
        strike, years = np.round(STRIKES * spot, 1), DAYS / 365.0
        volatility = 0.25 + 0.3 * (1 - STRIKES) ** 2
        terms = "c", np.full(len(strike), spot), strike, years, RATE, volatility, 0.0
        call, delta = bsm.black_scholes_merton_array(*terms), bsm.delta_array(*terms)
        put = call - spot + strike * np.exp(-RATE * years)
        mid = np.maximum(np.concatenate((call, put)), 0.01)
        half = np.maximum(0.01, 0.01 * mid)
        self.strike, self.days = np.tile(strike, 2), np.tile(DAYS, 2)
        self.bid, self.ask, self.delta = np.round(mid - half, 2), np.round(mid + half, 2), np.append(delta, delta - 1)
        self.volume = self.open_interest = np.full(len(mid), 1000.0)


class Listener(Empty):
    def on_start(self):
        super().on_start()
        self.subscribe_data(DataType(Chain), client_id=ClientId("MARKET"))


def lazily(step, symbols):
    return (Instant(int(step.view.at.timestamp() * 1e9)),), 0


def with_columns(step, symbols):
    at = int(step.view.at.timestamp() * 1e9)
    sent = [Chain(at, step.view.snapshots[symbol].spot) for symbol in symbols]
    return sent, len(sent)


def with_chains(step, symbols):
    sent, _ = lazily(step, symbols)
    return sent, sum(made(snapshot.chain) for snapshot in step.view.snapshots.values() if snapshot.make_chain)


KINDS = {"events": lazily, "columns": with_columns, "chains": with_chains}


def push(first, last, symbols, events):
    engine = BacktestEngine(BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True), cache=CacheConfig(tick_capacity=1, bar_capacity=1),
        run_analysis=False,
    ))  # fmt: skip
    engine.add_venue(Venue("SIM"), OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USD)], base_currency=USD)
    strategy = Listener(StrategyConfig(strategy_id="EMPTY-001"))
    engine.add_strategy(strategy)
    chains = 0
    for step in SyntheticMarket(seed=7, symbols=symbols).steps(first, last):
        sent, made_here = events(step, symbols)
        chains += made_here
        kind = DataType(type(sent[0]))
        engine.add_data([CustomData(kind, each) for each in sent], client_id=ClientId("MARKET"), sort=False)
        engine.sort_data()
        engine.run(streaming=True)
        engine.clear_data()
    engine.end()
    engine.dispose()
    return strategy.seen, chains


if __name__ == "__main__":
    first, last, kind, names = sys.argv[1:]
    days = date.fromisoformat(first), date.fromisoformat(last)
    seen, chains = push(*days, tuple(names.split(",")), KINDS[kind])
    print(seen, chains, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
