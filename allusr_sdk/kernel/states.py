"""The state machine as one table (rules, part 1.6).

A cycle goes once round the ring: a new instant closes the pass before it (CLOSING, RECONCILING, SAFE) and begins the
next (SCANNING, ANALYZING, ORDERING); between instants the machine rests in MONITORING, after a session in SAFE.
EMERGENCY sends nothing and is left by a person alone; MAINTENANCE decides nothing; AUDIT opens nothing until books and
broker agree.
"""

from collections.abc import Iterable
from enum import StrEnum

from allusr_sdk.errors import KernelError, StateRefusal


class State(StrEnum):
    """Where the machine is; every journal entry carries it."""

    SAFE = "SAFE"
    SCANNING = "SCANNING"
    ANALYZING = "ANALYZING"
    ORDERING = "ORDERING"
    MONITORING = "MONITORING"
    CLOSING = "CLOSING"
    RECONCILING = "RECONCILING"
    EMERGENCY = "EMERGENCY"
    MAINTENANCE = "MAINTENANCE"
    AUDIT = "AUDIT"


S = State

RING = (S.SAFE, S.SCANNING, S.ANALYZING, S.ORDERING, S.MONITORING, S.CLOSING, S.RECONCILING)

TRANSITIONS: dict[tuple[State, str], State] = {
    (S.SAFE, "wake"): S.SCANNING,
    (S.SCANNING, "scanned"): S.ANALYZING,
    (S.ANALYZING, "analyzed"): S.ORDERING,
    (S.ORDERING, "ordered"): S.MONITORING,
    (S.MONITORING, "pass over"): S.CLOSING,
    (S.CLOSING, "closed"): S.RECONCILING,
    (S.RECONCILING, "agreed"): S.SAFE,
    (S.RECONCILING, "broken"): S.AUDIT,
    (S.SAFE, "audit"): S.AUDIT,
    (S.SAFE, "reconcile"): S.RECONCILING,
    (S.AUDIT, "agreed"): S.SAFE,
    (S.SAFE, "upgrade"): S.MAINTENANCE,
    (S.MAINTENANCE, "upgraded"): S.SAFE,
    (S.EMERGENCY, "rearmed"): S.SAFE,
} | {(state, "halt"): S.EMERGENCY for state in S}


OUTSIDE = (S.EMERGENCY, S.MAINTENANCE, S.AUDIT)
"""States outside the ring, in which a machine stays until it is led back."""


def resumed(state: str, tiers: Iterable[str]) -> State:
    """The state in which a machine wakes over books: a halt stands whatever they say, a pass is begun anew."""
    if "HALT" in tiers:
        return State.EMERGENCY
    return State(state) if state in OUTSIDE else State.SAFE


class Machine:
    """The running state. `do` follows the table and nothing else."""

    def __init__(self, state: State = State.SAFE) -> None:
        self.state = state

    def do(self, trigger: str) -> State:
        """Take a transition; raises `StateRefusal` where the table has none for this state."""
        after = TRANSITIONS.get((self.state, trigger))
        if after is None:
            allowed = sorted(t for s, t in TRANSITIONS if s is self.state)
            raise StateRefusal(f"state {self.state}: '{trigger}' is not possible here; possible: {', '.join(allowed)}")
        self.state = after
        return after

    def finish_pass(self) -> None:
        """Bring a machine that rests in MONITORING to SAFE; one that already rests there stays."""
        if self.state is State.SAFE:
            return
        if self.state is not State.MONITORING:
            raise KernelError(f"a pass cannot end in {self.state}")
        for trigger in ("pass over", "closed", "agreed"):
            self.do(trigger)
