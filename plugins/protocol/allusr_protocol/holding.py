"""Doing nothing, said once for each half ATR."""

from math import floor

from allusr_sdk import Assessment, Position, Skip


def hold(position: Position, seen: Assessment) -> Skip:
    """Nothing to do at this level; the decision stands while m stays within half an ATR."""
    low = floor(seen.m * 2) / 2
    why = f"level {seen.watch.level}, m from {low:.1f} to {low + 0.5:.1f} ATR" + (f"; {seen.why}" if seen.why else "")
    return Skip(position.symbol, "PE-2", why, verdict="hold")
