"""One market data line: what its ticks come to, cleaned of what stands for nothing. Unknown is NaN, never zero."""

from datetime import UTC, datetime
from math import isfinite, nan
from time import monotonic

from attrs import define

from allusr_sdk.execution.ibkr.port import Subscription
from allusr_sdk.execution.ibkr.records import Tick

UNTOLD, LIVE = 0, 1
"""Market data types that are traded on; 2 is frozen, 3 and 4 are delayed, and delayed ticks have types of their own."""
DELAYED = frozenset({*range(66, 77), *range(80, 84), 88, 89, 90})
"""Tick types of delayed data."""
_BID, _PRICES = 1, {1: "bid", 2: "ask", 4: "last"}
_SIZES = {8: "volume", 29: "traded", 30: "traded", 27: "interest", 28: "interest"}
_MODEL, _VOLATILITY, _STAMP, _HALTED = 13, 24, 45, 49
_HUGE = 1e300


@define(eq=False)
class Values:
    """What a line has told since it was asked for.

    Attributes:
        name: of the instrument, as books have it.
        bid, ask, last: dollars a share.
        volume, interest: contracts, or shares; `traded` as the generic tick 100 tells it.
        delta, volatility: the broker's, of its model.
        stamp: of the newest trade, by the exchange's clock.
        bidless: whether the newest word on the bid is that there is none: -1 or 0 for a price, and a size of 0.
        came: when the newest tick came, by the monotonic clock; 0 for none.
        type: market data type; 0 while it is not told.
        modelled: whether the broker's model was told, be it that it knows nothing.
        refused: why it is not fed, as `354 ...`; empty while it is.
    """

    name: str
    feed: Subscription
    bid: float = nan
    ask: float = nan
    last: float = nan
    volume: float = nan
    traded: float = nan
    interest: float = nan
    delta: float = nan
    volatility: float = nan
    stamp: datetime | None = None
    bidless: bool = False
    came: float = 0.0
    type: int = 0
    modelled: bool = False
    halted: bool = False
    refused: str = ""
    _asked: int = -1

    def drain(self) -> None:
        """Take up what came. Under a new request nothing that the earlier one told stands any more."""
        if self._asked != self.feed.asked:
            self._forget()
        for tick in self.feed.taken():
            self._take(tick)

    @property
    def told(self) -> bool:
        """Whether it has shown what there is, or never will: IBKR tells a model even of what nobody quotes."""
        return bool(self.refused or self.sound or self.modelled or isfinite(self.last))

    @property
    def live(self) -> bool:
        """Whether it is fed with live data, which alone is traded on; what was not asked for otherwise is live."""
        return not self.refused and self.type in (UNTOLD, LIVE)

    @property
    def crossed(self) -> bool:
        """Whether the bid is above the ask."""
        return self.bid > self.ask

    @property
    def known_volume(self) -> float:
        """Contracts traded this session; NaN where neither tick tells it."""
        return self.volume if isfinite(self.volume) else self.traded

    @property
    def sound(self) -> bool:
        """Whether both sides are there and the ask is above the bid (KS-11.9)."""
        return 0 < self.bid < self.ask

    @property
    def best_bid(self) -> float:
        """The bid; zero where it was told that nobody bids and somebody asks, NaN where nothing was told."""
        return 0.0 if self.bidless and isfinite(self.ask) else self.bid

    def age(self, now: datetime) -> float:
        """Seconds since its newest trade, or since anything came of it where no trade is stamped."""
        if self.stamp is not None:
            return (now - self.stamp).total_seconds()
        return monotonic() - self.came if self.came else float("inf")

    def _forget(self) -> None:
        fresh = Values(self.name, self.feed)
        for name in ("bid", "ask", "last", "volume", "traded", "interest", "delta", "volatility", "stamp", "came"):
            setattr(self, name, getattr(fresh, name))
        self.bidless = self.modelled = self.halted = False
        self.type, self.refused, self._asked = 0, "", self.feed.asked

    def _take(self, tick: Tick) -> None:
        values = tick.values
        if "type" in values:
            self.type = int(values["type"])
        elif tick.kind in DELAYED:
            self.type = max(self.type, 3)
        elif tick.kind in _PRICES and "price" in values:
            setattr(self, _PRICES[tick.kind], _price(values["price"]))
            if tick.kind == _BID:
                self.bidless = values["price"] in (-1, 0) and values.get("size") == 0
        elif tick.kind in _SIZES and "size" in values:
            self._size(_SIZES[tick.kind], _count(values["size"]))
        elif tick.kind == _MODEL:
            self.delta, self.modelled = _delta(values.get("delta", nan)), True
            self.volatility = _volatility(values.get("volatility", nan))
        elif tick.kind == _VOLATILITY:
            self.volatility = _volatility(values.get("value", nan))
        elif tick.kind == _STAMP and str(values.get("text", "")).isdigit():
            self.stamp = datetime.fromtimestamp(int(values["text"]), UTC)
        elif tick.kind == _HALTED:
            self.halted = float(values.get("value", nan)) != 0  # IBKR's -1 is that it does not know
        self.came = tick.at

    def _size(self, name: str, told: float) -> None:
        """Open interest and volume of an option come twice, for calls and puts, and one of the two is 0."""
        before = getattr(self, name)
        both = name in ("traded", "interest")
        setattr(self, name, max(before, told) if both and isfinite(before) and told == 0 else told)


def _price(told: float | str) -> float:
    value = float(told)
    return value if 0 < value < _HUGE else nan


def _count(told: float | str) -> float:
    value = float(told)
    return value if 0 <= value < _HUGE else nan


def _delta(told: float | str) -> float:
    value = float(told)
    return value if 0 < abs(value) < 1 else nan


def _volatility(told: float | str) -> float:
    value = float(told)
    return value if 0 < value < _HUGE else nan
