"""The synthetic market as a `MarketSource`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from attrs import evolve, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.board import CLOSING, Board
from allusr_sdk.market.synthetic.feed import Feed
from allusr_sdk.market.synthetic.happenings import Happenings
from allusr_sdk.market.synthetic.history import History, KnownBars
from allusr_sdk.market.synthetic.profiles import INDICES, PROFILES, SHARES, Profile
from allusr_sdk.market.synthetic.script import NO_SCRIPT, Script
from allusr_sdk.market.synthetic.units import SAME, Units, units_on
from allusr_sdk.market.synthetic.walk import Drawn, Walk
from allusr_sdk.model.calendar import NEW_YORK, Session, xnys
from allusr_sdk.model.views import Dividend, EarningsDate, Grain, MarketView, Settlement, Step, Vix

# A chain needs to know which days of the coming weeks are sessions.
_CALENDAR_AHEAD = timedelta(days=60)
_MINUTES = (1, 2, 3, 5, 6, 10, 15, 30)


@frozen(eq=False, kw_only=True)
class _Day:
    """A session: what does not change within it, and its views."""

    session: Session
    row: int
    history: History
    drawn: Drawn
    boards: tuple[Board, ...]
    units: Mapping[str, Units]
    rate: float
    earnings: Mapping[str, tuple[EarningsDate, ...]]
    dividends: Mapping[str, tuple[Dividend, ...]]

    def views(self, feed: Feed, minutes: int) -> Iterator[MarketView]:
        """The views of the session's marks, and last the one of its closing step."""
        start, width = self.session.open.astimezone(UTC), timedelta(minutes=minutes)
        bars, closes = self._known(self.row)
        for mark, level in enumerate(self.drawn.vix):
            yield self._view(feed, mark, level, start + mark * width, bars, closes)
        at = self.session.close.astimezone(UTC) + CLOSING
        yield self._view(feed, len(self.drawn.vix), self.drawn.vix[-1], at, *self._known(self.row + 1))

    def settlements(self) -> tuple[Settlement, ...]:
        """Closing prices; VIX settles in the morning, on a print of its own."""
        shown = [board for board in self.boards if board.profile.symbol != "VIX"]
        prices = ((board.profile.symbol, board.spot(len(self.drawn.vix))) for board in shown)
        return tuple(Settlement(symbol, self.session.day, Decimal(f"{price:.2f}")) for symbol, price in prices)

    def _known(self, count: int) -> tuple[KnownBars, tuple[float, ...]]:
        """Bars and VIX closes once so many sessions are over."""
        closes = tuple(self.history.vix[max(count - m.WARMUP, 0) : count].tolist())
        return KnownBars(self.history, count, self.units), closes

    def _view(
        self, feed: Feed, instant: int, level: float, at: datetime, bars: KnownBars, closes: tuple[float, ...]
    ) -> MarketView:
        told, clock = self.drawn.told, at.astimezone(NEW_YORK).time()
        snapshots = {board.profile.symbol: board.snapshot(instant, at) for board in self.boards}
        return MarketView(
            at=at,
            session=self.session,
            calendar=xnys(),
            grain=Grain.GRID,
            snapshots=feed.snapshots(told, clock, snapshots),
            bars=bars,
            vix=feed.vix(told, clock, Vix(level, at, closes, before_open=told.before_open)),
            earnings=self.earnings,
            rate=self.rate,
            dividends=self.dividends,
            halted=told.halted(clock),
        )


