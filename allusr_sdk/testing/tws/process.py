"""`Tws`: a simulator process that a test starts, kills, starts again and ends."""

from pathlib import Path

import msgspec

from allusr_sdk.testing.channel.line import Ports
from allusr_sdk.testing.channel.process import Process
from allusr_sdk.testing.tws.control import Control

MODULE = "allusr_sdk.testing.tws"


class Tws(Process):
    """A simulated TWS in a process of its own, whose state stays in a folder; started by `start` or as a context.

    Args:
        folder: keeps state and ports.
        options: of `python -m allusr_sdk.testing.tws --help` for a new state, with `_` for `-`: `accounts="DU1:50000"`,
            `market="synthetic"`, `symbols="SPY,AAPL"`, `fills="never"`, `speed=60`.

    Attributes:
        place: file with the ports.
        control: the test's hand.
    """

    def __init__(self, folder: Path, **options: str | int | float | Path) -> None:
        super().__init__(MODULE, folder, "tws", dict(options))
        self.control: Control = Control(self.place)

    @property
    def port(self) -> int:
        """Where clients connect, on 127.0.0.1; another one after each start unless `port` is given."""
        return msgspec.json.decode(self.place.read_bytes(), type=Ports).engine

    def close(self) -> None:
        """Let the control's connection go."""
        self.control.close()

    def _parted(self) -> None:
        self.control.close()
