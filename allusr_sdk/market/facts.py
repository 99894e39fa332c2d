"""What a market knows beside its chains, from bars to the rate; and what it has to say about its data."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from attrs import define, field, frozen

from allusr_sdk.market.bars import DailyBars
from allusr_sdk.market.dividends import DividendCalendar
from allusr_sdk.market.earnings import EarningsCalendar
from allusr_sdk.model.calendar import Calendar, Session, xnys
from allusr_sdk.model.money import price
from allusr_sdk.model.views import Grain, MarketView, Settlement, Snapshot

# A split moves a price by a third or more: a bar this far from the chain's own spot is in other dollars.
_OTHER_DOLLARS = 0.25


@frozen
class Notice:
    """Something about the data that a reader of the journal should know, under the rule that it touches."""

    symbol: str
    rule: str
    why: str


@define
class Notices:
    """Each notice once, in the order in which they came up."""

    _kept: dict[Notice, None] = field(factory=dict)

    def add(self, symbol: str, rule: str, why: str) -> None:
        """Keep a notice."""
        self._kept[Notice(symbol, rule, why)] = None

    def all(self) -> tuple[Notice, ...]:
        """What was noticed so far."""
        return tuple(self._kept)


@frozen(eq=False)
class Facts:
    """The surroundings of a chain source.

    Attributes:
        rate: continuous, a year (RATE-1).
        content: the hashes of what was read, for the source's description.
    """

    bars: DailyBars = field(factory=DailyBars)
    earnings: EarningsCalendar = field(factory=EarningsCalendar)
    dividends: DividendCalendar = field(factory=DividendCalendar, kw_only=True)
    rate: float = 0.04
    calendar: Calendar = field(factory=xnys)
    content: tuple[str, ...] = ()

    def view(self, at: datetime, session: Session, grain: Grain, snapshots: Mapping[str, Snapshot]) -> MarketView:
        """Everything known at an instant."""
        return MarketView(
            at=at,
            session=session,
            calendar=self.calendar,
            grain=grain,
            snapshots=dict(snapshots),
            bars=self.bars,
            vix=self.bars.vix(at),
            earnings=self.earnings.known(session.day),
            rate=self.rate,
            dividends=self.dividends.ahead(session.day),
        )

    def settlements(
        self, day: date, symbols: Iterable[str], own: Mapping[str, float], seen: Mapping[str, float], notices: Notices
    ) -> tuple[Settlement, ...]:
        """The official prices of a session that are known, by symbol; what is unknown is left out, never invented.

        Args:
            own: closing prices that the chains themselves state.
            seen: the newest spot of each symbol, against which a bar's dollars are checked.
        """
        prices = {symbol: self._close(symbol, day, seen, notices) or own.get(symbol) for symbol in sorted(symbols)}
        return tuple(Settlement(symbol, day, price(p)) for symbol, p in prices.items() if p is not None)

    def _close(self, symbol: str, day: date, seen: Mapping[str, float], notices: Notices) -> float | None:
        bar = self.bars.on(symbol, day)
        spot = seen.get(symbol)
        if bar is not None and spot is not None and abs(bar.close / spot - 1) > _OTHER_DOLLARS:
            why = f"daily bar of {day} closes at {bar.close:.2f}, the chain has {spot:.2f}: in other dollars, not used"
            notices.add(symbol, "LQ-7", why)
            return None
        return None if bar is None else bar.close
