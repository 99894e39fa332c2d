"""One session of log-returns and volatilities for all underlyings at once.

Market and technology factor, own returns, jumps and reports; log-volatility that mean-reverts overnight, has noise of
its own and moves against the return, in standardised units (so that a crash out of calm doubles VIX and one out of
turmoil adds less). Every series draws from a Philox stream keyed by (seed, day, name): no name's path depends on
which others are asked for, and no day's on how far the walk goes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from math import ceil, erf, exp, log, sqrt
from statistics import NormalDist

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.entries import Regime, Share
from allusr_sdk.market.synthetic.noise import number, scramble
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.market.synthetic.script import Script
from allusr_sdk.model.chains import Floats

_MARKET_JUMP_SHARE = m.MARKET_JUMPS / m.SESSIONS * (m.MARKET_JUMP_MEAN**2 + m.MARKET_JUMP_SD**2)
_OWN_JUMP_SHARE = m.OWN_JUMPS / m.SESSIONS * m.OWN_JUMP_SD**2
# A normal below this is a day with a jump.
_MARKET_JUMP, _OWN_JUMP = (NormalDist().inv_cdf(a_year / m.SESSIONS) for a_year in (m.MARKET_JUMPS, m.OWN_JUMPS))
FULL_DAY = 390
"""Minutes from open to close of a full session."""
_FACTORS = ("*market", "*tech")


@frozen(eq=False)
class Moves:
    """A session's draws. Index 0 of the last axis is the open, each further one a mark, the last one the close.

    Attributes:
        paths: log-return since the previous close, before dividends, (companies, marks).
        market: log-deviation of market volatility from its mean, (marks,).
        own: the same of each company's own volatility, (companies, marks).
        variance: variance yet to come in the session after each mark, in full sessions, (marks,).
        shares: each company's shares traded, a multiple of its mean.
    """

    paths: Floats
    market: Floats
    own: Floats
    variance: Floats
    shares: Floats


@lru_cache(maxsize=8)
def variances(bars: int, full: int) -> Floats:
    """Share of a full session's variance in the gap and in each bar: high after the open, higher before the close."""
    bar = np.arange(bars)
    weight = 1 + 1.5 * np.exp(-bar * 78 / full / 6) + 0.7 * np.exp((bar - bars + 1) * 78 / full / 8)
    day = (1 - m.GAP_SHARE) * (1.0 if bars == full else m.HALF_DAY)
    return np.concatenate(([m.GAP_SHARE], weight / weight.sum() * day))


