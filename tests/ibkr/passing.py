"""Time of a simulated TWS that passes while a market waits, and an engine whose clock goes with it."""

from allusr_sdk.cli import checkup
from allusr_sdk.execution.ibkr.market import source
from allusr_sdk.ledger import clocks

TICK, TICKS = 10.0, 4
"""Seconds that pass at once, one rung of a ladder, and how often before the market's next snapshot."""


class Passing:
    """What a market sleeps by: the simulator's clock goes on, then comes its next snapshot.

    The machine's clock is the simulator's from here on, so that a live run finds both right (KS-9).
    """

    def __init__(self, monkeypatch, tws, ticks=TICKS):
        self._control, self._ticks, self._count = tws.control, ticks, 0
        self.now = self._control.now()
        monkeypatch.setattr(source, "sleep", self)
        monkeypatch.setattr(clocks, "now", lambda: self.now)
        monkeypatch.setattr(checkup, "_now", lambda: self.now)

    def __call__(self, seconds):
        self._count += 1
        if self._count % (self._ticks + 1):
            self.now = self._control.tick(TICK)
        else:
            self.now = self._control.step() or self._control.tick(3600.0)
