"""`allusr` in forks of a process that has the imports behind it; with its broker `ibkr` goes a simulated TWS.

As market time goes a thousand times as fast as the wall's, the broker may ask more often than 40 times a second here.
Beside that it is the one of every run; before each question that names an instant the simulator comes to that instant,
and what is planned until then happens to it.
"""

import importlib
import os
from datetime import date
from pathlib import Path
from time import monotonic, sleep

from allusr_sdk.cli import main
from allusr_sdk.execution import ibkr
from allusr_sdk.execution.ibkr.link import Reach
from allusr_sdk.execution.ibkr.port import gateway
from allusr_sdk.model.calendar import xnys
from tests.crash.warm import HEAVY
from tests.forking import become, serve
from tests.ibkr.engines_happening import FOLDER, Happening

RATE, PATIENCE = 2000, 1.0


class Following(ibkr.IbkrBroker):
    """A connection to TWS, with the simulator's clock behind it."""

    def __init__(self, *given):
        super().__init__(*given)
        self._happening = Happening(Path(os.environ[FOLDER]))

    def statement(self, at):
        """At an instant that the simulator has come to."""
        self._arrive(at)
        return super().statement(at)

    def news(self, at):
        """Until an instant that the simulator has come to."""
        self._arrive(at)
        return super().news(at)

    def _arrive(self, at):
        """A connection that was cut comes back in less than an instant of the market, as it would in real time."""
        end = monotonic() + PATIENCE
        while self.link.joins and self.link.reach is Reach.DOWN and monotonic() < end:
            sleep(0.01)
        self._happening.arrive(at)


if __name__ == "__main__":
    for module in HEAVY:
        importlib.import_module(module)
    xnys().after(date(2026, 1, 5))
    become(**serve())
    ibkr.IbkrBroker, gateway.RATE = Following, RATE
    main()
