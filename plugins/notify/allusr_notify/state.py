"""What was told and what still waits, in one small file that nobody else may read."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from attrs import Factory, asdict, define, field

from allusr_notify.notes import Note
from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.settings.secrets import veiled

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_MOST, _KEPT = 2000, 1800  # notes that wait; beyond it only so many are kept


@define
class Cursor:
    """How far one account was told: the newest entry of its run and of each of the home's chains."""

    begun: bool = False
    run: int = 0
    seq: int = 0
    hash: str = ""
    chains: dict[str, int] = Factory(dict)
    engine: str = field(default="", metadata={"doc": "the silence that was told; empty while the engine is well"})
    trouble: str = field(default="", metadata={"doc": "why the home could not be read, as it was told"})


@define
class Waiting:
    """A note that some channels have not taken; `since` is the wall clock in seconds."""

    note: Note
    channels: list[str]
    since: float


@define
class State:
    """All of it.

    Attributes:
        accounts: how far each was told.
        waiting: oldest first.
        sent: when each channel took messages within the last hour.
        alive: the day of the last note that all is followed.
    """

    accounts: dict[str, Cursor] = Factory(dict)
    waiting: list[Waiting] = Factory(list)
    sent: dict[str, list[float]] = Factory(dict)
    alive: str = ""

    def shed(self) -> int:
        """Let go of what is too much: first what matters least, of that the oldest; how many."""
        from allusr_notify.kinds import RANK

        over = len(self.waiting) - _KEPT if len(self.waiting) > _MOST else 0
        order = sorted(self.waiting, key=lambda one: (RANK[one.note.severity], one.since))
        gone = set(map(id, order[:over]))
        self.waiting = [one for one in self.waiting if id(one) not in gone]
        return over


def place_of(home: str, named: Path | None) -> Path:
    """Where the state of a home is kept: in its folder, or for a database below ~/.allusr."""
    if named is not None:
        return named.expanduser()
    if "://" not in home:
        return Path(home).expanduser() / "notify.state"
    return Path("~/.allusr").expanduser() / f"notify-{hashlib.sha256(home.encode()).hexdigest()[:12]}.state"


@contextmanager
def kept(place: Path) -> Iterator[State]:
    """The state, held by this process alone for a `with` block.

    Raises:
        StateRefusal: another process has it.
        InputError: it cannot be read or written.
    """
    try:
        place.parent.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
        held = os.open(place.with_name(f".{place.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _PRIVATE_FILE)
    except OSError as why:
        raise InputError(f"--state {place}: cannot be written ({why.strerror})") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise StateRefusal(f"another `allusr notify` has {place}: end it first, or name another --state") from None
    try:
        yield read(place)
    finally:
        os.close(held)


def read(place: Path) -> State:
    """The state as it was written; a new one where there is none. Raises `InputError` for what is none."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=State)
    except FileNotFoundError:
        return State()
    except (OSError, msgspec.MsgspecError):
        raise InputError(f"--state {place}: is no state of `allusr notify`: move it away, and it begins anew") from None


def write(place: Path, state: State) -> None:
    """Put the state in the place of the last, whole or not at all. Raises `OSError`."""
    made = place.with_name(f".{place.name}.{os.getpid()}")
    file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _PRIVATE_FILE)
    with open(file, "wb") as out:
        out.write(veiled(msgspec.json.encode(asdict(state)).decode()).encode())
        out.flush()
        os.fsync(out.fileno())
    os.replace(made, place)
