"""The market that the simulator shows: steps of a source as the clock reaches them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from math import isfinite, nan
from typing import Any

from attrs import evolve, frozen

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import Calendar, xnys
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Bar, MarketSource, MarketView, Step
from allusr_sdk.testing.brokerage.records import contract

SIZE = {"OPT": 10, "STK": 300}
"""What stands at the touch: no source tells it."""


@frozen(kw_only=True)
class Shown:
    """One instrument's market. Dollars a share; NaN for what is not known.

    Attributes:
        volatility, delta, gamma, vega, theta: the model's, vega by the percent and theta by the day, as TWS has them.
    """

    at: datetime
    bid: float = nan
    ask: float = nan
    last: float = nan
    volume: float = nan
    open_interest: float = nan
    volatility: float = nan
    delta: float = nan
    gamma: float = nan
    vega: float = nan
    theta: float = nan
    underlying: float = nan

    @property
    def mark(self) -> float:
        """The middle where both sides are known, else the last price."""
        return (self.bid + self.ask) / 2 if self.bid >= 0 and self.ask > 0 else self.last


class Market:
    """A source that is walked once.

    Args:
        source: of the steps; None where a test sets all quotes.
        first, last: its period.
    """

    def __init__(self, source: MarketSource | None, first: date, last: date) -> None:
        self._steps: Iterator[Step] = iter(()) if source is None else iter(source.steps(first, last))
        self._next = next(self._steps, None)
        self.view: MarketView | None = None
        self._listed: dict[str, Sequence[Contract]] = {}
        self._shown: dict[str, Shown | None] = {}

    @cached_property
    def calendar(self) -> Calendar:
        """The exchange's calendar."""
        return xnys()

    @property
    def next_at(self) -> datetime | None:
        """When the next step is; None at the end."""
        return None if self._next is None else self._next.view.at

    def take(self, to: datetime) -> Iterator[Step]:
        """Walk up to an instant; each step is the market's as it is yielded."""
        while self._next is not None and self._next.view.at <= to:
            step, self._next = self._next, next(self._steps, None)
            self.view = step.view
            self._listed.clear()
            self._shown.clear()
            yield step

    def listed(self, symbol: str) -> Sequence[Contract]:
        """The options of an underlying that are listed now."""
        if symbol not in self._listed:
            found = self.view.snapshots.get(symbol) if self.view else None
            chain = found.chain if found else None
            self._listed[symbol] = [chain.quote(row).contract for row in range(len(chain))] if chain else []
        return self._listed[symbol]

    def knows(self, symbol: str) -> bool:
        """Whether it has a share, fund or index of this symbol."""
        return self.view is not None and (
            symbol in self.view.snapshots or (symbol == "VIX" and self.view.vix is not None)
        )

    def shown(self, name: str) -> Shown | None:
        """An instrument's market now, with the instant of its newest data; None where there is none."""
        if name not in self._shown:
            self._shown[name] = self._read(name)
        return self._shown[name]

    def _read(self, name: str) -> Shown | None:
        view, option = self.view, contract(name)
        found = view.snapshots.get(name if option is None else option.underlying) if view else None
        if view is None or found is None:
            vix = view.vix if view is not None and name == "VIX" else None
            return None if vix is None else Shown(at=vix.at, last=vix.value)
        if option is None:
            return Shown(at=found.at, bid=found.bid, ask=found.ask, last=found.last)
        quote = found.quotes([option])[0]
        if quote is None:
            return None
        shown = Shown(
            at=found.at, bid=quote.bid, ask=quote.ask, volume=quote.volume, open_interest=quote.open_interest,
            underlying=found.spot,
        )  # fmt: skip
        return modelled(shown, option, self.calendar, view.rate, found.dividend_yield)

    def bars(self, symbol: str, count: int) -> Sequence[Bar]:
        """The completed daily bars, oldest first; today's once its session is over."""
        view = self.view
        if view is None:
            return []
        until = view.session.day + timedelta(days=view.at >= view.session.close)
        found = view.bars.before(symbol, until, count)
        return found if found or symbol != "VIX" or view.vix is None else self._prints(view.vix.closes[-count:], until)

    def _prints(self, closes: Sequence[float], until: date) -> Sequence[Bar]:
        """Bars of an index of which only closes are known, the newest of the last session before a day."""
        days = [until]
        for _ in closes:
            days.append(self.calendar.before(days[-1]).day)
        dated = zip(days[:0:-1], closes, strict=True)
        return [Bar(day=day, open=each, high=each, low=each, close=each, volume=nan) for day, each in dated]


def modelled(shown: Shown, option: Contract, calendar: Calendar, rate: float, dividend_yield: float) -> Shown:
    """A quote with what the model says of its middle; as it is where that says nothing."""
    left = pricing.years(shown.at, pricing.expiry_close(option.expiry, calendar))
    if not (0 < shown.bid < shown.ask and isfinite(shown.underlying) and left > 0):
        return shown
    terms: dict[str, Any] = {
        "put": option.is_put, "spot": shown.underlying, "strike": float(option.strike), "years": left, "rate": rate,
        "dividend_yield": dividend_yield,
    }  # fmt: skip
    sigma = float(pricing.implied_volatility((shown.bid + shown.ask) / 2, **terms))
    if not isfinite(sigma):
        return shown
    terms["volatility"] = sigma
    return evolve(
        shown, volatility=sigma, delta=float(pricing.delta(**terms)), gamma=float(pricing.gamma(**terms)),
        vega=float(pricing.vega(**terms)) / 100, theta=float(pricing.theta(**terms)) / 365,
    )  # fmt: skip
