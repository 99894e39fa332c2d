"""How volatile an underlying has been, in units of what VIX said at the time; each number is known before its day."""

from math import exp, inf, isfinite, log, nan, sqrt

from attrs import frozen

from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.factors import vol_beta
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.model.chains import Floats

WARMUP = 21
"""Returns of a stretch of bars before its options are modelled."""

_LONG, _SHORT = (exp(log(0.5) / sessions) for sessions in (63, 10))
# A return counts as two and a half standard deviations at most: one report is no climate.
_MOST = 2.5**2
_SHARE = 0.25
_BOUNDS = (0.05, 2.0)


@frozen
class Level:
    """An underlying's volatility before a session.

    Attributes:
        vol: 30-day at-the-money volatility a year at mean VIX; NaN while too little is known.
        own: log-deviation from that, of the last two weeks.
        daily: standard deviation of a day's log-return at mean VIX.
    """

    vol: float
    own: float
    daily: float


UNKNOWN = Level(nan, nan, nan)


def levels(profile: Profile, closes: Floats, opens: Floats) -> list[Level]:
    """The level before each session of an unbroken stretch.

    What a close-to-close return squared comes to at mean VIX is averaged with half-lives of 63 and 10 sessions; options
    cost `model.PREMIUM` more than that. The market itself (SPY) is priced by VIX alone.

    Args:
        profile: of the underlying.
        closes: in dollars of one day, by session.
        opens: VIX as confirmed at each session's open; NaN where it is unknown.
    """
    found, seen, long, short = [UNKNOWN], list[float](), nan, nan
    beta = vol_beta(profile)
    for i in range(1, len(closes)):
        squared = log(closes[i] / closes[i - 1]) ** 2 * m.SESSIONS / (opens[i - 1] / m.MEAN_VIX) ** (2 * beta)
        if isfinite(squared) and len(seen) < WARMUP:
            seen.append(squared)
            long = short = sum(seen) / WARMUP if len(seen) == WARMUP else nan
        elif isfinite(squared):
            squared = min(squared, _MOST * long if long > 0 else inf)
            long, short = _mixed(long, squared, _LONG), _mixed(short, squared, _SHORT)
        found.append(_level(profile, long, short))
    # What the last bar of a stretch says is known to no session of it.
    return [UNKNOWN, *found[:-1]]


def _mixed(average: float, new: float, kept: float) -> float:
    return kept * average + (1 - kept) * new


def _level(profile: Profile, long: float, short: float) -> Level:
    if not long > 0:
        return UNKNOWN
    daily = sqrt(long / m.SESSIONS)
    if profile.company == "SPY":
        return Level(profile.vol, 0.0, daily)
    own = _SHARE * log(max(short, 1e-12) / long)
    return Level(_within(m.PREMIUM * sqrt(long), _BOUNDS), _within(own, m.OWN_VOL_BOUNDS), daily)


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
