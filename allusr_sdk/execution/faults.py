"""Trouble on the way to the venue, for scenarios and tests: the simulated venue has none of its own (ORD-2)."""

from datetime import date, datetime, timedelta
from math import inf

from attrs import define, frozen

from allusr_sdk.execution.fills import uniform


@frozen(kw_only=True)
class Faults:
    """What goes wrong with which orders: shares of all, drawn by seed and key alone.

    Attributes:
        lose_orders: share of orders that never reach the venue.
        lose_acks: share of orders that reach it and whose acknowledgement does not come back.
        reject: share of orders that the venue rejects.
        partial: part of what is left of an order that each of its executions takes, at least one contract or share;
            zero takes all. Combos fill whole.
        duplicate_fills: share of executions that are reported twice.
        disconnect_after: number of orders of a session after which nothing reaches the venue for a while.
        disconnect_seconds: how long that lasts.
    """

    seed: int = 0
    lose_orders: float = 0.0
    lose_acks: float = 0.0
    reject: float = 0.0
    partial: float = 0.0
    duplicate_fills: float = 0.0
    disconnect_after: float = inf
    disconnect_seconds: float = 1800.0

    def loses(self, key: str) -> bool:
        """Whether the order `key` never reaches the venue."""
        return self._drawn(f"order {key}", self.lose_orders)

    def silences(self, key: str) -> bool:
        """Whether the venue's acknowledgement of `key` is lost."""
        return self._drawn(f"ack {key}", self.lose_acks)

    def rejects(self, key: str) -> bool:
        """Whether the venue rejects the order `key`."""
        return self._drawn(f"reject {key}", self.reject)

    def repeats(self, execution: str) -> bool:
        """Whether an execution is reported twice."""
        return self._drawn(f"repeat {execution}", self.duplicate_fills)

    def _drawn(self, what: str, share: float) -> bool:
        return uniform(self.seed, what, 0) < share


@define
class Wire:
    """The way to the venue: it counts what a session sends, and is cut once in it; a restart counts it again."""

    faults: Faults
    _day: date | None = None
    _sent: int = 0
    _mended: datetime | None = None

    def carries(self, key: str, now: datetime) -> bool:
        """Whether an order that is sent at an instant arrives."""
        if now.date() != self._day:
            self._day, self._sent, self._mended = now.date(), 0, None
        self._sent += 1
        if self._sent > self.faults.disconnect_after and self._mended is None:
            self._mended = now + timedelta(seconds=self.faults.disconnect_seconds)
        return not self.cut(now) and not self.faults.loses(key)

    def cut(self, now: datetime) -> bool:
        """Whether nothing passes at an instant."""
        return self._mended is not None and now < self._mended
