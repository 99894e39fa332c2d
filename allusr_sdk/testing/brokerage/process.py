"""`Brokerage`: a broker process that a test starts, kills, starts again and ends."""

from pathlib import Path

from allusr_sdk.testing.brokerage.connection import Connection
from allusr_sdk.testing.brokerage.control import Control
from allusr_sdk.testing.brokerage.line import TIMEOUT
from allusr_sdk.testing.channel.process import Process

MODULE = "allusr_sdk.testing.brokerage"
PLUGIN = str(Path(__file__).with_name("plugin.py"))
"""The plugin that brings the broker `test`, by its path: for `--plugins` and `--broker test`."""
PLACE = "ALLUSR_TEST_BROKER"
"""Variable of the environment that names the file with the ports."""


class Brokerage(Process):
    """A broker in a process of its own, whose account stays in a folder; started by `start` or as a context.

    Args:
        folder: keeps state and ports.
        options: of the process for a new account, as `fills="never"`, `partial=1`, `cash=250_000`, `seconds=60`.

    Attributes:
        place: file with the ports: what ALLUSR_TEST_BROKER names.
        control: the test's hand.
    """

    def __init__(self, folder: Path, **options: str | int | float) -> None:
        super().__init__(MODULE, folder, "broker", dict(options))
        self._connections: list[Connection] = []
        self.control: Control = Control(self.place)

    @property
    def environment(self) -> dict[str, str]:
        """What an engine's process must find in its environment to reach it by the plugin at `PLUGIN`."""
        return {PLACE: str(self.place)}

    def connection(self, timeout: float = TIMEOUT) -> Connection:
        """A new connection for an engine; one that is still open when the context ends is closed."""
        self._connections.append(Connection(self.place, timeout))
        return self._connections[-1]

    def close(self) -> None:
        """Let the control's connection and all others go."""
        self.control.close()
        for each in self._connections:
            each.close()

    def _parted(self) -> None:
        self.control.close()
