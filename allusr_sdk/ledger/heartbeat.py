"""The heartbeat of a home: one small file that says which engine runs there and when its loop last went on (KS-9)."""

import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
from attrs import asdict, frozen

from allusr_sdk.ledger.copies import PRIVATE_FILE

FILE = "heartbeat"


class Life(StrEnum):
    """How an engine is: alive; silent while its process is there; gone without a word; ended as it should."""

    ALIVE = "alive"
    SILENT = "silent"
    GONE = "gone"
    ENDED = "ended"


@frozen(kw_only=True)
class Heartbeat:
    """What the file says.

    Attributes:
        pid, born, host: the process, when it began (seconds since the epoch) and its machine.
        at: the wall clock when the loop was last seen to go on, aware UTC.
        progress: how often the loop went round.
        run, instant: the run that is written, and the instant of its market; 0 and None before the first.
        ended: whether the engine said goodbye.
    """

    pid: int
    born: float
    host: str
    at: datetime
    progress: int = 0
    run: int = 0
    instant: datetime | None = None
    ended: bool = False

    def age(self, now: datetime) -> timedelta:
        """How long it has been silent."""
        return now - self.at

    def life(self, now: datetime, silence: float, here: str) -> Life:
        """How the engine is, if a silence of so many seconds is one; a process of another host may still be there."""
        if self.ended:
            return Life.ENDED
        if self.host == here and not _there(self.pid, self.born):
            return Life.GONE
        return Life.SILENT if self.age(now).total_seconds() > silence else Life.ALIVE

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def read(folder: Path) -> Heartbeat | None:
    """The heartbeat of a home; None where no engine ever ran there, or the file is not to be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Heartbeat)
    except (OSError, msgspec.MsgspecError):
        return None


def write(folder: Path, beat: Heartbeat) -> None:
    """Put a heartbeat in the place of the last; a reader finds the one or the other. Raises `OSError`."""
    made = folder / f".{FILE}.{os.getpid()}"
    file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE_FILE)
    with open(file, "wb") as out:
        out.write(msgspec.json.encode(asdict(beat)))
    os.replace(made, folder / FILE)


def now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def born(pid: int) -> float:
    """When a process began, in seconds since the epoch. Raises `psutil.NoSuchProcess`."""
    import psutil  # type: ignore[import-untyped]

    return float(psutil.Process(pid).create_time())


def _there(pid: int, since: float) -> bool:
    """Whether the process of that number is still the one that began then, and no corpse."""
    import psutil

    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - since) < 1)
    except psutil.Error:
        return False
