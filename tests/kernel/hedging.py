"""Wishes for hedges, and worlds in which they are made."""

from datetime import date

from attrs import evolve

from allusr_sdk.model.intents import Hedge
from tests.builders import AT, contract, market, quote, snapshot
from tests.kernel.watchers import watcher

AUGUST = date(2026, 8, 21)
PUT, LOWER = contract(540, expiry=AUGUST, root="SPY"), contract(480, expiry=AUGUST, root="SPY")
BUY, SELL = quote(PUT, 9.90, 10.10), quote(LOWER, 3.95, 4.05)


def hedge(buy=BUY, sell=None, *, lots=2, trigger="L2", **more):
    return Hedge(
        buy.contract.underlying, "PE-9 PE-10", "as told", buy=buy, sell=sell, lots=lots, trigger=trigger, **more
    )


def scene(*quotes, at=AT, **more):
    """AAPL and the underlyings of some contracts."""
    rows = {}
    for one in quotes or (BUY, SELL):
        rows.setdefault(one.contract.underlying, []).append(evolve(one, at=at))
    return market(
        snapshot("AAPL", 100.0, at=at), *(snapshot(s, 600.0, q, at=at) for s, q in rows.items()), at=at, **more
    )


def wishing(*wishes):
    """A protocol that wishes the same at every instant."""
    return watcher(hedge=lambda view: list(wishes))


def one(world):
    return world.book.ledgers["stub"]
