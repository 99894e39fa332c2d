"""Checks 701 and 702: time by a ratio to a reference beside it, memory by what stays behind."""

import gc
import tracemalloc
from collections.abc import Callable
from time import perf_counter

import numpy as np
from attrs import evolve

from allusr_sdk.contracts import SleeveView, choose
from allusr_sdk.model.chains import Chain
from allusr_sdk.model.intents import Band
from allusr_sdk.model.options import Right
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial
from allusr_sdk.testing.checks.views import with_chain, with_snapshots

CONTRACTS = 500
TIMES = 25.0
"""So many times as long as one choice by delta for each of its symbols may a proposal take."""
_ROUNDS, _ANYWHERE = 7, Band("CAD-8", 0.30, 0.35, 0, 60, "calendar", 0.3)
_CYCLES, _DIFFERENT, _KEPT = 250, 10, 400_000


def quick(trial: Trial) -> int:
    """The fastest of some rounds, each beside the reference, so that a busy machine slows both."""
    asks = [ask for ask in trial.lab.walk(trial.lab.market("calm")).proposals() if ask.opening][:3]
    for ask in asks:
        ratio = _ratio(ask.seen(_large), trial)
        if ratio > TIMES:
            about = f"{ask} over {CONTRACTS} contracts a symbol takes {ratio:.0f} times as long"
            raise Broken(f"{about} as a choice by delta for each symbol; {TIMES:.0f} times is the limit")
    return len(asks)


def _large(view: SleeveView) -> SleeveView:
    return with_snapshots(view, {name: with_chain(s, _dense) for name, s in view.market.snapshots.items()})


def _ratio(ask: Ask, trial: Trial) -> float:
    plugin = trial.fresh()
    ours, reference = _fastest(lambda: ask.again(plugin), lambda: _choices(ask.view, trial))
    return ours / reference


def _fastest(ours: Callable[[], object], reference: Callable[[], object]) -> tuple[float, float]:
    ours(), reference()  # chains are made and caches filled outside the measurement
    pairs = [(_time(ours), _time(reference)) for _ in range(_ROUNDS)]
    return min(one for one, _ in pairs), min(other for _, other in pairs)


def _time(call: Callable[[], object]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun


def _choices(view: SleeveView, trial: Trial) -> None:
    for symbol in filter(view.fresh, trial.subject.symbols):
        if expiries := view.expiries(symbol):
            choose(view.side(symbol, expiries[0], Right.PUT), _ANYWHERE, view)


def _dense(chain: Chain) -> Chain:
    """The chain where it has 500 contracts, else with strikes set between its own until it has."""
    if not 0 < len(chain) < CONTRACTS:
        return chain
    cut = chain.where(np.sort(np.resize(np.arange(len(chain)), CONTRACTS)))
    return evolve(cut, strike=cut.strike + np.arange(CONTRACTS) * len(chain) % CONTRACTS / CONTRACTS / 100)


# --- memory ---------------------------------------------------------------------------------------------------------


def lean(trial: Trial) -> int:
    """A few questions over and over: after a first time round nothing more stays."""
    plugin, asks = trial.fresh(), trial.asks(_DIFFERENT)
    if not asks:
        return 0
    tracemalloc.start()
    try:
        _cycle(plugin, asks, 2 * len(asks))
        before = _held()
        _cycle(plugin, asks, _CYCLES)
        grown = _held() - before
    finally:
        tracemalloc.stop()
    if grown > _KEPT:
        raise Broken(f"{_CYCLES} cycles left {grown / 1024:,.0f} KiB behind; {_KEPT / 1024:,.0f} is the limit")
    return _CYCLES


def _cycle(plugin: object, asks: "list[Ask] | tuple[Ask, ...] | object", times: int) -> None:
    for number in range(times):
        asks[number % len(asks)].again(plugin)  # type: ignore[index,arg-type]


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
