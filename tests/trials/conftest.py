"""Sweeps whose trials were made up, so that what is told of them can be worked out by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from allusr_sdk.reports.evidence import Estimate
from allusr_sdk.trials.space import space
from allusr_sdk.trials.sweep import Outcome, Sweep

MARKET = "synthetic seed 7, 5 minutes, SPY"


@pytest.fixture
def sweep():
    """Make a sweep of some axes, on a made-up market."""

    def make(*over, seeds=(7,), draws=None, loosening=(), market=MARKET, **shared):
        told = {"market": market, "first": "2026-01-05", "last": "2026-03-27", "capital": "1000000", "what_if": "",
                "rulebook": "2.0.0+abc", "in force": "2.0.0+abc"}  # fmt: skip
        made = space(over, loosening, draws=draws, seed=7)
        return Sweep(space=made, seeds=tuple(seeds), shared=told | shared, rate=0.0)

    return make


@pytest.fixture
def outcome():
    """Make what a trial brought of its daily returns."""

    def make(returns, head="a" * 64):
        equity = 1e6 * np.cumprod([1.0, *(1 + np.asarray(returns))])
        days = tuple(date(2026, 1, 4) + timedelta(days=i) for i in range(len(equity)))
        numbers = {"sharpe": ("Sharpe", "number", 9.0), "cagr": ("CAGR", "fraction", float(equity[-1] / 1e6 - 1))}
        estimates = tuple(Estimate(key=key, label=label, unit=unit, value=value, low=value - 1, high=value + 1)
                          for key, (label, unit, value) in numbers.items())  # fmt: skip
        return Outcome(head=head, entries=5, estimates=estimates, days=days, equity=tuple(map(float, equity)))

    return make


@pytest.fixture
def noise():
    """Daily returns without any skill, a row a variant."""
    return np.random.default_rng(11).normal(0.0, 0.01, (20, 60))
