"""Executions as they stand: each once, as it was told last, with all the ids that it had (B07, B08)."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from allusr_sdk.model.broker import Execution, key_of


@frozen
class Trade:
    """An execution of an order of ours.

    Attributes:
        key: of the order.
        told: as it was told last.
        names: its ids, newest first.
        at: when it was told first, for a correction has an instant of its own.
    """

    key: str
    told: Execution
    names: tuple[str, ...]
    at: datetime

    @property
    def id(self) -> str:
        """The newest id."""
        return self.told.id


def trades(executions: Sequence[Execution]) -> tuple[Trade, ...]:
    """Those of ours in a statement, oldest first; one that is told twice is one, and one that was corrected none."""
    known = {e.id: e for e in executions}
    replaced = {e.corrects for e in known.values()}
    mine = (e for e in known.values() if e.id not in replaced and key_of(e.reference))
    return tuple(sorted((_trade(e, known) for e in mine), key=lambda trade: trade.at))


def _trade(execution: Execution, known: dict[str, Execution]) -> Trade:
    names, at = [execution.id], execution.at
    while (name := known[names[-1]].corrects) and name not in names:
        names.append(name)
        if name not in known:
            break  # the broker remembers it no more
        at = min(at, known[name].at)
    return Trade(key_of(execution.reference), execution, tuple(names), at)
