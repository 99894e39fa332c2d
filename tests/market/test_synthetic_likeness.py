"""Synthetic chains beside the real ones of 2026-02: medians by delta and days left within a factor of two."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from allusr_sdk.market import pricing
from allusr_sdk.market.synthetic import SyntheticMarket

SYMBOLS = ("SPY", "AAPL", "NVDA")
# The real instants, by weekday and the five-minute mark nearest to them.
REAL = {"": (2, "11:20"), "_2": (3, "10:10"), "_3": (3, "13:00"), "_4": (4, "10:50")}
# Weeks before a monthly expiry, as the real one is: what stands nine days off is a monthly there.
WEDNESDAYS = [date(2026, 2, 11), date(2026, 3, 11), date(2026, 4, 8), date(2026, 5, 6), date(2026, 6, 10)]
DELTAS, DAYS = (0.05, 0.20, 0.35, 0.50), (-1, 1, 7, 35)
LEAST = 5


def real(folder, symbol):
    parts = []
    for suffix in REAL:
        rows = pd.read_csv(folder / "chains_2026_02" / f"{symbol}_options{suffix}.csv.gz")
        traded = pd.to_datetime(rows.lastTradeDate, utc=True).dt.tz_convert("America/New_York")
        at = traded.max()
        closes = pd.to_datetime(rows.expirationDate).dt.tz_localize("America/New_York") + pd.Timedelta(hours=16)
        terms = {
            "put": (rows.optionType == "put").to_numpy(),
            "spot": rows.underlyingPrice.to_numpy(),
            "strike": rows.strike.to_numpy(),
            "years": (closes - at).dt.total_seconds().to_numpy() / pricing.SECONDS_A_YEAR,
            "rate": 0.04,
        }
        mid = np.where((rows.bid > 0) & (rows.ask > rows.bid), (rows.bid + rows.ask) / 2, np.nan)
        sigma = pricing.implied_volatility(mid, **terms)
        # A volume stands in the file until the contract trades again: it is of today only if the last trade is.
        today = (traded.dt.date == at.date()).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "days": (pd.to_datetime(rows.expirationDate) - pd.Timestamp(at.date())).dt.days.to_numpy(),
                    "delta": np.abs(pricing.delta(volatility=sigma, **terms)),
                    "spread": ((rows.ask - rows.bid) / mid).to_numpy(),
                    "volume": np.where(today, rows.volume.fillna(0), 0.0),
                    "open_interest": rows.openInterest.to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def synthetic():
    parts = {symbol: [] for symbol in SYMBOLS}
    wanted = {(w + timedelta(days=day - 2), clock) for w in WEDNESDAYS for day, clock in REAL.values()}
    for step in SyntheticMarket(symbols=SYMBOLS).steps(WEDNESDAYS[0], WEDNESDAYS[-1] + timedelta(days=2)):
        clock = step.view.clock
        if (clock.date(), f"{clock:%H:%M}") in wanted:
            for symbol in SYMBOLS:
                chain = step.view.snapshots[symbol].chain
                mid = np.where(chain.bid > 0, (chain.bid + chain.ask) / 2, np.nan)
                columns = {"delta": np.abs(chain.delta), "spread": (chain.ask - chain.bid) / mid}
                columns |= {"volume": chain.volume, "open_interest": chain.open_interest}
                columns["days"] = (chain.expiry - np.datetime64(clock.date())).astype(int)
                parts[symbol].append(pd.DataFrame(columns))
    return {symbol: pd.concat(part, ignore_index=True) for symbol, part in parts.items()}


def medians(rows):
    rows = rows[rows.spread.notna()]
    known = rows.groupby([pd.cut(rows.days, DAYS), pd.cut(rows.delta, DELTAS)], observed=True)
    table = known[["spread", "volume", "open_interest"]].median()
    return table[known.size() >= LEAST]


@pytest.fixture(scope="module")
def shown():
    return {symbol: medians(rows) for symbol, rows in synthetic().items()}


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_spreads_volumes_and_open_interest_are_within_a_factor_of_two_of_real_chains(symbol, shown, data_dir):
    true = medians(real(data_dir, symbol))
    factor = (shown[symbol].loc[true.index] / true).stack()
    assert len(factor) >= 3 * 8
    wrong = factor[(factor < 0.5) | (factor > 2.0) | factor.isna()]
    assert wrong.empty, wrong.to_string()
