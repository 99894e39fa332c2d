"""Weeks by hand: what sleeves are to have made, without a run."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from allusr_sdk.montecarlo import Calendar, Source, Weeks
from allusr_sdk.montecarlo.layout import SLEEVES
from allusr_sdk.montecarlo.weeks import CALM, FLAT, FREE, KEPT, KNOWN, MEASURES, PNL, REALISED

FIRST = date(2026, 1, 5)


def source(market="by hand", **more):
    """A source of a year."""
    about = {"run": 1, "mode": "backtest", "market": market, "rulebook": "2.0.0+abc", "what_if": {}}
    return Source(**{**about, "first": FIRST, "last": FIRST + timedelta(weeks=52), **more})


def weeks(pnl, *, realised=None, kept=None, market="by hand", free=1.0, calm=1.0, capital="300000", **more):
    """Weeks in which each sleeve made what `pnl` says: one number, one a week, or weeks x sleeves."""
    pnl = np.asarray(pnl, dtype=float)
    if pnl.ndim == 0:
        pnl = np.full(60, float(pnl))
    made = pnl if pnl.ndim == 2 else np.repeat(pnl[:, None], len(SLEEVES), axis=1)
    values = np.zeros((len(MEASURES), *made.shape))
    values[PNL], values[REALISED], values[KEPT] = made, made if realised is None else realised, kept or 0.0
    values[FREE], values[CALM], values[KNOWN], values[FLAT] = free, calm, 1.0, 1.0
    count = len(made)
    calendar = Calendar.of([FIRST + timedelta(weeks=k) for k in range(count + 1)])
    equity = np.zeros((count + 1, len(SLEEVES)), dtype=np.int64)
    return Weeks(source=source(market, **more), capital=Decimal(capital), calendar=calendar, ledgers=SLEEVES,
                 values=values, equity=equity)  # fmt: skip


def drawn_weeks(seed, count=80, *, scale=0.03, mean=0.004):
    """Weeks of any kind: gains and losses of each sleeve, some that are neither calm nor free."""
    random = np.random.default_rng(seed)
    pnl = np.clip(random.normal(mean, scale, (count, len(SLEEVES))), -0.9, 0.9)
    shape = pnl.shape
    return weeks(pnl, realised=pnl * random.uniform(0, 1.5, shape), free=random.uniform(0, 1, shape),
                 calm=(random.random(shape) > 0.2).astype(float))  # fmt: skip
