"""Implied volatility and Greeks of whole chains on one core, beside nautilus's own function in a loop."""

import os
from time import process_time

import numpy as np
import pytest
from nautilus_trader.core.nautilus_pyo3 import imply_vol_and_greeks
from opengreeks import black_scholes_merton as bsm

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import xnys
from tests.bench.chains720 import CHAINS, RATE
from tests.bench.measuring import rounds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = rounds(3) * 10
SPOT, MANY = 100.0, 7_200
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


def chain_wide():
    """Volatility, delta, gamma, vega and theta of all contracts."""
    sigma = pricing.implied_volatility(MID, **TERMS)
    greeks = (pricing.delta, pricing.gamma, pricing.vega, pricing.theta)
    return sigma, *(greek(volatility=sigma, **TERMS) for greek in greeks)


def by_chain():
    """What a decision asks of each chain: volatility and delta of sound quotes."""
    return [pricing.implied(chain, xnys(), rate=RATE) for chain in CHAINS]


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


WAYS = {
    "ours, volatility and four Greeks": chain_wide,
    "ours, volatility and delta, chain by chain": by_chain,
    "nautilus in a loop, volatility and four Greeks": by_loop,
    "opengreeks, volatility and four Greeks": by_library,
}


def test_contracts_a_second(figures):
    rates = {what: [] for what in WAYS}
    for number in range(ROUNDS + 1):
        for what, way in WAYS.items():
            began = process_time()
            way()
            if number:
                rates[what].append(MANY / (process_time() - began) / 1e6)
    ours, *_ = rates
    for what, each in rates.items():
        figures.add(what, each, "million/s", **({"least": 1.5} if what == ours else {}))
    for other in list(rates)[2:]:
        figures.ratio(f"{ours} / {other}", rates[ours], rates[other])


def test_both_agree_where_both_know():
    ours, theirs = chain_wide()[0], np.array([found.vol for found in by_loop()])
    known = np.isfinite(ours) & np.isfinite(theirs)
    assert known.sum() > 6000
    assert np.median(np.abs(ours - theirs)[known]) < 1e-6