class SyntheticMarket:
    """A seeded market of any of the packaged underlyings, on a grid of `minutes`.

    Everything is drawn from `START` on, whatever period is asked for, so runs of different periods see one market; and
    no draw depends on later days, on other symbols, on a script or on which chains were looked at.

    Args:
        seed: any integer; another one is another market.
        symbols: underlyings to show; None is all of `SHARES`.
        minutes: width of the grid, a divisor of 30.
        rate: risk-free rate, continuous, a year (RATE-1).
        script: what goes as told.
        hedges: whether the indices that hedges trade are shown beside the symbols.

    Raises:
        InputError: an unknown symbol or a width that does not divide 30.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        symbols: tuple[str, ...] | None = None,
        minutes: int = 5,
        rate: float = 0.04,
        script: Script = NO_SCRIPT,
        hedges: bool = True,
    ) -> None:
        wanted = tuple(SHARES) if symbols is None else tuple(dict.fromkeys(symbols))
        unknown = [symbol for symbol in wanted if symbol not in PROFILES]
        if unknown or not wanted:
            raise InputError(f"synthetic market: no symbol {', '.join(unknown)}; it has {', '.join(PROFILES)}")
        if minutes not in _MINUTES:
            raise InputError(f"synthetic market: a grid of {minutes} minutes; use one of {_MINUTES}")
        self._symbols = tuple(dict.fromkeys((*wanted, *INDICES))) if hedges else wanted
        self._seed, self._minutes, self._rate, self._script = seed, minutes, rate, script
        self._happenings = Happenings(self._symbols, script)

    @property
    def description(self) -> str:
        """Seed, grid and underlyings, and the script where there is one."""
        grid = f"synthetic seed {self._seed}, {self._minutes} minutes, {' '.join(self._symbols)}"
        return ", ".join(filter(None, (grid, self._script.description)))

    def dividends(self, symbol: str, first: date, last: date) -> tuple[Dividend, ...]:
        """Dividends with an ex-date from `first` to `last`, both included; known as far ahead as one likes."""
        return self._happenings.dividends(symbol, first, last, SAME)

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """Yield each mark from open to close and a closing step a quarter of an hour later, session by session.

        Raises:
            InputError: the period begins before there are 300 sessions of history or ends beyond the calendar.
        """
        sessions = _sessions(first, last)
        walk, feed = Walk(self._seed, self._symbols, self._minutes, self._script, sessions), Feed()
        for row, session in enumerate(sessions):
            drawn = walk.draw(row)
            if session.day >= first:
                yield from self._session(self._day(session, row, walk, drawn), feed)

    def _session(self, day: _Day, feed: Feed) -> Iterator[Step]:
        actions = self._happenings.actions(day.session.day, day.units)
        closing = len(day.drawn.vix)
        for instant, view in enumerate(day.views(feed, self._minutes)):
            if instant == closing:
                yield Step(view, closing=True, settlements=day.settlements())
            else:
                yield Step(view, actions=() if instant else actions)

    def _day(self, session: Session, row: int, walk: Walk, drawn: Drawn) -> _Day:
        units = units_on(self._script.splits, session.day)
        adjusted = {a.symbol: walk.history.row(a.day) - 1 for a in self._script.adjustments if a.day <= session.day}
        boards = tuple(
            Board(
                self._liquid(walk.profiles[symbol], session.day), walk.history, row, session, drawn.tapes[symbol],
                self._seed, self._rate, units.get(symbol, SAME), adjusted.get(symbol),
            )
            for symbol in self._symbols
        )  # fmt: skip
        return _Day(
            session=session, row=row, history=walk.history, drawn=drawn, boards=boards, units=units, rate=self._rate,
            earnings=self._happenings.earnings(session.day), dividends=self._happenings.ahead(session.day, units),
        )  # fmt: skip

    def _liquid(self, profile: Profile, day: date) -> Profile:
        """An underlying with the liquidity that its options have on a day."""
        for told in self._script.liquidity:
            if told.symbol == profile.symbol and told.day <= day <= told.until:
                depth = {name: getattr(profile, name) * told.depth for name in ("contracts", "open_interest")}
                profile = evolve(profile, **depth, spread=profile.spread * told.spread)
        return profile


def _sessions(first: date, last: date) -> tuple[Session, ...]:
    if first > last:
        raise InputError(f"synthetic market: the period {first} to {last} ends before it begins")
    try:
        xnys().session(last + _CALENDAR_AHEAD)
    except ValueError as error:
        raise InputError(f"synthetic market: {last} is too near the end of the exchange calendar ({error})") from error
    sessions = xnys().between(m.START, last)
    if len(sessions) <= m.WARMUP or first < sessions[m.WARMUP].day:
        begin = xnys().after(m.START, m.WARMUP).day
        raise InputError(f"synthetic market: it begins on {begin}; ask for a period from then on, not from {first}")
    return sessions
