"""Views that went bad: what feeds do in their worst hour, one at a time."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from attrs import evolve

from allusr_sdk.contracts import SleeveView
from allusr_sdk.model.chains import Chain
from allusr_sdk.model.views import Snapshot
from allusr_sdk.testing.checks.views import of_market, with_chain, with_snapshots

NAN = float("nan")
Spoil = Callable[[SleeveView], SleeveView]


def _snapshots(change: Callable[[Snapshot], Snapshot]) -> Spoil:
    return lambda view: with_snapshots(view, {n: change(s) for n, s in view.market.snapshots.items()})


def _chains(change: Callable[[Chain], Chain]) -> Spoil:
    return _snapshots(lambda snapshot: with_chain(snapshot, change))


def _filled(**values: float) -> Spoil:
    """Every row of every chain with one value in some columns."""
    return _chains(lambda chain: _with(chain, **values))


def _with(chain: Chain, **values: float) -> Chain:
    columns: dict[str, Any] = {name: np.full(len(chain), value) for name, value in values.items()}
    return evolve(chain, **columns)


def _no_options(snapshot: Snapshot) -> Snapshot:
    return evolve(snapshot, make_chain=None, quotes=lambda contracts: [None for _ in contracts])


SPOILS: Mapping[str, Spoil] = {
    "an empty chain": _chains(lambda chain: chain.where(np.zeros(len(chain), bool))),
    "no chain": _snapshots(_no_options),
    "quotes of NaN": _filled(bid=NAN, ask=NAN),
    "crossed quotes": _chains(lambda chain: evolve(chain, bid=chain.ask + 0.05, ask=chain.bid.copy())),
    "zero bids": _filled(bid=0.0),
    "zero on both sides": _filled(bid=0.0, ask=0.0),
    "no volume, interest or delta": _filled(volume=NAN, open_interest=NAN, delta=NAN),
    "a share price of NaN": _snapshots(lambda s: evolve(s, bid=NAN, ask=NAN, last=NAN)),
    "a share price of zero": _snapshots(lambda s: evolve(s, bid=0.0, ask=0.0, last=0.0)),
    "stale snapshots": _snapshots(lambda s: evolve(s, at=s.at - timedelta(minutes=30))),
    "no symbol at all": lambda view: with_snapshots(view, {}),
    "every symbol halted": lambda view: of_market(
        view,
        lambda m: evolve(m, halted=frozenset(m.snapshots), snapshots={n: _gone(s) for n, s in m.snapshots.items()}),
    ),
    "no VIX": lambda view: of_market(view, lambda market: evolve(market, vix=None)),
    "no earnings calendar": lambda view: of_market(view, lambda market: evolve(market, earnings={})),
    "no ATR": lambda view: evolve(view, ranges=lambda symbol: None),
}


def _gone(snapshot: Snapshot) -> Snapshot:
    """A halted share's options: no quotes at all."""
    return with_chain(snapshot, lambda chain: _with(chain, bid=NAN, ask=NAN))
