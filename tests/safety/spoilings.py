"""Ways in which one number of a market can be missing, impossible, old, or at odds with another."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import numpy as np
from attrs import evolve

from allusr_sdk.model.views import MarketView
from tests.builders import THURSDAY, report

SYMBOL, NAN, INF = "AAPL", float("nan"), float("inf")
FAR = THURSDAY + timedelta(days=60)
NONE = {"unknown": NAN, "infinite": INF, "zero": 0.0, "negative": -1.0}
"""What no price and no count of contracts can be, or be enough at."""

Spoiling = Callable[[MarketView], MarketView]


def _snapshot(view: MarketView, **changes: object) -> MarketView:
    return evolve(view, snapshots={**view.snapshots, SYMBOL: evolve(view.snapshots[SYMBOL], **changes)})


def _chain(view: MarketView, **columns: object) -> MarketView:
    """The same market with columns of its chain put otherwise, in single quotes as well."""
    snapshot = view.snapshots[SYMBOL]
    made = evolve(snapshot.chain, **columns)
    return _snapshot(view, make_chain=lambda: made, quotes=lambda contracts: [made.find(c) for c in contracts])


def column(name: str, value: float) -> Spoiling:
    """One number of every option."""

    def spoil(view: MarketView) -> MarketView:
        return _chain(view, **{name: np.full(len(view.snapshots[SYMBOL].chain), value)})

    return spoil


def crossed(view: MarketView) -> MarketView:
    """Bids over asks."""
    chain = view.snapshots[SYMBOL].chain
    return _chain(view, bid=chain.ask.copy(), ask=chain.bid.copy())


def locked(view: MarketView) -> MarketView:
    """Bids at the asks."""
    return _chain(view, bid=view.snapshots[SYMBOL].chain.ask.copy())


def aged(seconds: float) -> Spoiling:
    """Quotes of another instant than the view's."""
    return lambda view: _chain(view, at=view.at - timedelta(seconds=seconds))


def _bare(view: MarketView, make_chain: object) -> MarketView:
    return _snapshot(view, make_chain=make_chain, quotes=lambda contracts: [None for _ in contracts])


def emptied(view: MarketView) -> MarketView:
    """A chain without rows."""
    made = view.snapshots[SYMBOL].chain.where(np.array([], np.intp))
    return _bare(view, lambda: made)


def share(**prices: float) -> Spoiling:
    """Prices of the underlying."""
    return lambda view: _snapshot(view, **prices)


def traded(volumes: tuple[float, ...]) -> Spoiling:
    """Daily volumes of every option."""
    return lambda view: _snapshot(view, volumes=lambda contract: volumes)


def shown(**changes: object) -> Spoiling:
    """Something of the view itself."""
    return lambda view: evolve(view, **changes)


def index(**changes: object) -> Spoiling:
    """Something of the VIX."""
    return lambda view: evolve(view, vix=evolve(view.vix, **changes))


def index_aged(seconds: float) -> Spoiling:
    """A VIX of another instant."""
    return lambda view: evolve(view, vix=evolve(view.vix, at=view.at - timedelta(seconds=seconds)))


def snapshot_aged(seconds: float) -> Spoiling:
    """An underlying of another instant."""
    return lambda view: _snapshot(view, at=view.at - timedelta(seconds=seconds))


def barred(**changes: object) -> Spoiling:
    """Something of every daily bar."""
    return lambda view: evolve(view, bars=_Bars(view.bars, changes))


class _Bars:
    def __init__(self, bars: object, changes: Mapping[str, object]) -> None:
        self._bars, self._changes = bars, changes

    def before(self, symbol: str, day: object, count: int) -> tuple[object, ...]:
        return tuple(evolve(bar, **self._changes) for bar in self._bars.before(symbol, day, count))

    def on(self, symbol: str, day: object) -> object:
        return self._bars.on(symbol, day)


def all_of(name: str, make: Callable[[float], Spoiling]) -> dict[str, Spoiling]:
    """A number that is unknown, infinite, zero and negative."""
    return {f"{name} {what}": make(value) for what, value in NONE.items()}


QUOTES = {
    **all_of("bid", lambda value: column("bid", value)),
    **all_of("ask", lambda value: column("ask", value)),
    "quotes crossed": crossed,
    "quotes locked": locked,
}
AGES = {"quotes old": aged(6), "quotes of later": aged(-60)}
CHAINS = {"chain none": lambda view: _bare(view, None), "chain empty": emptied}
INTEREST = all_of("open interest", lambda value: column("open_interest", value))
VOLUMES = {**all_of("volumes", lambda value: traded((value, value))), "volumes none": traded(())}
DELTAS = {
    "vendor delta infinite": column("delta", INF),
    "vendor delta of another option": column("delta", -0.90),
}
SPOTS = {
    **{f"share {what}": share(bid=value, ask=value, last=value) for what, value in NONE.items()},
    "share wide and no trade": share(bid=90.0, ask=110.0, last=NAN),
    "share crossed and no trade": share(bid=101.0, ask=99.0, last=NAN),
}
SIDES = {
    **{f"share bid {what}": share(bid=value) for what, value in NONE.items()},
    **{f"share ask {what}": share(ask=value) for what, value in NONE.items()},
    "share crossed": share(bid=101.0, ask=99.0),
}
WIDE = {"share wide": share(bid=97.0, ask=103.0, last=100.0)}
SNAPSHOTS = {
    "snapshot absent": shown(snapshots={}),
    "snapshot old": snapshot_aged(300),
    "snapshot of later": snapshot_aged(-300),
}
HALTED = {"halted": shown(halted=frozenset({SYMBOL}))}
INDEX = {
    **all_of("VIX", lambda value: index(value=value)),
    "VIX none": shown(vix=None),
    "VIX old": index_aged(121),
    "VIX of later": index_aged(-600),
}
EARLY = {"VIX before the open unknown": index(before_open=NAN)}
EARNINGS = {
    "reports absent": shown(earnings={}),
    "reports none": shown(earnings={SYMBOL: ()}),
    "reports old": shown(earnings={SYMBOL: (report(SYMBOL, FAR, as_of=THURSDAY - timedelta(8)),)}),
    "reports of later": shown(earnings={SYMBOL: (report(SYMBOL, FAR, as_of=THURSDAY + timedelta(1)),)}),
}
TERMS = {
    "rate unknown": shown(rate=NAN),
    "rate infinite": shown(rate=INF),
    "dividend yield unknown": share(dividend_yield=NAN),
    "dividend yield infinite": share(dividend_yield=INF),
}
UNKNOWN_TRADE = {f"share volume {what}": barred(volume=value) for what, value in NONE.items() if value}
NO_TRADE = {"share volume zero": barred(volume=0.0)}
