"""What is found out of an account, a home and an installation before anybody judges it. What is unknown is None."""

from attrs import field, frozen

from allusr_sdk.config import Broker
from allusr_sdk.model.broker import Identity
from allusr_sdk.model.events import Armed
from allusr_sdk.model.nodes import AccountMap
from allusr_sdk.rulebook import Rulebook

LIVE, PAPER = "live", "paper"
UNKNOWN = "unknown"


@frozen(kw_only=True)
class Account:
    """What a broker connection says.

    Attributes:
        identity: None where it does not say; `silent` then tells why, in one line.
        skew: seconds between its clock, or a time server's, and ours; None where there is none to compare with.
        clock: whose clock that was.
    """

    identity: Identity | None = None
    silent: str = ""
    skew: float | None = None
    clock: str = ""


@frozen(kw_only=True)
class Locked:
    """The lock of the selected plugins.

    Attributes:
        digest: sha256 over them as they are installed; empty where they cannot be locked.
        drift: what differs from the lock's file; None where there is none.
        missing: why there is none; empty for a home that is a database, which has no folder to keep it in.
    """

    digest: str = ""
    drift: tuple[str, ...] | None = None
    missing: str = ""


@frozen(kw_only=True)
class House:
    """The installation and the home.

    Attributes:
        python, supported: version, and what the SDK supports, as packages write it.
        sdk: its version; empty where it is not installed.
        faulty: selected plugins that cannot be used, one line each.
        hidden: names that hide another, one line each.
        open_files: files and folders of the home that others may read; None for a database.
        free: megabytes of the disk; None for a database.
        schema, head: of the ledger and of this version; None where there is no ledger yet, `unread` why it is unread.
        engine: how the home's engine is: `alive`, `silent`, `gone`, `ended`, `none`, `unknown`.
        halts: what halts the home, one line each.
    """

    python: str
    supported: str
    sdk: str
    faulty: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    open_files: tuple[str, ...] | None = None
    free: int | None = None
    schema: str | None = None
    head: str = ""
    unread: str = ""
    engine: str = "none"
    halts: tuple[str, ...] = ()


@frozen(kw_only=True)
class Seen:
    """All that the checks look at.

    Attributes:
        armed: what a person armed; None where nothing is.
        mapped: in which of the broker's accounts ledgers of the run lie, and those that may fork from it (CAD-13).
    """

    mode: str
    wanted: Broker
    rules: Rulebook
    house: House
    account: Account = field(factory=Account)
    locked: Locked = field(factory=Locked)
    armed: Armed | None = None
    mapped: AccountMap = field(factory=AccountMap)


@frozen
class Answer:
    """What a check found and wants; `ok` is None where it is unknown. `do` is what mends it."""

    found: str
    wanted: str
    ok: bool | None
    do: str = ""


def nothing(found: tuple[str, ...], well: str, wanted: str, do: str) -> Answer:
    """The answer of a check that wants nothing to be found; `well` says so."""
    return Answer("; ".join(found) or well, wanted, not found, do)
