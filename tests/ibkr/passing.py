"""Time of a simulated TWS that passes while a market waits, and an engine whose clock goes with it."""

from allusr_sdk.cli import checkup
from allusr_sdk.execution.ibkr.market import source
from allusr_sdk.ledger import clocks

TICK, LONG = 10.0, 3600.0
"""Seconds that pass while an order works, one rung of a ladder, and behind the market's last snapshot."""


class Passing:
    """What a market sleeps by: the simulator's clock goes on while orders work, then comes its next snapshot.

    The machine's clock is the simulator's from here on, so that a live run finds both right (KS-9). One that `dies`
    ends its engine once, while its first order works.
    """

    def __init__(self, monkeypatch, tws, *, dies=False):
        self._control, self._dies = tws.control, dies
        self.now = self._control.now()
        monkeypatch.setattr(source, "sleep", self)
        monkeypatch.setattr(clocks, "now", lambda: self.now)
        monkeypatch.setattr(checkup, "_now", lambda: self.now)

    def __call__(self, seconds):
        if any(order.working for order in self._control.orders()):
            if self._dies:
                self._dies = False
                raise KeyboardInterrupt
            self.now = self._control.tick(TICK)
        else:
            self.now = self._control.step() or self._control.tick(LONG)
