"""The same weekly puts by a bare nautilus engine: `python nautilus_job.py FOLDER`.

A pyarrow scan and a numpy pick find what is sold, as `floor_job.py` does. The engine is sent an event a session, the
quote of what is sold, and on its expiry the index's price and its end. It has orders, fills, fees, a position and an
account: no rules, books, journal or chains. Prints the puts sold and the equity at the end.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from bare_engine_job import Instant
from floor_job import picks
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.backtest.models import PerContractFeeModel
from nautilus_trader.config import CacheConfig, LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import CustomData, DataType, InstrumentClose, QuoteTick, TradeTick
from nautilus_trader.model.enums import (
    AccountType,
    AggressorSide,
    AssetClass,
    InstrumentCloseType,
    OmsType,
    OptionKind,
    OrderSide,
)
from nautilus_trader.model.identifiers import ClientId, InstrumentId, Symbol, TradeId, Venue
from nautilus_trader.model.instruments import IndexInstrument, OptionContract
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy
from pyarrow import csv

SIM, INDEX = Venue("SIM"), InstrumentId(Symbol("SPX"), Venue("SIM"))
NEVER = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000
MANY, ONE = Quantity.from_int(1_000), Quantity.from_int(1)


class Seller(Strategy):
    def on_start(self):
        self.subscribe_data(DataType(Instant), client_id=ClientId("MARKET"))
        for instrument in self.cache.instruments():
            self.subscribe_quote_ticks(instrument.id)

    def on_data(self, data):
        pass

    def on_quote_tick(self, quote):
        self.submit_order(self.order_factory.market(quote.instrument_id, OrderSide.SELL, ONE))


def put(expiry, strike):
    name = InstrumentId(Symbol(f"SPXW{expiry[2:].replace('-', '')}P{round(strike * 1000):08d}"), SIM)
    return OptionContract(
        name, name.symbol, AssetClass.INDEX, USD, 2, Price(0.01, 2), Quantity.from_int(100), ONE, "SPX",
        OptionKind.PUT, Price(strike, 4), 0, NEVER, 0, 0,
    )  # fmt: skip


def evening(day):
    return int(datetime.fromisoformat(f"{day}T21:00:00+00:00").timestamp()) * 1_000_000_000


def events(sold, spots):
    """An event a session, a quote a sale, and a price and an end an expiry, in order of time."""
    for day in spots:
        yield CustomData(DataType(Instant), Instant(evening(day)))
    for day, expiry, strike, bid, ask in sold:
        at, end, name = evening(day) + 1, evening(expiry), put(expiry, strike).id
        yield QuoteTick(name, Price(bid, 2), Price(ask, 2), MANY, MANY, at, at)
        if expiry in spots:
            last = Price(spots[expiry], 4)
            yield TradeTick(INDEX, last, MANY, AggressorSide.NO_AGGRESSOR, TradeId(f"{expiry}"), end, end)
            yield InstrumentClose(name, Price(0, 2), InstrumentCloseType.CONTRACT_EXPIRED, end, end)


def trade(sold, spots):
    engine = BacktestEngine(BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True), cache=CacheConfig(tick_capacity=1, bar_capacity=1),
        run_analysis=False,
    ))  # fmt: skip
    engine.add_venue(
        SIM, OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USD)], base_currency=USD,
        fee_model=PerContractFeeModel(Money(0.65, USD)),
    )  # fmt: skip
    engine.add_instrument(IndexInstrument(INDEX, INDEX.symbol, USD, 4, 0, Price(0.0001, 4), ONE, 0, 0))
    for contract in {put(expiry, strike).id: put(expiry, strike) for _, expiry, strike, *_ in sold}.values():
        engine.add_instrument(contract)
    engine.add_strategy(Seller(StrategyConfig(strategy_id="SELLER-001")))
    everything = sorted(events(sold, spots), key=lambda event: event.ts_init)
    for event in everything:
        engine.add_data([event], client_id=ClientId("MARKET"), sort=False)
    engine.sort_data()
    engine.run()
    assert not engine.cache.positions_open()
    return engine.cache.account_for_venue(SIM).balance_total(USD).as_decimal()


def main(folder):
    daily = csv.read_csv(folder / "daily" / "SPX.csv")
    spots = {
        str(day): close for day, close in zip(*(daily[name].to_pylist() for name in ("date", "close")), strict=True)
    }
    sold = picks(folder)
    return {"sold": sold, "equity": str(trade(sold, spots))}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
