"""The walk: sessions drawn one after the other into spots, VIX and the history."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.corporate import dividends, reports
from allusr_sdk.market.synthetic.factors import Factors, Moves
from allusr_sdk.market.synthetic.history import History
from allusr_sdk.market.synthetic.profiles import PROFILES
from allusr_sdk.market.synthetic.shocks import NO_SHOCKS, Shocks
from allusr_sdk.market.synthetic.surface import Tape, at_the_money
from allusr_sdk.model.calendar import Session, xnys
from allusr_sdk.model.chains import Floats

_FULL_DAY = 390
_MONTH = np.array([30 / 365])


@frozen(eq=False)
class Drawn:
    """One session: a tape by symbol, and VIX by mark."""

    tapes: Mapping[str, Tape]
    vix: tuple[float, ...]


class Walk:
    """Draws the sessions of a period in order; each goes into the history once."""

    def __init__(
        self, seed: int, symbols: tuple[str, ...], minutes: int, shocks: Shocks, sessions: Sequence[Session]
    ) -> None:
        self.history = History([s.day for s in sessions], symbols)
        self._symbols, self._minutes, self._sessions = symbols, minutes, sessions
        self._companies = _companies(symbols)
        self._place = [self._companies.index(PROFILES[symbol].company) for symbol in symbols]
        self._factors = Factors(seed, [PROFILES[c] for c in self._companies], _FULL_DAY // minutes, shocks)
        self._last = _starting_spots(seed, symbols, minutes)

    def draw(self, row: int) -> Drawn:
        """Draw the session of a row; rows come in order, from 0 on."""
        session = self._sessions[row]
        before = self._sessions[row - 1].day if row else session.day
        moves = _moves(self._factors, session, before, self._companies, self._minutes)
        cash = np.array([_paid(symbol, session.day) for symbol in self._symbols])
        base = np.maximum(self._last - cash, 0.05)
        spots = np.maximum(np.round(base[:, None] * np.exp(moves.paths[self._place]), 2), 0.05)
        self._last = spots[:, -1]
        own = moves.own[self._place]
        vix = tuple(np.round(100 * m.VIX_RATIO * m.MARKET_VOL * np.exp(moves.market), 2).tolist())
        self._write(row, spots, moves, own, vix[-1])
        market, left = _held(moves.market), _held(moves.variance)
        tapes = {
            symbol: Tape(_held(spots[i]), tuple(spots[i].tolist()), market, _held(own[i]), left)
            for i, symbol in enumerate(self._symbols)
        }
        return Drawn(tapes, vix)

    def _write(self, row: int, spots: Floats, moves: Moves, own: Floats, vix: float) -> None:
        vols = [
            float(at_the_money(PROFILES[symbol], moves.market[:1], own[i, :1], _MONTH)[0])
            for i, symbol in enumerate(self._symbols)
        ]
        shares = [PROFILES[s].shares * moves.shares[i] for s, i in zip(self._symbols, self._place, strict=True)]
        volume = np.round(np.array(shares), -2)
        self.history.write(row, spots, volume, np.array(vols), vix, float(moves.variance[0]))


def _held(marks: Floats) -> Floats:
    """Marks and, for the closing step, the last of them once more."""
    return np.append(marks, marks[-1])


def _companies(symbols: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(PROFILES[symbol].company for symbol in symbols))


def _moves(factors: Factors, session: Session, before: date, companies: tuple[str, ...], minutes: int) -> Moves:
    bars = int((session.close - session.open) / timedelta(minutes=minutes))
    night = session.day - timedelta(days=1)
    reported = {c: PROFILES[c].move for c in companies if before <= night and reports(c, before, night)}
    return factors.session(session.day, bars, reported)


def _paid(symbol: str, day: date) -> float:
    return sum(d.amount for d in dividends(symbol, day, day))


@lru_cache(maxsize=16)
def _growth(seed: int, companies: tuple[str, ...], minutes: int) -> tuple[tuple[date, ...], Floats]:
    """Days before the anchor, and log-returns from the start to each of their closes without shocks."""
    sessions = xnys().between(m.START, m.ANCHOR - timedelta(days=1))
    factors = Factors(seed, [PROFILES[c] for c in companies], _FULL_DAY // minutes, NO_SHOCKS)
    befores = [sessions[0].day, *(s.day for s in sessions[:-1])]
    daily = [_moves(factors, s, b, companies, minutes).paths[:, -1] for s, b in zip(sessions, befores, strict=True)]
    return tuple(s.day for s in sessions), np.cumsum(np.array(daily), axis=0)


def _starting_spots(seed: int, symbols: tuple[str, ...], minutes: int) -> Floats:
    """Closes before the first session such that the path without shocks meets the table at the anchor."""
    companies = _companies(symbols)
    days, growth = _growth(seed, companies, minutes)
    spots = []
    for symbol in symbols:
        path = growth[:, companies.index(PROFILES[symbol].company)]
        cash = [_paid(symbol, day) * np.exp(-path[i - 1] if i else 0.0) for i, day in enumerate(days)]
        spots.append(PROFILES[symbol].spot * np.exp(-path[-1]) + sum(cash))
    return np.array(spots)
