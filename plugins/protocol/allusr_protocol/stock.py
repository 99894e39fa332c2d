"""Shares: watched at level 1, hedged and written against at level 2, sold at level 3 after their calls (PE-3)."""

from collections.abc import Iterator

from allusr_protocol.holding import hold
from allusr_protocol.seen import is_call
from allusr_sdk import Assessment, Candidate, Intent, Position, Shares, Skip, SleeveView


def answer_shares(position: Position, seen: Assessment, view: SleeveView) -> Iterator[Intent | Candidate]:
    """A hold up to level 2, whose hedge, freeze and recovery call follow from the level; at 3 the shares leave."""
    if seen.watch.level < 3:
        yield hold(position, seen)
    elif any(is_call(p) and p.symbol == position.symbol for p in view.book.positions.values()):
        yield Skip(position.symbol, "PE-3", "level 3: its calls are bought back first", verdict="hold")
    else:
        why = f"level 3 at {seen.m:.2f} scaled ATR under the basis: shares leave"
        yield Shares(position.symbol, "PE-3", why, {"m": seen.m}, quantity=-position.quantity, position=position)
