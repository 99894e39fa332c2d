"""What a person, a file or a watchdog tells a home: asked, heard by an engine, obeyed, answered (KS-8)."""

from datetime import datetime

from attrs import field, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class OperatorAsked(Event):
    """A wish, in the home's chain `operator`: it stands before any engine knows of it. No ledger means the account."""

    action: str = field(metadata={"doc": "`halt`, `pause`, `resume`, `rearm`, `audit` or `explain`"})
    actor: str = field(metadata={"doc": "a person's name, `file` or `watchdog`"})
    reason: str
    source: str = field(default="", metadata={"doc": "the file that it came by while the database was held"})
    about: str = field(default="", metadata={"doc": "the break that is explained: its code, a space, its subject"})


@frozen(kw_only=True)
class OperatorHeard(Event):
    """An engine is about to obey a wish (by the number of its entry), at this instant of its run's market.

    A restart that lives through the instant again meets the wish there.
    """

    wish: int
    run: int
    instant: datetime
    first: str = field(
        default="", metadata={"doc": "hash of the run's first entry; empty where an earlier version wrote it"}
    )


@frozen(kw_only=True)
class OperatorAnswered(Event):
    """What came of a wish in a run: `obeyed`, or `refused` and why."""

    wish: int
    run: int
    outcome: str
    why: str = ""
    first: str = field(default="", metadata={"doc": "as in `OperatorHeard`"})
