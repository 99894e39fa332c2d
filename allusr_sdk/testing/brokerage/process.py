"""`Brokerage`: a broker process that a test starts, kills, starts again and ends."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from allusr_sdk.testing.brokerage.connection import Connection
from allusr_sdk.testing.brokerage.control import Control
from allusr_sdk.testing.brokerage.line import TIMEOUT

MODULE = "allusr_sdk.testing.brokerage"
PLUGIN = str(Path(__file__).with_name("plugin.py"))
"""The plugin that brings the broker `test`, by its path: for `--plugins` and `--broker test`."""
PLACE = "ALLUSR_TEST_BROKER"
"""Variable of the environment that names the file with the ports."""


class Brokerage:
    """A broker in a process of its own, whose account stays in a folder; started by `start` or as a context.

    Args:
        folder: keeps state and ports.
        options: of the process for a new account, as `fills="never"`, `partial=1`, `cash=250_000`, `seconds=60`.

    Attributes:
        place: file with the ports: what ALLUSR_TEST_BROKER names.
        control: the test's hand.
    """

    def __init__(self, folder: Path, **options: str | int | float) -> None:
        self._folder, self._options = folder, options
        self._process: subprocess.Popen[str] | None = None
        self._connections: list[Connection] = []
        self.place: Path = folder / "broker.ports"
        self.control: Control = Control(self.place)

    @property
    def environment(self) -> dict[str, str]:
        """What an engine's process must find in its environment to reach it by the plugin at `PLUGIN`."""
        return {PLACE: str(self.place)}

    def start(self) -> Self:
        """Start it, or again after a `kill` or `stop` with the account as it was; back when it listens.

        Raises:
            RuntimeError: it ended at once, and what it said.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        told = [f"--{name}={value}" for name, value in self._options.items()]
        command = [sys.executable, "-m", MODULE, f"--state={self._folder / 'broker.json'}", f"--place={self.place}"]
        with (self._folder / "broker.err").open("ab") as errors:
            self._process = subprocess.Popen([*command, *told], stdout=subprocess.PIPE, stderr=errors, text=True)
        if self._process.stdout is None or not self._process.stdout.readline():
            self.kill()
            raise RuntimeError(f"the broker process did not start: {(self._folder / 'broker.err').read_text()}")
        return self

    def connection(self, timeout: float = TIMEOUT) -> Connection:
        """A new connection for an engine; one that is still open when the context ends is closed."""
        self._connections.append(Connection(self.place, timeout))
        return self._connections[-1]

    def kill(self) -> None:
        """SIGKILL, as a machine dies."""
        if self._process is not None:
            self._process.kill()
            self._gone(self._process)

    def wait(self, seconds: float = 10.0) -> int:
        """The exit code, once it has ended by itself. Raises `subprocess.TimeoutExpired`."""
        if self._process is None:
            return 0
        code = self._process.wait(seconds)
        self._gone(self._process)
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.control.close()
        for each in self._connections:
            each.close()

    def _gone(self, process: "subprocess.Popen[str]") -> None:
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self.control.close()
        self._process = None
