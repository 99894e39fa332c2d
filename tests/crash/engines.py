"""Engines in processes of their own over one broker that outlives them: each can be killed and started again."""

import signal
from decimal import Decimal
from pathlib import Path

from allusr_sdk.testing.brokerage import PLUGIN, Brokerage
from tests.crash.brokered import Sides
from tests.crash.lives import KILLER, REAPER, start

WATCHED = ",".join(map(str, (KILLER, REAPER, PLUGIN)))
"""Plugins of every engine over the broker, beside those that trade."""


class Engines(Sides):
    """One account. `options` are what `allusr run` is given beside home, broker and period."""

    def __init__(self, folder, source, first, last, options, **account):
        super().__init__(folder / "home", Brokerage(folder / "broker", **account))
        self._source, self.first, self.last, self._options = source, first, last, options
        self._reaped = Path(folder / "reaped")

    def start(self, *, kill_at=0, kill_after=0.0, reap=()):
        """Start one and wait for its end, or its kill; returns whether it came to the end of the market.

        It is killed at an event's number, or at the first event that fits one of `reap`, once for each (see `reaper`).
        """
        done = start(
            self.home, "--broker", "test", "--from", self.first, "--to", self.last, *self._options,
            kill_at=kill_at, kill_after=kill_after, reap=reap, reaped=self._reaped, env=self.broker.environment,
        )  # fmt: skip
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode == 0

    def settled(self):
        """Let the broker settle at each close what expires there, by the market's official prices."""
        for step in self._source.steps(self.first, self.last):
            if step.closing:
                prices = {s.symbol: Decimal(str(s.price)) for s in step.settlements}
                day = step.view.session.day
                self.control.plan(step.view.session.close, "settle", day=day, prices=prices)
        return self