class Factors:
    """Walks the log-returns; state is the log-volatility left by the last session."""

    def __init__(self, seed: int, companies: Sequence[Profile], full: int, script: Script) -> None:
        self._seed, self._companies, self._full, self._script = seed, tuple(companies), full, script
        self._names = (*_FACTORS, *(company.symbol for company in companies))
        self._market = 0.0
        self._own = np.zeros(len(companies))
        beta, tech, vol = (np.array([getattr(c, name) for c in companies]) for name in ("beta", "tech", "vol"))
        self._beta, self._tech, self._vol = beta, tech, vol
        self._vol_beta = np.array([vol_beta(c) for c in companies])
        self._is_market = np.array([c.symbol == "SPY" for c in companies])

    def session(self, day: date, bars: int, reports: Mapping[str, float]) -> Moves:
        """Draw one session; `reports` has the typical move of each company that reported since the last one."""
        share = variances(bars, self._full)
        drawn = _normals(self._seed, day, self._names, 2 * self._full + 8)
        market, deviation = self._market_moves(drawn[0], day, share)
        tech_sd = m.TECH_VOL * exp(deviation[0]) * self._realised(day)
        tech = tech_sd * np.sqrt(share) * self._parts(drawn[1], bars)[1]
        factors = self._beta[:, None] * market + self._tech[:, None] * tech
        own, own_deviation, traded = self._own_moves(drawn[2:], day, share, reports, factors, float(deviation[0]))
        self._market, self._own = float(deviation[-1]), own_deviation[:, -1]
        left = share.sum() - np.cumsum(share)
        return Moves(np.cumsum(factors + own, axis=1), deviation, own_deviation, np.maximum(left, 0.0), traded)

    def _parts(self, draws: Floats, bars: int) -> tuple[Floats, Floats, Floats]:
        """A session's normals: six for what happens seldom, returns, noise of volatility."""
        noise = 7 + self._full
        return draws[..., :6], draws[..., 6 : 7 + bars], draws[..., noise : noise + 1 + bars]

    def _market_moves(self, draws: Floats, day: date, share: Floats) -> tuple[Floats, Floats]:
        """Increments of the market factor and the path of its log-volatility."""
        rare, returns, noise = self._parts(draws, len(share) - 1)
        forced, regime = self._script.level(day), self._script.regime(day)
        mean = log(regime.vix / m.MEAN_VIX)
        reverted = self._market * (1 - m.VOL_REVERSION) + mean * m.VOL_REVERSION
        start = reverted if forced is None else log(forced / m.MEAN_VIX)
        sd = m.MARKET_VOL * exp(start) * self._realised(day)
        moves = sd * sqrt(1 - _MARKET_JUMP_SHARE) * np.sqrt(share) * returns
        moves += (regime.drift / m.SESSIONS - sd * m.MARKET_JUMPS / m.SESSIONS * m.MARKET_JUMP_MEAN) * share
        if rare[0] < _MARKET_JUMP:
            moves[_when(rare[1], len(share) - 1)] += sd * (m.MARKET_JUMP_MEAN + m.MARKET_JUMP_SD * rare[2])
        self._bend(moves, self._script.told("SPY", day))
        if forced is not None:
            return moves, np.full(len(share), start)
        news = moves - _expected(regime) / m.SESSIONS * share
        change = m.VOL_NOISE * np.cumsum(np.sqrt(share) * noise) - m.LEVERAGE * np.cumsum(news) / sd
        return moves, np.clip(start + change, *m.VOL_BOUNDS)

    def _own_moves(
        self,
        draws: Floats,
        day: date,
        share: Floats,
        reports: Mapping[str, float],
        factors: Floats,
        deviation: float,
    ) -> tuple[Floats, Floats, Floats]:
        """Each company's own increments, the paths of its log-volatility, and its share volume over the mean."""
        bars = len(share) - 1
        rare, returns, noise = self._parts(draws, bars)
        start = self._own * (1 - m.OWN_VOL_REVERSION)
        sd = self._own_sd(deviation, start) * self._realised(day)
        moves = sqrt(1 - _OWN_JUMP_SHARE) * np.sqrt(share) * returns
        for i in np.flatnonzero(rare[:, 0] < _OWN_JUMP).tolist():
            moves[i, _when(rare[i, 1], bars)] += m.OWN_JUMP_SD * rare[i, 2]
        moves *= sd[:, None]
        news = np.array([reports.get(c.symbol, 0.0) for c in self._companies]) * np.clip(rare[:, 3], -3.0, 3.0)
        moves[:, 0] += news
        self._bend_own(day, moves, factors)
        ordinary = (np.cumsum(moves, axis=1) - news[:, None]) / sd[:, None]
        change = m.OWN_VOL_NOISE * np.cumsum(np.sqrt(share) * noise, axis=1) - m.OWN_LEVERAGE * ordinary
        own = np.clip(start[:, None] + change, *m.OWN_VOL_BOUNDS)
        moves[self._is_market], own[self._is_market] = 0.0, 0.0
        traded = np.exp(0.2 * rare[:, 4]) * np.where(news != 0.0, 1.6, 1.0) * share.sum()
        return moves, own, traded

    def _bend_own(self, day: date, moves: Floats, factors: Floats) -> None:
        for i, company in enumerate(self._companies):
            if company.symbol != "SPY" and (told := self._script.told(company.symbol, day)):
                whole = moves[i] + factors[i]
                self._bend(whole, told)
                moves[i] = whole - factors[i]

    def _own_sd(self, deviation: float, own: Floats) -> Floats:
        """Standard deviation, a year, that a name needs of its own beside its factors."""
        level = np.exp(deviation)
        total = (self._vol * np.exp(self._vol_beta * deviation + own)) ** 2
        shared = (self._beta * m.MARKET_VOL * level) ** 2 + (self._tech * m.TECH_VOL * level) ** 2
        own_variance: Floats = np.maximum(total - shared, (m.LEAST_OWN_SHARE * self._vol) ** 2)
        return np.sqrt(own_variance)

    def _realised(self, day: date) -> float:
        """Daily standard deviation that comes of one of implied volatility, a year."""
        return 1 / self._script.regime(day).premium / sqrt(m.SESSIONS)

    def _bend(self, moves: Floats, told: Sequence[Share]) -> None:
        """Change increments in place so that they sum to what is told; what was drawn stays as noise around it."""
        if not told:
            return
        moves *= min(share.noise for share in told)
        _spread(moves, -float(moves.sum()), told[0].gap, None)
        for share in told:
            _spread(moves, share.total, share.gap, self._mark(share.at, len(moves)))

    def _mark(self, at: time | None, count: int) -> int | None:
        """The first mark at or after a time of day."""
        if at is None:
            return None
        minutes = (at.hour - 9) * 60 + at.minute - 30
        return min(max(ceil(minutes * self._full / FULL_DAY), 0), count - 1)


def _expected(regime: Regime) -> float:
    """The part of a regime's drift that surprises nobody, so that a long rise does not wear its VIX down."""
    return regime.drift - m.DRIFT * (m.PREMIUM / regime.premium)


def _spread(moves: Floats, total: float, gap: float, mark: int | None) -> None:
    """Add a move in place: a share of it at the open, the rest at a mark or evenly over the session."""
    moves[0] += total * gap
    if mark is None:
        moves[1:] += total * (1 - gap) / (len(moves) - 1)
    else:
        moves[mark] += total * (1 - gap)


@lru_cache(maxsize=512)
def _normals(seed: int, day: date, names: tuple[str, ...], count: int) -> Floats:
    """A day's normals by series, always as many; the path to the table's anchor and the walk ask for the same ones."""
    bits = np.random.Philox(key=0)
    generator, state, drawn = np.random.Generator(bits), bits.state, np.empty((len(names), count))
    for i, name in enumerate(names):
        state["state"]["key"][:] = scramble(seed) ^ scramble(day.toordinal()), number(name)
        bits.state = state  # as a new generator of that key, at half its cost
        drawn[i] = generator.standard_normal(count)
    drawn.flags.writeable = False
    return drawn


def vol_beta(profile: Profile) -> float:
    """Share of the market's log-volatility that a name takes over."""
    return 1.0 if profile.fund else m.VOL_BETA


def _when(normal: float, bars: int) -> int:
    """The mark of a jump: one in four comes overnight."""
    place = (1 + erf(normal / sqrt(2))) / 2
    return 0 if place < 0.25 else 1 + min(int((place - 0.25) / 0.75 * bars), bars - 1)
