"""That a home may trade a live account, in a person's name, and no longer: entries of its chain `arming`."""

from attrs import field, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Armed(Event):
    """A person has armed the home. A live run starts only where all of this is still so (KS-11.15)."""

    broker: str = field(metadata={"doc": "name of the connection"})
    account: str
    live: bool
    currency: str
    permissions: tuple[str, ...]
    lock: str = field(metadata={"doc": "sha256 over the selected plugins as they were locked"})
    rulebook: str = field(metadata={"doc": "stamp of the rulebook"})
    actor: str
    reason: str


@frozen(kw_only=True)
class Disarmed(Event):
    """A person has taken that back."""

    actor: str
    reason: str
