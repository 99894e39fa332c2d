"""Implied volatility and Greeks of whole chains on one core, beside nautilus's own function in a loop."""

import os
from time import process_time

import numpy as np
import pytest
from nautilus_trader.core.nautilus_pyo3 import imply_vol_and_greeks
from opengreeks import black_scholes_merton as bsm

from allusr_sdk.market import pricing
from allusr_sdk.market.implied import of_prices
from allusr_sdk.model.calendar import xnys
from tests.bench.chains720 import CHAINS, RATE
from tests.bench.measuring import rounds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = rounds(3) * 10
PASSES, SPOT, MANY = 10, 100.0, 7_200
PUT, STRIKE, YEARS, MID = (
    np.concatenate(each) for each in zip(
        *((c.put, c.strike, pricing.years_left(c, xnys()), (c.bid + c.ask) / 2) for c in CHAINS), strict=True
    )
)  # fmt: skip
TERMS = {"put": PUT, "spot": SPOT, "strike": STRIKE, "years": YEARS, "rate": RATE}


@pytest.fixture(autouse=True, scope="module")
def _on_one_core():
    """Whatever starts threads here has one core for all of them."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


def by_chain():
    """What is asked of each chain: years left, sound quotes, volatility, Greeks, probability."""
    return [pricing.greeks(chain, xnys(), rate=RATE) for chain in CHAINS]


def at_once():
    """The same of all contracts as columns."""
    return of_prices(MID, **TERMS)


def by_loop():
    """nautilus's function, one call a contract: volatility, delta, gamma, vega and theta."""
    rows = zip(PUT.tolist(), STRIKE.tolist(), YEARS.tolist(), MID.tolist(), strict=True)
    return [imply_vol_and_greeks(SPOT, RATE, RATE, not p, k, t, m) for p, k, t, m in rows]


def by_library():
    """opengreeks' array functions alone, puts then calls: volatility, delta, gamma, vega and theta."""
    found = []
    for flag, side in (("p", PUT), ("c", ~PUT)):
        spot, strike, years = np.full(side.sum(), SPOT), STRIKE[side], YEARS[side]
        sigma = bsm.implied_volatility_array(MID[side], spot, strike, years, RATE, 0.0, flag)
        greeks = (bsm.delta_array, bsm.gamma_array, bsm.vega_array, bsm.theta_array)
        found.append((sigma, *(greek(flag, spot, strike, years, RATE, sigma, 0.0) for greek in greeks)))
    return found


OURS = "ours, chain by chain"
WAYS = {
    OURS: by_chain,
    "ours, all contracts at once": at_once,
    "nautilus in a loop": by_loop,
    "opengreeks": by_library,
}  # fmt: skip


def test_contracts_a_second(figures):
    rates = {what: [] for what in WAYS}
    for number in range(ROUNDS + 1):
        for what, way in WAYS.items():
            began = process_time()
            for _ in range(PASSES):
                way()
            if number:
                rates[what].append(PASSES * MANY / (process_time() - began) / 1e6)
    for what, each in rates.items():
        figures.add(what, each, "million/s", **({"least": 1.5} if what == OURS else {}))
    for other in list(rates)[2:]:
        figures.ratio(f"{OURS} / {other}", rates[OURS], rates[other])


def test_both_agree_where_both_know():
    ours, theirs = at_once().volatility, np.array([found.vol for found in by_loop()])
    known = np.isfinite(ours) & np.isfinite(theirs)
    assert known.sum() > 6000
    assert np.median(np.abs(ours - theirs)[known]) < 1e-6
