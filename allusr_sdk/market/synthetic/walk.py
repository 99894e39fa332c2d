"""The walk: sessions drawn one after the other into spots, VIX and the history."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from functools import cached_property, lru_cache

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic import corporate
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.factors import FULL_DAY, Factors, Moves, vol_beta
from allusr_sdk.market.synthetic.history import History
from allusr_sdk.market.synthetic.profiles import PROFILES, Profile
from allusr_sdk.market.synthetic.script import NO_SCRIPT, Script, Told
from allusr_sdk.market.synthetic.surface import Tape
from allusr_sdk.model.calendar import Session, xnys
from allusr_sdk.model.chains import Floats

_DAY = timedelta(days=1)


@frozen(eq=False, slots=False)
class Drawn:
    """One session: spots (symbols, marks), own volatility (symbols, marks), VIX by mark, and what the script says."""

    symbols: tuple[str, ...]
    spots: Floats
    own: Floats
    moves: Moves
    vix: tuple[float, ...]
    told: Told

    @cached_property
    def tapes(self) -> Mapping[str, Tape]:
        """A tape by symbol."""
        spots, own, market, left = map(_held, (self.spots, self.own, self.moves.market, self.moves.variance))
        return {symbol: Tape(spots[i], market, own[i], left) for i, symbol in enumerate(self.symbols)}


class Walk:
    """Draws the sessions of a period in order; each goes into the history once."""

    def __init__(
        self, seed: int, symbols: tuple[str, ...], minutes: int, script: Script, sessions: Sequence[Session]
    ) -> None:
        self.profiles = corporate.told(script)
        self.history = History([s.day for s in sessions], symbols)
        self._symbols, self._minutes, self._sessions, self._script = symbols, minutes, sessions, script
        shown = [self.profiles[symbol] for symbol in symbols]
        companies = tuple(dict.fromkeys(self.profiles[profile.company] for profile in shown))
        self._place = [companies.index(self.profiles[profile.company]) for profile in shown]
        self._factors = Factors(seed, companies, FULL_DAY // minutes, script)
        self._cash = _cash(shown, self.history.days[0], self.history.days[-1])
        self._news = _News(companies, self.history.days)
        self._vol, self._vol_beta = np.array([(profile.vol, vol_beta(profile)) for profile in shown]).T
        self._shares = np.array([profile.shares for profile in shown])
        self._index = symbols.index("VIX") if "VIX" in symbols else None
        self._last = _starting_spots(seed, symbols, minutes)

    def draw(self, row: int) -> Drawn:
        """Draw the session of a row; rows come in order, from 0 on."""
        session, told = self._sessions[row], Told.of(self._script, self._sessions[row].day)
        moves = self._factors.session(session.day, _bars(session, self._minutes), self._news.before(row))
        base = np.maximum(self._last - self._cash.get(session.day, 0.0), 0.05)
        spots = np.maximum(np.round(base[:, None] * np.exp(moves.paths[self._place]), 2), 0.05)
        before, self._last = self._last, spots[:, -1].copy()
        own, vix = moves.own[self._place], self._vix(moves, told)
        if self._index is not None:
            spots[self._index] = vix
        self._halt(spots, before, told)
        vol_open = self._vol * np.exp(self._vol_beta * moves.market[0] + own[:, 0])
        shares = np.round(self._shares * moves.shares[self._place], -2)
        self.history.write(row, spots, shares, vol_open, float(vix[-1]), float(moves.variance[0]))
        return Drawn(self._symbols, spots, own, moves, tuple(vix.tolist()), told)

    def _vix(self, moves: Moves, told: Told) -> Floats:
        level: Floats = np.round(m.MEAN_VIX * np.exp(moves.market), 2)
        for shown in told.prints:
            level[self._marks(shown.start, shown.end, len(level))] = shown.level
        return level

    def _halt(self, spots: Floats, before: Floats, told: Told) -> None:
        """Let prices stand still in place while halted; the path goes on behind."""
        for halt in told.halts:
            if halt.symbol in self._symbols:
                i, marks = self._symbols.index(halt.symbol), self._marks(halt.start, halt.end, spots.shape[1])
                spots[i, marks] = spots[i, marks.start - 1] if marks.start else before[i]

    def _marks(self, start: time, end: time, count: int) -> slice:
        """The marks from a time of day up to, not including, another."""
        clocks = [(i * self._minutes) + 9 * 60 + 30 for i in range(count)]
        first, last = (bisect_left(clocks, at.hour * 60 + at.minute + at.second / 60) for at in (start, end))
        return slice(first, last)


class _News:
    """Which companies reported since the session before, with their typical moves."""

    def __init__(self, companies: Sequence[Profile], days: Sequence[date]) -> None:
        self._by_row: dict[int, dict[str, float]] = {}
        for company in companies:
            for night in corporate.nights(company, days[0], days[-1]):
                row = bisect_left(days, night + _DAY)
                self._by_row.setdefault(row, {})[company.symbol] = company.move

    def before(self, row: int) -> Mapping[str, float]:
        """Moves that come at the open of a row's session."""
        return self._by_row.get(row, {})


def _held(marks: Floats) -> Floats:
    """Marks and, for the closing step, the last of them once more."""
    return np.concatenate((marks, marks[..., -1:]), axis=-1)


def _bars(session: Session, minutes: int) -> int:
    return int((session.close - session.open) / timedelta(minutes=minutes))


def _cash(shown: Sequence[Profile], first: date, last: date) -> dict[date, Floats]:
    """Dividends by ex-date, dollars a share by underlying."""
    found: dict[date, Floats] = {}
    for i, profile in enumerate(shown):
        for day, amount in corporate.dividends(profile, first, last):
            found.setdefault(day, np.zeros(len(shown)))[i] += amount
    return found


@lru_cache(maxsize=16)
def _growth(seed: int, companies: tuple[Profile, ...], minutes: int) -> tuple[tuple[date, ...], Floats]:
    """Days before the anchor, and log-returns from the start to each of their closes without a script."""
    sessions = xnys().between(m.START, m.ANCHOR - _DAY)
    days = tuple(s.day for s in sessions)
    factors, news = Factors(seed, companies, FULL_DAY // minutes, NO_SCRIPT), _News(companies, days)
    daily = [factors.session(s.day, _bars(s, minutes), news.before(i)).paths[:, -1] for i, s in enumerate(sessions)]
    return days, np.cumsum(np.array(daily), axis=0)


def _starting_spots(seed: int, symbols: tuple[str, ...], minutes: int) -> Floats:
    """Closes before the first session such that the path without a script meets the table at the anchor."""
    shown = [PROFILES[symbol] for symbol in symbols]
    companies = tuple(dict.fromkeys(PROFILES[profile.company] for profile in shown))
    days, growth = _growth(seed, companies, minutes)
    row = {day: i for i, day in enumerate(days)}
    spots = []
    for profile in shown:
        path = growth[:, companies.index(PROFILES[profile.company])]
        paid = corporate.dividends(profile, days[0], days[-1])
        cash = [amount * np.exp(-path[row[day] - 1] if row[day] else 0.0) for day, amount in paid]
        spots.append(profile.spot * np.exp(-path[-1]) + sum(cash))
    return np.array(spots)
