"""A tiny real-looking market, written by the tests as yfinance writes it, and a way to call `allusr`."""

import gzip
from datetime import UTC, datetime, timedelta
from functools import partial
from math import erf, exp, log, sqrt
from pathlib import Path

import pytest
from attrs import frozen

from allusr_sdk.cli.entry import invoke
from allusr_sdk.model.calendar import NEW_YORK
from tests.called import called
from tests.host.conftest import install

__all__ = ["install"]

HEADER = (
    "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,openInterest,"
    "impliedVolatility,inTheMoney,contractSize,currency,optionType,expirationDate,underlyingPrice"
)
VOLATILITY = 0.20
EXPIRIES = ("2026-02-13", "2026-02-20", "2026-02-27")


@pytest.fixture
def allusr(capsys):
    """Call `allusr` in this process."""
    return partial(called, capsys)


def new_york(text):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def price(spot, strike, years, *, put):
    """Black, Scholes and Merton's value, without interest."""
    deviation = VOLATILITY * sqrt(years)
    first = log(spot / strike) / deviation + deviation / 2
    n = [(1 + erf(x / sqrt(2))) / 2 for x in (first, first - deviation)]
    call = spot * n[0] - strike * exp(-0.0 * years) * n[1]
    return call - spot + strike if put else call


def snapshot(symbol, at, spot, *, open_interest=6000, volume=9000):
    """One file as yfinance writes it: puts and calls of three expiries, a cent or two wide."""
    rows = [HEADER]
    seen = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00:00")
    for expiry in EXPIRIES:
        close = new_york(f"{expiry}T16:00")
        years = (close - at) / timedelta(days=365)
        if years <= 0:
            continue
        for half in range(-30, 31):
            strike = round(spot) + half / 2
            for put in (True, False):
                mid = price(spot, strike, years, put=put)
                bid, ask = max(round(mid - 0.01, 2), 0), round(mid + 0.01, 2)
                name = f"{symbol}{expiry[2:].replace('-', '')}{'P' if put else 'C'}{round(strike * 1000):08d}"
                kind = "put" if put else "call"
                rows.append(
                    f"{name},{seen},{strike},{mid:.2f},{bid},{ask},0,0,{volume},{open_interest},{VOLATILITY},False,"
                    f"REGULAR,USD,{kind},{expiry},{spot}"
                )
    return "\n".join(rows) + "\n"


def write_snapshots(folder: Path):
    """SPY falls after its put is sold; IWM has too little open interest; AAPL has no report dates."""
    moments = {
        "Wed": ("2026-02-11T12:00:00", {"SPY": 201.0, "IWM": 100.0, "AAPL": 150.0}),
        "Thu_1": ("2026-02-12T10:05:00", {"SPY": 200.5, "IWM": 100.1, "AAPL": 150.2}),
        "Thu_2": ("2026-02-12T13:00:00", {"SPY": 194.9, "IWM": 100.2, "AAPL": 150.1}),
    }
    folder.mkdir()
    for name, (at, spots) in moments.items():
        for symbol, spot in spots.items():
            interest = 115 if symbol == "IWM" else 6000
            text = snapshot(symbol, new_york(at), spot, open_interest=interest)
            (folder / f"{symbol}_{name}.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def write_daily(folder: Path):
    """VIX alone: no bars, so the ATR falls back and nothing settles."""
    folder.mkdir()
    days = ("02/05/2026", "02/06/2026", "02/09/2026", "02/10/2026", "02/11/2026", "02/12/2026", "02/13/2026")
    rows = ["DATE,OPEN,HIGH,LOW,CLOSE", *(f"{day},17.5,18.0,17.0,17.{i}" for i, day in enumerate(days))]
    (folder / "VIX.csv").write_text("\n".join(rows) + "\n")


@frozen
class Place:
    """Where the tiny market and the ledger of its run are."""

    chains: Path
    daily: Path
    home: Path

    def options(self, *more):
        """What `allusr run` wants for it."""
        return ("--market", f"chains:{self.chains}", "--daily", self.daily, "--to", "2026-02-13", *more)


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """The tiny market."""
    root = tmp_path_factory.mktemp("tiny")
    write_snapshots(root / "chains")
    write_daily(root / "daily")
    return Place(root / "chains", root / "daily", root / "home")


@pytest.fixture(scope="session")
def ran(market):
    """The tiny market after one run with the default plugins."""
    assert invoke([str(o) for o in ("run", *market.options("--home", market.home, "--json"))]) == 0
    return market
