"""The synthetic market as a `MarketSource`."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from allusr_sdk.errors import InputError
from allusr_sdk.market.synthetic import corporate
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.board import CLOSING, Board
from allusr_sdk.market.synthetic.history import History, KnownBars
from allusr_sdk.market.synthetic.profiles import PROFILES
from allusr_sdk.market.synthetic.shocks import NO_SHOCKS, Shocks
from allusr_sdk.market.synthetic.walk import Drawn, Walk
from allusr_sdk.model.calendar import UTC, Session, xnys
from allusr_sdk.model.views import EarningsDate, Grain, MarketView, Settlement, Snapshot, Step, Vix

_HALF_SPREAD = 0.01
# A chain needs to know which days of the coming weeks are sessions.
_CALENDAR_AHEAD = timedelta(days=60)
_MINUTES = (1, 2, 3, 5, 6, 10, 15, 30)


class SyntheticMarket:
    """A seeded market of any of the packaged underlyings, on a grid of `minutes`.

    Everything is drawn from `START` on, whatever period is asked for, so runs of different periods see one market; and
    no draw depends on later days, on other symbols or on which chains were looked at.

    Args:
        seed: any integer; another one is another market.
        symbols: underlyings to show; None is all of `PROFILES`.
        minutes: width of the grid, a divisor of 30.
        rate: risk-free rate, continuous, a year (RATE-1).
        shocks: days that go as told.

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
        shocks: Shocks = NO_SHOCKS,
    ) -> None:
        wanted = tuple(PROFILES) if symbols is None else tuple(dict.fromkeys(symbols))
        unknown = [symbol for symbol in wanted if symbol not in PROFILES]
        if unknown or not wanted:
            raise InputError(f"synthetic market: no symbol {', '.join(unknown)}; it has {', '.join(PROFILES)}")
        if minutes not in _MINUTES:
            raise InputError(f"synthetic market: a grid of {minutes} minutes; use one of {_MINUTES}")
        self._seed, self._symbols, self._minutes, self._rate, self._shocks = seed, wanted, minutes, rate, shocks

    @property
    def description(self) -> str:
        """Seed, grid and underlyings, and that shocks are in it where they are."""
        told = f", shocks {self._shocks.digest}" if self._shocks != NO_SHOCKS else ""
        return f"synthetic seed {self._seed}, {self._minutes} minutes, {' '.join(self._symbols)}{told}"

    def dividends(self, symbol: str, first: date, last: date) -> tuple[corporate.Dividend, ...]:
        """Dividends with an ex-date from `first` to `last`, both included; known as far ahead as one likes."""
        return corporate.dividends(symbol, first, last)

    def steps(self, first: date, last: date) -> Iterator[Step]:
        """Yield each mark from open to close and a closing step a quarter of an hour later, session by session.

        Raises:
            InputError: the period begins before there are 300 sessions of history or ends beyond the calendar.
        """
        sessions = _sessions(first, last)
        walk = Walk(self._seed, self._symbols, self._minutes, self._shocks, sessions)
        for row, session in enumerate(sessions):
            drawn = walk.draw(row)
            if session.day >= first:
                yield from self._session(session, row, walk.history, drawn)

    def _session(self, session: Session, row: int, history: History, drawn: Drawn) -> Iterator[Step]:
        boards = [
            Board(PROFILES[symbol], history, row, session, drawn.tapes[symbol], self._seed, self._rate)
            for symbol in self._symbols
        ]
        earnings = {symbol: _earnings(symbol, session.day) for symbol in self._symbols}
        view = partial(
            MarketView, session=session, calendar=xnys(), grain=Grain.GRID, earnings=earnings, rate=self._rate
        )
        bars, closes = KnownBars(history, row), _closes(history, row)
        start, width = session.open.astimezone(UTC), timedelta(minutes=self._minutes)
        for mark, level in enumerate(drawn.vix):
            at = start + mark * width
            yield Step(
                view(at=at, snapshots=_snapshots(boards, mark, at), bars=bars, vix=Vix(level, at, closes)),
            )
        at, closing = session.close.astimezone(UTC) + CLOSING, len(drawn.vix)
        vix = Vix(drawn.vix[-1], at, _closes(history, row + 1))
        ended = view(at=at, snapshots=_snapshots(boards, closing, at), bars=KnownBars(history, row + 1), vix=vix)
        prices = {symbol: Decimal(f"{drawn.tapes[symbol].prices[-1]:.2f}") for symbol in self._symbols}
        settled = tuple(Settlement(symbol, session.day, price) for symbol, price in prices.items())
        yield Step(ended, closing=True, settlements=settled)


def _snapshots(boards: list[Board], mark: int, at: datetime) -> Mapping[str, Snapshot]:
    made = {}
    for board in boards:
        last = board.tape.prices[min(mark, len(board.tape.prices) - 1)]
        made[board.profile.symbol] = Snapshot(
            board.profile.symbol,
            at,
            round(last - _HALF_SPREAD, 2),
            round(last + _HALF_SPREAD, 2),
            last,
            partial(board.chain, mark, at),
            partial(board.quotes, mark, at),
            partial(board.volumes, mark),
            4 * board.profile.dividend / board.tape.prices[0],
        )
    return made


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


def _closes(history: History, row: int) -> tuple[float, ...]:
    return tuple(history.vix[max(row - m.WARMUP, 0) : row].tolist())


def _earnings(symbol: str, day: date) -> tuple[EarningsDate, ...]:
    """The last report date and the next two; none for funds, which is known."""
    known = corporate.reports(symbol, day - timedelta(days=100), day + timedelta(days=200))
    past = [d for d in known if d < day][-1:]
    ahead = [d for d in known if d >= day][:2]
    return tuple(EarningsDate(symbol, d, "AMC", True, day - timedelta(days=1)) for d in past + ahead)
