"""Feeds in trouble and halts: what a snapshot and VIX look like to who only sees what arrives."""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Any

from attrs import evolve

from allusr_sdk.market.synthetic.script import Told
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Snapshot, Vix

Snapshots = Mapping[str, Snapshot]


class Feed:
    """What arrives, and what arrived last."""

    def __init__(self) -> None:
        self._shown: Snapshots = {}
        self._before_halt: dict[str, Snapshot] = {}
        self._vix: Vix | None = None

    def snapshots(self, told: Told, clock: time, made: Snapshots) -> Snapshots:
        """The snapshots of an instant as they arrive."""
        if not told.troubled:
            self._shown, self._before_halt = made, {}
            return made
        shown: dict[str, Snapshot | None] = dict(made)
        halted = told.halted(clock)
        for symbol in [s for s in self._before_halt if s not in halted]:
            del self._before_halt[symbol]
        for halt in told.halts:
            if halt.symbol in made and halt.start <= clock < halt.end:
                shown[halt.symbol] = self._halted(made[halt.symbol], halt.quotes)
        for trouble in told.troubles(clock):
            for symbol in made if trouble.symbol == "*" else [s for s in made if s == trouble.symbol]:
                arriving = shown[symbol]
                shown[symbol] = arriving and _SPOILT[trouble.what](arriving, self._shown.get(symbol))
        self._shown = {symbol: snapshot for symbol, snapshot in shown.items() if snapshot is not None}
        return self._shown

    def vix(self, told: Told, clock: time, made: Vix) -> Vix | None:
        """VIX of an instant as it arrives; its closes are known from elsewhere."""
        troubles = {trouble.what for trouble in told.troubles(clock) if trouble.symbol in ("VIX", "*")}
        if "missing" in troubles:
            return None
        if "stale" in troubles:
            return None if self._vix is None else evolve(self._vix, closes=made.closes, before_open=made.before_open)
        self._vix = made
        return made

    def _halted(self, snapshot: Snapshot, quotes: str) -> Snapshot:
        before = self._before_halt.setdefault(snapshot.symbol, self._shown.get(snapshot.symbol, snapshot))
        if quotes == "gone":
            return _requoted(snapshot, _none)
        return evolve(snapshot, make_chain=before.make_chain, quotes=before.quotes)


def _stale(snapshot: Snapshot, before: Snapshot | None) -> Snapshot | None:
    return before


def _missing(snapshot: Snapshot, before: Snapshot | None) -> Snapshot:
    return evolve(snapshot, make_chain=None, quotes=lambda wanted: (None,) * len(wanted), volumes=lambda contract: ())


def _crossed(snapshot: Snapshot, before: Snapshot | None) -> Snapshot:
    return _requoted(snapshot, lambda bid, ask: (ask, bid))


def _zero(snapshot: Snapshot, before: Snapshot | None) -> Snapshot:
    return _requoted(snapshot, _none)


_SPOILT: Mapping[str, Callable[[Snapshot, Snapshot | None], Snapshot | None]] = {
    "stale": _stale,
    "missing": _missing,
    "crossed": _crossed,
    "zero": _zero,
}


def _none(bid: Any, ask: Any) -> tuple[Any, Any]:  # noqa: ANN401 - of one quote or of a chain's columns
    """No bids and no asks."""
    return bid * 0, ask * 0


def _requoted(snapshot: Snapshot, sides: Callable[[Any, Any], tuple[Any, Any]]) -> Snapshot:
    """A snapshot whose options have other bids and asks, made of their own."""

    def requoted[T: (Chain, Quote)](known: T) -> T:
        bid, ask = sides(known.bid, known.ask)
        return evolve(known, bid=bid, ask=ask)

    def chain() -> Chain:
        made = snapshot.chain
        assert made is not None
        return requoted(made)

    def quotes(wanted: Sequence[Contract]) -> Sequence[Quote | None]:
        return tuple(quote and requoted(quote) for quote in snapshot.quotes(wanted))

    return evolve(snapshot, make_chain=chain, quotes=quotes)
