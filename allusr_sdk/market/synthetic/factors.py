"""One session of log-returns and volatilities for all underlyings at once.

Market and technology factor, own returns, jumps and reports; log-volatility that mean-reverts overnight, has noise of
its own and moves against the return, in standardised units (so that a crash out of calm doubles VIX and one out of
turmoil adds less). Every series draws from a Philox stream keyed by (seed, day, name): no name's path depends on
which others are asked for, and no day's on how far the walk goes.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import erf, exp, log, sqrt
from statistics import NormalDist

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.noise import number, scramble
from allusr_sdk.market.synthetic.profiles import PROFILES, Profile
from allusr_sdk.market.synthetic.shocks import Shocks
from allusr_sdk.model.chains import Floats

_MARKET_JUMP_SHARE = m.MARKET_JUMPS / m.SESSIONS * (m.MARKET_JUMP_MEAN**2 + m.MARKET_JUMP_SD**2)
_OWN_JUMP_SHARE = m.OWN_JUMPS / m.SESSIONS * m.OWN_JUMP_SD**2
# A normal below this is a day with a jump.
_MARKET_JUMP, _OWN_JUMP = (NormalDist().inv_cdf(a_year / m.SESSIONS) for a_year in (m.MARKET_JUMPS, m.OWN_JUMPS))
_DAILY = 1 / m.PREMIUM / sqrt(m.SESSIONS)


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

    def __init__(self, seed: int, companies: Sequence[Profile], full: int, shocks: Shocks) -> None:
        self._seed, self._companies, self._full, self._shocks = seed, tuple(companies), full, shocks
        self._market = 0.0
        self._own = np.zeros(len(companies))
        beta, tech, vol = (np.array([getattr(c, name) for c in companies]) for name in ("beta", "tech", "vol"))
        self._beta, self._tech, self._vol = beta, tech, vol
        self._vol_beta = np.array([vol_beta(c) for c in companies])
        self._is_market = np.array([c.symbol == "SPY" for c in companies])

    def session(self, day: date, bars: int, reports: Mapping[str, float]) -> Moves:
        """Draw one session; `reports` has the typical move of each company that reported since the last one."""
        share = variances(bars, self._full)
        market, deviation = self._market_moves(day, share)
        tech_sd = m.TECH_VOL * exp(deviation[0]) * _DAILY
        tech = tech_sd * np.sqrt(share) * self._parts(self._draws(day, "*tech"), bars)[1]
        factors = self._beta[:, None] * market + self._tech[:, None] * tech
        own, own_deviation, traded = self._own_moves(day, share, reports, factors, float(deviation[0]))
        self._market, self._own = float(deviation[-1]), own_deviation[:, -1]
        left = share.sum() - np.cumsum(share)
        return Moves(np.cumsum(factors + own, axis=1), deviation, own_deviation, np.maximum(left, 0.0), traded)

    def _draws(self, day: date, name: str) -> Floats:
        """A day's normals of one series, always as many: six for what happens seldom, then returns, then noise."""
        key = (scramble(self._seed) ^ scramble(day.toordinal()), number(name))
        return np.random.Generator(np.random.Philox(key=np.array(key, np.uint64))).standard_normal(2 * self._full + 8)

    def _parts(self, draws: Floats, bars: int) -> tuple[Floats, Floats, Floats]:
        noise = 7 + self._full
        return draws[..., :6], draws[..., 6 : 7 + bars], draws[..., noise : noise + 1 + bars]

    def _market_moves(self, day: date, share: Floats) -> tuple[Floats, Floats]:
        """Increments of the market factor and the path of its log-volatility."""
        rare, returns, noise = self._parts(self._draws(day, "*market"), len(share) - 1)
        forced = self._shocks.vix.get(day)
        start = (
            self._market * (1 - m.VOL_REVERSION) if forced is None else log(forced / 100 / m.VIX_RATIO / m.MARKET_VOL)
        )
        sd = m.MARKET_VOL * exp(start) * _DAILY
        moves = sd * sqrt(1 - _MARKET_JUMP_SHARE) * np.sqrt(share) * returns
        moves += (m.DRIFT / m.SESSIONS - sd * m.MARKET_JUMPS / m.SESSIONS * m.MARKET_JUMP_MEAN) * share
        if rare[0] < _MARKET_JUMP:
            moves[_when(rare[1], len(share) - 1)] += sd * (m.MARKET_JUMP_MEAN + m.MARKET_JUMP_SD * rare[2])
        self._bend(moves, self._shocks.returns.get(("SPY", day)))
        if forced is not None:
            return moves, np.full(len(share), start)
        change = m.VOL_NOISE * np.cumsum(np.sqrt(share) * noise) - m.LEVERAGE * np.cumsum(moves) / sd
        return moves, np.clip(start + change, *m.VOL_BOUNDS)

    def _own_moves(
        self, day: date, share: Floats, reports: Mapping[str, float], factors: Floats, deviation: float
    ) -> tuple[Floats, Floats, Floats]:
        """Each company's own increments, the paths of its log-volatility, and its share volume over the mean."""
        bars = len(share) - 1
        draws = np.stack([self._draws(day, company.symbol) for company in self._companies])
        rare, returns, noise = self._parts(draws, bars)
        start = self._own * (1 - m.OWN_VOL_REVERSION)
        sd = self._own_sd(deviation, start)
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
        told = {PROFILES[s].company: v for (s, d), v in sorted(self._shocks.returns.items()) if d == day and s != "SPY"}
        for i, company in enumerate(self._companies):
            if company.symbol in told:
                self._bend(moves[i], told[company.symbol] - float(factors[i].sum()))

    def _own_sd(self, deviation: float, own: Floats) -> Floats:
        """Daily standard deviation that a name needs of its own beside its factors."""
        level = np.exp(deviation)
        total = (self._vol * np.exp(self._vol_beta * deviation + own)) ** 2
        shared = (self._beta * m.MARKET_VOL * level) ** 2 + (self._tech * m.TECH_VOL * level) ** 2
        own_variance: Floats = np.maximum(total - shared, (m.LEAST_OWN_SHARE * self._vol) ** 2)
        return np.sqrt(own_variance) * _DAILY

    def _bend(self, moves: Floats, target: float | None) -> None:
        """Change increments in place so that they sum to the target."""
        if target is not None:
            gap = target - float(moves.sum())
            moves[0] += gap * self._shocks.gap_share
            moves[1:] += gap * (1 - self._shocks.gap_share) / (len(moves) - 1)


def vol_beta(profile: Profile) -> float:
    """Share of the market's log-volatility that a name takes over."""
    return 1.0 if profile.fund else m.VOL_BETA


def _when(normal: float, bars: int) -> int:
    """The mark of a jump: one in four comes overnight."""
    place = (1 + erf(normal / sqrt(2))) / 2
    return 0 if place < 0.25 else 1 + min(int((place - 0.25) / 0.75 * bars), bars - 1)
