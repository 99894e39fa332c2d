"""A market of ours on a simulated TWS that shows what a test quotes, walked instant by instant."""

from datetime import date, timedelta
from math import isfinite

from allusr_sdk.execution.ibkr.market import IbkrMarket
from allusr_sdk.market.facts import Facts
from allusr_sdk.model.intents import Band
from tests.ibkr.adapter import settings

DAY = date(2026, 2, 9)
BAND = Band("CAD-8", 0.25, 0.50, 0, 14, "calendar")
SPOT = 695.0


def name(expiry, right, strike):
    return f"SPY   {expiry}{right}{round(strike * 1000):08d}"


class Watched:
    """A market of SPY, and the simulator whose clock goes on with each step."""

    def __init__(self, tws, *, symbols=("SPY",), **more):
        fast = {"look": 0.01, "answer": 0.3, "stale": 5.0}
        self.tws, self.control = tws, tws.control
        self.source = IbkrMarket(settings(tws, **(fast | more)), dict.fromkeys(symbols, (BAND,)), Facts())
        self._steps = self.source.steps(DAY, DAY)

    def quote(self, spot=SPOT, *, spread=0.02):
        """SPY trades now."""
        self.control.quote("SPY", spot - spread / 2, spot + spread / 2, last=spot)

    def step(self, *, minutes=5, trades=True):
        """Let minutes pass, SPY trade, and take the next step."""
        self.control.tick(60.0 * minutes)
        if trades:
            self.quote()
        return next(self._steps)

    def now(self):
        """The step that is due already."""
        return next(self._steps)

    @property
    def reasons(self):
        """Why symbols were not fresh, oldest first."""
        return [f"{notice.symbol}: {notice.why}" for notice in self.source.notices]

    def close(self):
        self._steps.close()
        self.source.port.close()


def chain_of(tws, strikes, *, expiry="260220", rights="PC", width=0.02):
    """Quote options around SPY, dearer the deeper they are in the money."""
    names = []
    for strike in strikes:
        for right in rights:
            out = (SPOT - strike) * (1 if right == "P" else -1)
            mid = max(9.0 - 0.42 * out, 0.5)
            names.append(name(expiry, right, strike))
            tws.control.quote(names[-1], round(mid - width / 2, 2), round(mid + width / 2, 2), underlying=SPOT)
    return names


def known(*columns):
    """All values of columns that are known."""
    return [float(value) for column in columns for value in column if isfinite(value)]


def later(tws, seconds):
    return tws.control.now() + timedelta(seconds=seconds)
