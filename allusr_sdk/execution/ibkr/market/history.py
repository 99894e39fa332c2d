"""Daily bars from IBKR, each symbol asked for once a session and once after its close, within IBKR's pacing."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np

from allusr_sdk.execution.ibkr.market.listing import share_of
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Refused
from allusr_sdk.market.bars import DailyBars, Series
from allusr_sdk.model.views import Bar

ALL, NEWEST = "2 Y", "1 M"
AGAIN = timedelta(seconds=16)
"""Until a symbol is asked for again: IBKR refuses what it was asked within 15 seconds."""
MOST, WITHIN = 55, timedelta(minutes=10)
"""Requests within a time; IBKR allows 60."""


class History:
    """Completed daily bars. What IBKR refuses, or what there was no time to ask for, stays unknown for now.

    Attributes:
        bars: what is known now.
        missing: symbols without bars, with what IBKR said.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._known: dict[str, dict[date, Bar]] = {}
        self._asked: dict[str, datetime] = {}
        self._times: list[datetime] = []
        self.missing: dict[str, str] = {}
        self.bars = DailyBars()

    def bring(self, symbols: Iterable[str], last: date, now: datetime) -> None:
        """Have the bars of sessions up to `last`, at `now` by the gateway's clock, as far as they can be had.

        Raises:
            BrokerSilent: the gateway does not answer.
        """
        new = [symbol for symbol in symbols if self._due(symbol, last, now)]
        for symbol in new:
            self._ask(symbol, last, now)
        if new:
            self.bars = DailyBars({symbol: series_of(bars.values()) for symbol, bars in self._known.items()})

    def _due(self, symbol: str, last: date, now: datetime) -> bool:
        known, asked = self._known.get(symbol), self._asked.get(symbol)
        return not (known and max(known) >= last) and (asked is None or now - asked >= AGAIN)

    def _ask(self, symbol: str, last: date, now: datetime) -> None:
        self._times = [each for each in self._times if each > now - WITHIN]
        if len(self._times) >= MOST:
            self.missing[symbol] = f"{MOST} requests within ten minutes were made: it is asked for later"
            return
        self._asked[symbol] = now
        self._times.append(now)
        try:
            told = self._port.bars(share_of(symbol), NEWEST if symbol in self._known else ALL)
        except Refused as why:
            self.missing[symbol] = str(why)
            return
        self.missing.pop(symbol, None)
        bars = {each.day: each for each in told if each.day <= last}
        if bars:
            self._known.setdefault(symbol, {}).update(bars)


def series_of(bars: Iterable[Bar]) -> Series:
    """Bars as one table."""
    rows = [(bar.day, (bar.open, bar.high, bar.low, bar.close, bar.volume)) for bar in bars]
    days = np.array([day for day, _ in rows], "datetime64[D]")
    return Series.of(days, np.array([values for _, values in rows], np.float64))
