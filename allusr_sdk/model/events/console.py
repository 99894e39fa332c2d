"""Who used a screen on a home, in the home's chain `console`."""

from attrs import field, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class ConsoleUsed(Event):
    """Somebody signed in or out, was turned away, or asked for what was refused before it became a wish.

    What was told to the home stands in the chain `operator`. No ledger means the account.
    """

    action: str = field(
        metadata={"doc": "`login`, `logout`, `lockout`, or what was asked for: `rearm`, `approve`, ..."}
    )
    actor: str = field(metadata={"doc": "name of the user, as it was given"})
    outcome: str = field(metadata={"doc": "`done` or `refused`"})
    why: str = ""
    origin: str = field(default="", metadata={"doc": "address that it came from"})
