"""What is frozen for a session: the last prices before it and the ATRs made of them (PE-1)."""

from datetime import date

from allusr_sdk.contracts import Atr
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook


class Days:
    """Prices and ATRs of the running session."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._day: date | None = None
        self._before: dict[str, float] = {}
        self._today: dict[str, float] = {}
        self._ranges: dict[str, Atr | None] = {}

    def turn(self, view: MarketView) -> None:
        """Take up an instant's prices."""
        if view.session.day != self._day:
            self._before |= self._today
            self._today, self._ranges, self._day = {}, {}, view.session.day
        for symbol, snapshot in view.snapshots.items():
            if snapshot.at == view.at and (spot := snapshot.spot) == spot:
                self._today[symbol] = spot

    def saw(self, symbol: str, day: date) -> bool:
        """Whether the session of `day` brought a price of the symbol."""
        return self._day == day and symbol in self._today

    def atr(self, symbol: str, view: MarketView) -> Atr | None:
        """The symbol's ATR for the session, dollars; None when not even a price is known."""
        if symbol not in self._ranges:
            self._ranges[symbol] = Atr.of(symbol, view, self._rules, self._before.get(symbol))
        return self._ranges[symbol]
