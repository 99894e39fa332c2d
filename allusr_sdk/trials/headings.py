"""What stands before anything else that a sweep shows: modelled prices, and rules that were loosened."""

from collections.abc import Iterator

from allusr_sdk.market.modelled import heading
from allusr_sdk.trials.sweep import Sweep


def headings(sweep: Sweep) -> Iterator[str]:
    """The headings of a sweep, in their order; none where options are real and no rule was loosened."""
    if said := heading(sweep.market):
        yield said
    loosened = [f"{axis.key} over {', '.join(axis.values) or f'{axis.low} to {axis.high}'}"
                for axis in sweep.space.axes if axis.loosens]  # fmt: skip
    if changed := [*filter(None, [sweep.shared.get("what_if", "")]), *loosened]:
        yield f"WHAT-IF, rules were loosened: {'; '.join(changed)}"
