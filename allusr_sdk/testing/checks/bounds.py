"""Check S401: what is opened lies inside declared bands and symbols, and its delta is the contract's own."""

from typing import cast

from allusr_sdk.contracts import Sleeve, greeks
from allusr_sdk.kernel.gates import in_band
from allusr_sdk.kernel.limits import Entry
from allusr_sdk.kernel.promises import broken_promise
from allusr_sdk.model.intents import Sell
from allusr_sdk.testing.checks.guards import entries, listed
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_OFF = 0.05  # so far may the delta that an intent names lie from the one that its quote's mid has


def inside_bands(trial: Trial) -> int:
    """Every answer of the scenario by the kernel's own `broken_promise` and `in_band`."""
    sleeve, seen = cast("Sleeve[object]", trial.fresh()), 0
    for ask in trial.walk.proposals():
        if broken := broken_promise(ask.answer or (), sleeve, ask.view):  # type: ignore[arg-type]
            raise Broken(f"{ask} {broken}")
        for entry in entries(ask, sleeve):
            seen += 1
            if vetoes := tuple(in_band(entry)):
                raise Broken(f"{ask}: {listed(vetoes)}, on {_contract(entry)}")
            _own_delta(entry, str(ask))
    return seen


def _own_delta(entry: Entry, where: str) -> None:
    if not isinstance(entry.intent, Sell):
        return
    own = greeks.own(entry.intent.quote, entry.view).delta
    if abs(own - entry.intent.delta) > _OFF:
        raise Broken(f"{where}: it names delta {entry.intent.delta:.3f} for {_contract(entry)}, which has {own:.3f}")


def _contract(entry: Entry) -> str:
    return str(entry.contract or entry.intent.symbol)
