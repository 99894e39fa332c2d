"""The process of one account's engine: started by this one, or found running in its home."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from allusr_sdk.cli.restarts import GONE
from allusr_sdk.errors import AllusrError

if TYPE_CHECKING:
    from allusr_sdk.ledger.heartbeat import Heartbeat
    from allusr_sdk.ledger.hearts import Heart

# The command line of this very installation, whatever the folder holds in which it is typed.
ALLUSR = (sys.executable, "-P", "-c", "from allusr_sdk.cli import main; main()")
_MUCH = 1 << 20  # bytes of complaints that are read at once, and after which their file begins anew


class Process(Protocol):
    """An engine's process."""

    pid: int

    def ended(self) -> int | None:
        """Its exit code, a signal's below nought; None as long as it runs."""

    def send(self, number: int) -> None:
        """Send it a signal, unless it is gone."""

    def complaints(self) -> Iterator[str]:
        """What it has written to stderr since the last call, by whole lines."""

    def printed(self) -> str:
        """What it has printed, once it ended."""


class Started:
    """A process of a session of its own, so that what is typed here is not told it by the terminal.

    It writes to files and not into pipes: where this process dies, it goes on and notices nothing. Raises `OSError`.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115  # both are closed by close()
        self._err = tempfile.TemporaryFile(mode="ab+")  # noqa: SIM115
        self._told, self._rest = 0, b""
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err, start_new_session=True
            )
        except OSError:
            self.close()
            raise
        self.pid = self._process.pid

    def ended(self) -> int | None:
        """Its exit code, a signal's below nought; None as long as it runs."""
        return self._process.poll()

    def send(self, number: int) -> None:
        """Send it a signal, unless it is gone."""
        self._process.send_signal(number)

    def complaints(self) -> Iterator[str]:
        """What it has written to stderr since the last call, by whole lines; by the last one too, once it ended."""
        over = self.ended() is not None
        new = os.pread(self._err.fileno(), _MUCH, self._told)
        self._told += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        if (over and self._rest) or len(self._rest) > _MUCH:
            whole, self._rest = [*whole, self._rest], b""
        if self._told >= _MUCH and not over:
            self._err.truncate(0)
            self._told = 0
        yield from (line.decode(errors="replace") for line in whole if line.strip())

    def printed(self) -> str:
        """What it has printed, once it ended; asked once, after which there is nothing more to ask."""
        self._out.seek(0)
        try:
            return self._out.read().decode(errors="replace")
        finally:
            self.close()

    def close(self) -> None:
        """Let go of its files."""
        self._out.close()
        self._err.close()


class Found:
    """A process that runs in a home already; when it is gone, its heartbeat says whether it ended as it should."""

    def __init__(self, beat: "Heartbeat", heart: "Heart") -> None:
        self._beat, self._heart = beat, heart
        self.pid = beat.pid

    def ended(self) -> int | None:
        """0 after a goodbye, GONE without; None as long as it runs."""
        from allusr_sdk.ledger import clocks
        from allusr_sdk.ledger.heartbeat import Life

        if self._beat.life(clocks.reading(), float("inf")) is not Life.GONE:
            return None
        try:
            last = self._heart.read()
        except AllusrError:
            last = None
        return 0 if last is not None and last.pid == self.pid and last.ended else GONE

    def send(self, number: int) -> None:
        """Send it a signal, unless it is gone, or another user's."""
        with suppress(ProcessLookupError, PermissionError):
            if self.ended() is None:
                os.kill(self.pid, number)

    def complaints(self) -> Iterator[str]:
        """Nothing: they go where it was started."""
        yield from ()

    def printed(self) -> str:
        """Nothing."""
        return ""


def running(heart: "Heart") -> Found | None:
    """The engine that runs in a home by its heartbeat, where its process is one of this machine."""
    from allusr_sdk.ledger import clocks
    from allusr_sdk.ledger.heartbeat import Life

    try:
        beat, now = heart.read(), clocks.reading()
    except AllusrError:
        return None
    if beat is None or beat.host != now.host or beat.life(now, float("inf")) in (Life.GONE, Life.ENDED):
        return None
    return Found(beat, heart)
