"""Chains as the free SPY/QQQ/IWM set has them, made by the tests: a smile of their own, Saturdays and zero bids."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import xnys

AHEAD = (1, 2, 8, 9, 15, 44, 100)
RATE = 0.04


def expiries(day):
    """Fridays, and the Saturday behind a monthly one as it was listed until 2015."""
    found = []
    for ahead in AHEAD:
        friday = day + timedelta(days=ahead + (4 - day.weekday() - ahead) % 7)
        monthly = 15 <= friday.day <= 21
        found.append(friday + timedelta(days=int(monthly)))
    return sorted({expiry for expiry in found if expiry > day})


def smile(strike, spot, level):
    """A volatility by strike that no model of ours has."""
    return level * (1.3 - 1.1 * np.log(strike / spot) + 2.0 * np.log(strike / spot) ** 2)


def rows(day, spot, *, symbol="SPY", level=0.5, wide=0.02, step=1.0):
    """The chain of a close, as columns of the set."""
    session = xnys().session(day)
    columns = {name: [] for name in ("expiration", "strike", "type", "bid", "ask", "volume", "open_interest")}
    for expiry in expiries(day):
        strikes = np.arange(np.floor(spot * 0.7), np.ceil(spot * 1.3), step)
        years = pricing.years(session.close, pricing.expiry_close(expiry, xnys()))
        for put in (True, False):
            worth = pricing.price(put=put, spot=spot, strike=strikes, years=years,
                                  volatility=smile(strikes, spot, level), rate=RATE)  # fmt: skip
            bid, ask = np.round(worth * (1 - wide), 2), np.round(worth * (1 + wide) + 0.01, 2)
            near = 1 / (1 + np.abs(strikes - spot))
            columns["expiration"] += [f"{expiry}"] * len(strikes)
            columns["strike"] += strikes.tolist()
            columns["type"] += ["put" if put else "call"] * len(strikes)
            columns["bid"] += bid.tolist()
            columns["ask"] += ask.tolist()
            columns["volume"] += (5000 * near + day.day).astype(int).tolist()
            columns["open_interest"] += (9000 * near + 600).astype(int).tolist()
    count = len(columns["strike"])
    zeros = {name: [0.0] * count for name in ("last", "mark", "implied_volatility", "delta", "gamma", "theta")}
    ids = [f"{symbol}{i}" for i in range(count)]
    return columns | zeros | {"contract_id": ids, "symbol": [symbol] * count, "date": [f"{day}"] * count}


def write(folder, days, name="options_2009.parquet"):
    """A file of the set with the chains of several days, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.concat_tables(pa.table(day) for day in days), folder / name)
    return folder


def closes(bars, first, last):
    """The closes of a period by day, from rows of bars."""
    return {row[0]: row[4] for row in bars if first <= row[0] <= last}
