"""Doing nothing, said once for each half ATR; and preparing rolls, once an entering and session."""

from collections.abc import Iterator
from math import floor

from allusr_protocol.ladder import candidates
from allusr_sdk import Assessment, Candidate, Position, Quote, Skip, SleeveView


def hold(position: Position, seen: Assessment) -> Skip:
    """Nothing to do at this level; the decision stands while m stays within half an ATR."""
    low = floor(seen.m * 2) / 2
    why = f"level {seen.watch.level}, m from {low:.1f} to {low + 0.5:.1f} ATR" + (f"; {seen.why}" if seen.why else "")
    return Skip(position.symbol, "PE-2", why, verdict="hold")


def prepares(position: Position, seen: Assessment) -> bool:
    """Whether roll candidates are due at this instant (PE-2)."""
    return seen.watch.prepared is not None and seen.watch.prepared != position.watch.prepared


def prepared(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Iterator[Candidate]:
    """Roll candidates where they are due; of calls only those further up (PE-3)."""
    if prepares(position, seen):
        yield from upward(position, quote, view) if not quote.contract.is_put else candidates(position, quote, view)


def upward(position: Position, quote: Quote, view: SleeveView) -> Iterator[Candidate]:
    """The rungs of a call's ladder that lie over its strike (PE-3: up and out)."""
    for rung in candidates(position, quote, view):
        if rung.sell is None or rung.sell.contract.strike > quote.contract.strike:
            yield rung
