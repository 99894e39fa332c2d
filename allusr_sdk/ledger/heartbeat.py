"""The heartbeat of a home: which engine runs there and when its loop last went on (KS-9).

A home that is a folder keeps it in one small file, which can be read while a process that hangs holds the database; one
that is a database of a server keeps it in a row (`ledger.hearts`).
"""

import os
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
from attrs import asdict, frozen

from allusr_sdk.ledger.clocks import Reading, born
from allusr_sdk.ledger.copies import PRIVATE_FILE

FILE = "heartbeat"
APART = timedelta(seconds=5)
"""How far the wall clocks of two machines, or of one before and after, may be apart before it is told."""


class Life(StrEnum):
    """How an engine is: alive; silent while its process is there; gone without a word; ended as it should.

    It is unknown where the beat lies ahead of the only clock that it can be held against.
    """

    ALIVE = "alive"
    SILENT = "silent"
    GONE = "gone"
    ENDED = "ended"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Heartbeat:
    """What an engine says of itself.

    Attributes:
        pid, born, host: the process, when it began (`clocks.born`) and its machine.
        at: the wall clock when the loop was last seen to go on, aware UTC.
        progress: how often the loop went round.
        run, instant: the run that is written, and the instant of its market; 0 and None before the first.
        ended: whether the engine said goodbye.
        boot, uptime: the same moment as `at` on the clock that nobody sets (`clocks.Reading`).
    """

    pid: int
    born: float
    host: str
    at: datetime
    progress: int = 0
    run: int = 0
    instant: datetime | None = None
    ended: bool = False
    boot: str = ""
    uptime: float = 0.0

    def age(self, now: Reading) -> timedelta:
        """How long it has been silent: by the clock that nobody sets where both looked at it, else by the wall clock.

        The wall clock may have been set since, so that this may be wrong either way, and below nought.
        """
        if self.boot and self.boot == now.boot:
            return timedelta(seconds=now.uptime - self.uptime)
        return now.wall - self.at

    def step(self, now: Reading) -> timedelta:
        """How far the wall clock was set since, forward or (below nought) back; nought where nothing else is known."""
        return now.wall - self.at - self.age(now)

    def life(self, now: Reading, silence: float) -> Life:
        """How the engine is, if a silence of so many seconds is one; a process of another host may still be there."""
        if self.ended:
            return Life.ENDED
        if self.host == now.host and not self._there(now):
            return Life.GONE
        if (age := self.age(now)) < -APART:
            return Life.UNKNOWN
        return Life.SILENT if age.total_seconds() > silence else Life.ALIVE

    def _there(self, now: Reading) -> bool:
        """Whether the process is still there, in this running of its machine."""
        return (not self.boot or self.boot == now.boot) and _there(self.pid, self.born)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def read(folder: Path) -> Heartbeat | None:
    """The heartbeat of a home's folder; None where no engine ever ran there, or the file is not to be read."""
    try:
        return decoded((folder / FILE).read_bytes())
    except OSError:
        return None


def write(folder: Path, beat: Heartbeat) -> None:
    """Put a heartbeat in the place of the last; a reader finds the one or the other. Raises `OSError`."""
    made = folder / f".{FILE}.{os.getpid()}"
    file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE_FILE)
    with open(file, "wb") as out:
        out.write(encoded(beat))
    os.replace(made, folder / FILE)


def encoded(beat: Heartbeat) -> bytes:
    """A heartbeat as it is kept."""
    return msgspec.json.encode(asdict(beat))


def decoded(kept: bytes) -> Heartbeat | None:
    """A kept heartbeat; None where it is not to be read."""
    try:
        return msgspec.json.decode(kept, type=Heartbeat)
    except msgspec.MsgspecError:
        return None


def _there(pid: int, since: float) -> bool:
    """Whether the process of that number is still the one that began then, and no corpse."""
    import psutil  # type: ignore[import-untyped]

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and abs(born(pid) - since) < 1)
    except psutil.Error:
        return False
