"""`allusr` on a machine whose clock is that of the simulated TWS, as a live run needs both right (KS-9)."""

import os
import threading
from pathlib import Path

from allusr_sdk.cli import checkup, main
from allusr_sdk.ledger import clocks
from allusr_sdk.testing.tws import Control
from tests.ibkr.engines_happening import FOLDER


class Clock(threading.local):
    """The simulator's clock, over a connection of each thread's own."""

    def __init__(self):
        self._control = Control(Path(os.environ[FOLDER]) / "tws.ports", timeout=30)

    def __call__(self):
        return self._control.now()


if __name__ == "__main__":
    clocks.now = checkup._now = Clock()
    main()
