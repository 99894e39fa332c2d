"""One decision over ten chains, and implied volatility and delta of whole chains, beside nautilus's own function."""

import gc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from allusr_gen_acc import GenAcc
from attrs import evolve
from nautilus_trader.core.nautilus_pyo3 import imply_vol_and_greeks

from allusr_sdk.config import Config
from allusr_sdk.host import Host
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.chains import Chain
from allusr_sdk.model.events import Funded, RunStarted
from allusr_sdk.model.views import Bar, EarningsDate, Grain, MarketView, Snapshot, Vix
from allusr_sdk.rulebook import Rulebook

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

DAY = date(2026, 2, 12)
AT = datetime(2026, 2, 12, 10, 15, tzinfo=NEW_YORK).astimezone(UTC)
EXPIRIES = np.array([date(2026, 2, 13) + timedelta(weeks=w) for w in range(6)], "datetime64[D]")
SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL", "MSFT", "AMZN", "GOOG", "NVDA", "TSLA", "META")
RATE = 0.04
RULES = Rulebook.default()


BARS = tuple(Bar(s.day, 100, 101, 99, 100, 5e7) for s in xnys().between(DAY - timedelta(days=60), DAY)[:-1])


@pytest.fixture(autouse=True, scope="module")
def _collected_as_in_a_run():
    """The collector as `allusr run` sets it."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Tape:
    """Equal daily bars."""

    def before(self, symbol, day, count):
        return BARS[-count:]

    def on(self, symbol, day):
        return None


def _chain(symbol):
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


CHAINS = tuple(_chain(symbol) for symbol in SYMBOLS)


def _snapshot(chain):
    return Snapshot(
        chain.symbol, AT, 99.99, 100.01, 100.0, lambda: chain, lambda contracts: [chain.find(c) for c in contracts],
        lambda contract: (5000.0, 5000.0),
    )  # fmt: skip


def _view():
    far = DAY + timedelta(days=60)
    return MarketView(
        at=AT, session=xnys().session(DAY), calendar=xnys(), grain=Grain.GRID,
        snapshots={c.symbol: _snapshot(c) for c in CHAINS}, bars=Tape(), vix=Vix(15.0, AT, (15.0, 15.0)),
        earnings={s: (EarningsDate(s, far, "AMC", True, DAY),) for s in SYMBOLS}, rate=RATE,
    )  # fmt: skip


def _fresh():
    """A funded kernel that has decided nothing, and the view: what one decision starts from."""
    config = Config.read(sets=[f"sleeves.gen_acc.symbols={list(SYMBOLS)}"])
    head = RunStarted(
        mode="backtest", market="bench", first=DAY, last=DAY, seed=7, capital=Decimal(1_000_000), settings="",
        rulebook=RULES.stamp,
    )  # fmt: skip
    run = open_ledger("sqlite://").start_run(head, AT, batch=True)
    kernel = Kernel(host=Host.of(GenAcc, config=config), rules=RULES, journal=run)
    kernel.scribe.at = AT
    kernel.heard(Funded(ledger="gen_acc", amount=Decimal(1_000_000), rule="CAD-12"))
    return (kernel, _view()), {}


def _by_loop():
    """Volatility and Greeks of every contract, one call of nautilus's function each."""
    found = []
    for chain in CHAINS:
        left, mid = pricing.years_left(chain, xnys()), (chain.bid + chain.ask) / 2
        rows = zip(chain.put.tolist(), chain.strike.tolist(), left.tolist(), mid.tolist(), strict=True)
        found += [imply_vol_and_greeks(chain.spot, RATE, RATE, not p, k, t, m) for p, k, t, m in rows]
    return found


def _by_chain():
    return [pricing.implied(chain, xnys(), rate=RATE) for chain in CHAINS]


def _told(figures, what, benchmark, goal=""):
    figures.add(what, [1000 * s for s in benchmark.stats.stats.data], "ms", goal=goal)


def test_one_decision_over_ten_chains_of_720_contracts(figures, benchmark):
    orders = benchmark.pedantic(lambda kernel, view: kernel.cycle(view), setup=_fresh, rounds=50)
    assert len(orders) == len(SYMBOLS)
    assert all(order.legs[0].quantity < 0 for order in orders)
    _told(figures, "one decision, ten chains of 720 contracts, ten orders", benchmark, "< 10 ms")


def test_the_same_chains_through_nautilus_in_a_loop(figures, benchmark):
    found = benchmark.pedantic(_by_loop, rounds=30, warmup_rounds=2)
    assert len(found) == 7200
    _told(figures, "nautilus imply_vol_and_greeks, 7,200 contracts in a loop", benchmark)


def test_volatility_and_delta_of_whole_chains(figures, benchmark):
    found = benchmark.pedantic(_by_chain, rounds=50, warmup_rounds=2)
    known = sum(int(np.isfinite(delta).sum()) for _, delta in found)
    assert known > 6000
    _told(figures, "volatility and delta of ten chains, 7,200 contracts", benchmark)
    figures.add(
        "contracts a second, volatility and delta", [7200 / s / 1e6 for s in benchmark.stats.stats.data], "million"
    )


def test_both_agree_where_both_know():
    ours = np.concatenate([sigma for sigma, _ in _by_chain()])
    theirs = np.array([found.vol for found in _by_loop()])
    known = np.isfinite(ours) & np.isfinite(theirs)
    assert known.sum() > 6000
    assert np.median(np.abs(ours - theirs)[known]) < 1e-6
