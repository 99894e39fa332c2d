"""What the clocks of a machine show: the wall clock, which may be set at any time, and one that nobody sets."""

import os
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from attrs import frozen

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19  # of the fields behind the name of a process in /proc/PID/stat


@frozen
class Reading:
    """One look at the clocks of a machine.

    Attributes:
        wall: the wall clock, aware UTC.
        host: the machine's name.
        boot: name of its running since it was started; empty where the system gives none.
        uptime: seconds on the clock that nobody sets; comparable within one `boot` alone.
    """

    wall: datetime
    host: str
    boot: str = ""
    uptime: float = 0.0


def now() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def reading() -> Reading:
    """A look at this machine's clocks."""
    return Reading(now(), socket.gethostname(), boot(), time.monotonic())


@cache
def boot() -> str:
    """Name of this machine's running since it was started; empty where the system gives none."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def born(pid: int) -> float:
    """When a process began: seconds since its machine was started, or since the epoch where only that is known.

    psutil adds the first to the start of the machine by the wall clock, and so gives another number after a step.

    Raises:
        psutil.NoSuchProcess: there is none of that number.
    """
    if boot():
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            return int(fields[_STARTED]) / os.sysconf("SC_CLK_TCK")
    import psutil  # type: ignore[import-untyped]

    return float(psutil.Process(pid).create_time())
