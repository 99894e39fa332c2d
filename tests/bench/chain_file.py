"""Makes a ten-year daily chain file of about 25 million rows, with daily bars and VIX: `python chain_file.py FOLDER`.

One index (SPX, root SPXW) from 2014 to 2023: three weekly expiries eight weeks ahead and month ends two and a half
years ahead, some 40 listed at a time, each with a ladder of strikes that is fixed when it is listed. Prices are
Black-Scholes-Merton on a volatility with a skew, rounded to nickels around a spread; rows are in order of date. The
Parquet settings are pyarrow's own, as a user's file would have them.
"""

import sys
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import xnys

FIRST, LAST = date(2014, 1, 2), date(2023, 12, 29)
STEPS = 56  # strikes on each side of the middle one
WEEKLY, MONTHLY = 56, 700  # days ahead of expiry at which it is listed
RATE = 0.02
DAYS_A_ROW_GROUP = 100


def make(folder):
    """Write `chains/spx.parquet`, `daily/SPX.csv` and `daily/VIX.csv` under a folder."""
    rng = np.random.default_rng(20140102)
    sessions = xnys().between(FIRST, LAST)
    days = np.array([s.day for s in sessions], "datetime64[D]")
    volatility, spot = _history(rng, len(days))
    _write_daily(folder / "daily", days, spot, volatility)
    ladders = _ladders(days, spot)
    (folder / "chains").mkdir(parents=True, exist_ok=True)
    half_made = folder / "half_made.parquet"
    with pq.ParquetWriter(half_made, _SCHEMA) as writer:
        for start in range(0, len(days), DAYS_A_ROW_GROUP):
            block = range(start, min(start + DAYS_A_ROW_GROUP, len(days)))
            writer.write_table(pa.concat_tables(_day(rng, days[i], spot[i], volatility[i], ladders) for i in block))
    half_made.rename(folder / "chains" / "spx.parquet")


def _history(rng, count):
    """Volatility that returns to 0.16, and spot that falls when it rises."""
    level, values = 0.0, np.empty(count)
    shocks = rng.standard_normal((2, count))
    for i in range(count):
        level = 0.97 * level + 0.07 * shocks[0, i]
        values[i] = level
    volatility = np.clip(0.15 * np.exp(values), 0.09, 0.24)
    moves = volatility / np.sqrt(252) * (-0.7 * shocks[0] + 0.71 * shocks[1]) + 0.0003
    return volatility, np.round(1840 * np.exp(np.cumsum(moves)), 2)


def _write_daily(folder, days, spot, volatility):
    folder.mkdir(parents=True, exist_ok=True)
    before = np.concatenate((spot[:1], spot[:-1]))
    high, low = np.maximum(spot, before) * 1.002, np.minimum(spot, before) * 0.998
    rows = zip(days, before, high, low, spot, strict=True)
    lines = [f"{d},{o:.2f},{h:.2f},{lo:.2f},{c:.2f}" for d, o, h, lo, c in rows]
    (folder / "SPX.csv").write_text("date,open,high,low,close\n" + "\n".join(lines) + "\n")
    lines = [f"{d},{v:.2f},{v:.2f},{v:.2f},{v:.2f}" for d, v in zip(days, volatility * 100, strict=True)]
    (folder / "VIX.csv").write_text("date,open,high,low,close\n" + "\n".join(lines) + "\n")


def _ladders(days, spot):
    """Expiries, the first day each is listed, and one row of strikes for each."""
    after = [s.day for s in xnys().between(FIRST, LAST + timedelta(days=MONTHLY))]
    weekly = {d for d in after if d.weekday() in (0, 2, 4) and d <= LAST + timedelta(days=WEEKLY)}
    monthly = {a for a, b in pairwise(after) if a.month != b.month}
    expiries = np.array(sorted(weekly | monthly), "datetime64[D]")
    ahead = np.array([MONTHLY if d in monthly else WEEKLY for d in sorted(weekly | monthly)])
    listed = expiries - ahead
    middle = spot[np.clip(np.searchsorted(days, listed), 0, len(days) - 1)]
    # About 16 % each way for eight weeks, 45 % for two years.
    width = np.where(ahead == MONTHLY, 0.45, 0.16) * middle / STEPS
    step = 5 * np.maximum(1, np.round(width / 5))
    strikes = 5 * np.round(middle / 5)[:, None] + step[:, None] * np.arange(-STEPS, STEPS + 1)
    return expiries, listed, strikes


def _day(rng, day, spot, volatility, ladders):
    expiries, listed, strikes = ladders
    live = np.flatnonzero((expiries >= day) & (listed <= day))
    width = strikes.shape[1]
    strike = np.tile(strikes[live].ravel(), 2)
    expiry = np.tile(np.repeat(expiries[live], width), 2)
    put = np.repeat([False, True], len(live) * width)
    years = np.maximum((expiry - day).astype(int), 0.02) / 365
    away = np.log(strike / spot) / np.sqrt(np.maximum(years, 0.02))
    sigma = np.clip(volatility * (1 - 0.35 * away + 0.4 * away**2), 0.05, 1.5)
    terms = {"put": put, "spot": spot, "strike": strike, "years": years, "volatility": sigma, "rate": RATE}
    value, delta = pricing.price(**terms), pricing.delta(**terms)
    half = np.maximum(0.05, 0.01 * value)
    bid, ask = (np.round((value + side * half) / 0.05) * 0.05 for side in (-1, 1))
    interest = np.exp(-3 * np.abs(away)) * 8000 + 5
    open_interest = np.round(interest * rng.uniform(0.5, 1.5, len(strike)))
    return pa.table({
        "quote_date": np.full(len(strike), day), "symbol": pa.array(["SPX"]).take(pa.array(np.zeros(len(strike), int))),
        "root": pa.array(["SPXW"]).take(pa.array(np.zeros(len(strike), int))), "expiry": expiry,
        "right": pa.array(["C", "P"]).take(pa.array(put.astype(int))), "strike": strike,
        "bid": np.round(np.maximum(bid, 0.0), 2), "ask": np.round(np.maximum(ask, 0.05), 2),
        "volume": np.round(open_interest * rng.uniform(0.1, 0.6, len(strike))), "open_interest": open_interest,
        "delta": np.round(delta, 4), "spot": np.full(len(strike), spot),
    }, _SCHEMA)  # fmt: skip


_SCHEMA = pa.schema([
    ("quote_date", pa.date32()), ("symbol", pa.string()), ("root", pa.string()), ("expiry", pa.date32()),
    ("right", pa.string()), ("strike", pa.float64()), ("bid", pa.float64()), ("ask", pa.float64()),
    ("volume", pa.float64()), ("open_interest", pa.float64()), ("delta", pa.float64()), ("spot", pa.float64()),
])  # fmt: skip


if __name__ == "__main__":
    make(Path(sys.argv[1]))
