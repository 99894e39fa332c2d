"""Ten chains of 720 contracts with prices, as a decision sees them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from attrs import evolve

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.chains import Chain

DAY = date(2026, 2, 12)
AT = datetime(2026, 2, 12, 10, 15, tzinfo=NEW_YORK).astimezone(UTC)
EXPIRIES = np.array([date(2026, 2, 13) + timedelta(weeks=w) for w in range(6)], "datetime64[D]")
SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "AMZN", "GOOG", "NVDA", "TSLA", "META")
RATE = 0.04


def chain(symbol):
    """720 contracts: six weekly expiries, sixty strikes wider apart the later they expire, puts and calls."""
    expiry = np.repeat(EXPIRIES, 120)
    ladder = np.tile(np.arange(60) - 29.5, 12)
    strike = 100 + ladder * np.repeat(0.2 * np.sqrt(1 + 7 * np.arange(6)), 120).round(1)
    put = np.tile(np.repeat([True, False], 60), 6)
    many = len(strike)
    blank = Chain(
        symbol=symbol, at=AT, spot=100.0, roots=(symbol,), root=np.zeros(many, np.int8), expiry=expiry, strike=strike,
        put=put, bid=np.zeros(many), ask=np.zeros(many), volume=np.full(many, 5000.0),
        open_interest=np.full(many, 9000.0), delta=np.full(many, np.nan),
    )  # fmt: skip
    terms = {"put": put, "spot": 100.0, "strike": strike, "years": pricing.years_left(blank, xnys()), "rate": RATE}
    value = pricing.price(volatility=0.35, **terms)
    return evolve(blank, bid=np.maximum(np.round(value - 0.01, 2), 0), ask=np.round(value + 0.01, 2))


CHAINS = tuple(chain(symbol) for symbol in SYMBOLS)
