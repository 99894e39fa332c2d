"""The weekly put by lumibot, in an environment of its own: `python lumibot_job.py FOLDER` over a quarter's file.

lumibot holds one frame and one object a contract, so the file is split before it runs: that is part of the job. Prints
the puts sold, the versions, and the value at the end.
"""

import json
import logging
import os
import sys
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

os.environ.update(IS_BACKTESTING="true", LUMIBOT_LAZY_CREDENTIALS="1")

import pandas as pd
from lumibot.backtesting import PandasDataBacktesting
from lumibot.entities import Asset, Data, TradingFee
from lumibot.strategies.strategy import Strategy

INDEX = Asset("SPX", asset_type="index")
DOLLAR = Asset("USD", asset_type="forex")
DAY = timedelta(days=1)


def contract(expiry, strike):
    return Asset("SPX", asset_type="option", expiration=expiry, strike=float(strike), right="PUT")


def frames(chains):
    """One frame a contract: its mid as a daily bar, with bid and ask."""
    mid = (chains["bid"] + chains["ask"]) / 2
    prices = chains.assign(open=mid, high=mid, low=mid, close=mid)
    prices = prices.set_index(pd.to_datetime(prices["quote_date"]))
    names = ["open", "high", "low", "close", "volume", "bid", "ask"]
    for (expiry, strike), rows in prices.groupby(["expiry", "strike"]):
        yield contract(expiry, strike), rows[names]


def by_expiry(chains):
    """Deltas by strike of each expiry of a day: lumibot's data has no column for them."""
    for expiry, rows in chains.groupby("expiry"):
        yield expiry, dict(zip(rows["strike"], rows["delta"].abs(), strict=True))


def index_bars(folder, first):
    bars = pd.read_csv(folder / "daily" / "SPX.csv", parse_dates=["date"], index_col="date")
    return bars[bars.index >= first].assign(volume=0)


class Weekly(Strategy):
    """Each week's first session: the put of the expiry nearest five days, three to seven, nearest 0.30 delta."""

    def initialize(self):
        self.sleeptime = "1D"
        self.week = None

    def on_trading_iteration(self):
        today = self.get_datetime().date()
        if today.isocalendar()[:2] == self.week:
            return
        self.week = today.isocalendar()[:2]
        if any(position.asset.asset_type == "option" for position in self.get_positions()):
            return
        listed_now = self.get_chains(INDEX)["Chains"]["PUT"]
        strikes = {date.fromisoformat(day): set(each) for day, each in listed_now.items()}
        listed = self.parameters["deltas"].get(today, {})
        near = [day for day in strikes if timedelta(days=3) <= day - today <= timedelta(days=7) and day in listed]
        if not near:
            return
        expiry = min(near, key=lambda day: (abs((day - today).days - 5), day))
        inside = {k: d for k, d in listed[expiry].items() if 0.25 <= d <= 0.35 and k in strikes[expiry]}
        if not inside:
            return
        asset = contract(expiry, min(inside, key=lambda k: abs(inside[k] - 0.30)))
        if self.get_last_price(asset):
            self.submit_order(self.create_order(asset, 1, "sell_to_open"))
            self.parameters["sold"].append((str(today), str(expiry), asset.strike))


def main(folder):
    logging.disable(logging.WARNING)
    chains = pd.read_parquet(folder / "chains" / "spx.parquet")
    days = chains["quote_date"]
    data = {asset: Data(asset, rows, timestep="day", quote=DOLLAR) for asset, rows in frames(chains)}
    data[INDEX] = Data(INDEX, index_bars(folder, str(days.min())), timestep="day", quote=DOLLAR)
    deltas = {day: dict(by_expiry(each)) for day, each in chains.groupby("quote_date")}
    sold, fee = [], TradingFee(flat_fee=0.65)
    _, strategy = Weekly.run_backtest(
        PandasDataBacktesting, *(pd.Timestamp(day).to_pydatetime() for day in (days.min() - DAY, days.max() + DAY)),
        pandas_data=data, budget=1_000_000, risk_free_rate=0.0, benchmark_asset=None, analyze_backtest=False,
        show_plot=False, show_tearsheet=False, save_tearsheet=False, show_indicators=False, save_logfile=False,
        save_stats_file=False, show_progress_bar=False, quiet_logs=True, buy_trading_fees=[fee],
        sell_trading_fees=[fee], parameters={"deltas": deltas, "sold": sold},
    )  # fmt: skip
    used = {name: version(name) for name in ("lumibot", "pandas", "numpy", "pyarrow")}
    return {"sold": sold, "equity": float(strategy.portfolio_value), "versions": used}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
