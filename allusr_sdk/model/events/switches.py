"""The state machine and the kill switches: who moved what, on which value, and why (KS-8)."""

from datetime import datetime

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class StateChanged(Event):
    """The state machine left its cycle: EMERGENCY, MAINTENANCE, AUDIT, SAFE and back."""

    before: str
    after: str
    cause: str


@frozen(kw_only=True)
class SwitchWaiting(Event):
    """A value stands above a tier's threshold and waits for more samples; entries wait with it (KS-2).

    `count` is the number of consecutive samples so far, this one stamped `sample`; 0 tells that none waits any more.
    """

    tier: str
    count: int
    value: float | None = None
    sample: datetime | None = None


@frozen(kw_only=True)
class SwitchChanged(Event):
    """A kill switch moved (KS-1, KS-8). With a ledger it binds that sleeve, without one the account.

    Each cause has a switch of its own: VIX, STALE, LOSS, WEEK, L3, PIVOT, GUARD, BREAK, LINK, USER. What binds is what
    all permit.
    `samples` are the readings that it rests on, `cancels` the working orders that it asks to be cancelled.
    """

    cause: str = "VIX"
    before: str
    after: str
    value: float | None
    threshold: float | None
    actor: str = "system"
    reason: str = ""
    approver: str = ""
    source: str = ""
    samples: tuple[str, ...] = ()
    cancels: int = 0
