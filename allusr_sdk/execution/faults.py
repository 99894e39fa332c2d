"""Trouble on the way to the venue, for scenarios and tests: the simulated venue has none of its own (ORD-2)."""

from attrs import frozen

from allusr_sdk.execution.fills import uniform


@frozen(kw_only=True)
class Faults:
    """Which orders, and which acknowledgements, get lost: shares of all, drawn by seed and key alone.

    Attributes:
        lose_orders: share of orders that never reach the venue.
        lose_acks: share of orders that reach it and whose acknowledgement does not come back.
    """

    seed: int = 0
    lose_orders: float = 0.0
    lose_acks: float = 0.0

    def loses(self, key: str) -> bool:
        """Whether the order `key` never reaches the venue."""
        return uniform(self.seed, f"order {key}", 0) < self.lose_orders

    def silences(self, key: str) -> bool:
        """Whether the venue's acknowledgement of `key` is lost."""
        return uniform(self.seed, f"ack {key}", 0) < self.lose_acks
