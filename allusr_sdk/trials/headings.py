"""What stands before anything else that a sweep shows: modelled prices, and rules that were loosened."""

from collections.abc import Iterator

from allusr_sdk.market.modelled import modelled
from allusr_sdk.trials.sweep import Sweep

_PRICES = {
    "modelled": "MODELLED OPTIONS: no option price here was ever quoted; the market is {market}",
    "unknown": "Whether the options of this market are real or modelled is unknown: {market} does not say.",
}


def headings(sweep: Sweep) -> Iterator[str]:
    """The headings of a sweep, in their order; none where options are real and no rule was loosened."""
    if sweep.prices != "real":
        yield modelled(sweep.market) or _PRICES.get(sweep.prices, _PRICES["unknown"]).format(market=sweep.market)
    loosened = [f"{axis.key} over {', '.join(axis.values) or f'{axis.low} to {axis.high}'}"
                for axis in sweep.space.axes if axis.loosens]  # fmt: skip
    if said := [*filter(None, [sweep.shared.get("what_if", "")]), *loosened]:
        yield f"WHAT-IF, rules were loosened: {'; '.join(said)}"
