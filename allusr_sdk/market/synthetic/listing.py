"""Which contracts are listed on a day: expiries by the exchanges' rules, strikes by layers around past prices (CAD-3).

A contract once listed stays listed until it expires. Strikes come in layers, each finer and narrower as the expiry
nears: a layer begins a number of days before the expiry, takes its step from the close before that, and spans
all opens and closes since, widened; so held strikes stay when spot runs away, and new ones appear where it goes.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import lru_cache
from math import inf

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic.corporate import reports, third_friday
from allusr_sdk.market.synthetic.history import History
from allusr_sdk.market.synthetic.profiles import Listing, Profile
from allusr_sdk.market.synthetic.units import Units
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.chains import Flags, Floats

_DAILY, _TWO_OF_EACH, _WEEKLY, _MONTHLY, _VIX, _QUARTERLY, _MID_YEAR, _JANUARY = 14, 13, 42, 125, 270, 370, 560, 900


@frozen
class Layer:
    """Strikes from `days` before an expiry (funds, single names): so many times the name's volatility down and up.

    `least` is how many days an expiry must be listed to have the layer; `fine` is 0, 1 or 2, coarsest to finest.
    """

    fund_days: int
    name_days: int
    least: int
    down: float
    up: float
    fine: int


LAYERS = (
    Layer(900, 900, _QUARTERLY, 2.2, 1.5, 0),
    Layer(125, 125, 0, 0.60, 0.55, 1),
    Layer(8, 14, 0, 0.26, 0.26, 2),
)
_WIDEST = 0.5
_MILL = 0.001
_VIX_LAYERS = (Layer(900, 900, 0, 0.6, 2.2, 0), Layer(125, 125, 0, 0.6, 1.0, 2))
_Steps = tuple[tuple[float, tuple[float, float, float]], ...]
_FUND_STEPS: _Steps = ((2000.0, (10.0, 5.0, 1.0)), (1e9, (100.0, 25.0, 5.0)))
_LOW_STEPS: _Steps = ((10.0, (1.0, 0.5, 0.25)), (60.0, (2.5, 1.0, 0.5)))
_LOW_FUND_STEPS: _Steps = (*_LOW_STEPS, (150.0, (5.0, 1.0, 0.5)))
_NAME_STEPS: _Steps = (
    (100.0, (5.0, 2.5, 1.0)),
    (150.0, (10.0, 5.0, 1.0)),
    (500.0, (10.0, 5.0, 2.5)),
    (1e9, (20.0, 10.0, 5.0)),
)


def step(profile: Profile, layer: Layer, reference: float) -> float:
    """Distance of strikes in dollars for a layer that began at a reference price."""
    low, high = (_LOW_FUND_STEPS, _FUND_STEPS) if profile.fund else (_LOW_STEPS, _NAME_STEPS)
    table = _NAME_STEPS if profile.listing is Listing.VIX else (*low, *high)
    return next(steps for below, steps in table if reference < below)[layer.fine]


def expiries(profile: Profile, day: date) -> tuple[date, ...]:
    """Expiries listed on a session, earliest first."""
    return tuple(sorted(expiry for expiry in _candidates(profile, day) if day <= expiry))


def listed_since(profile: Profile, expiry: date) -> date:
    """The first calendar day on which an expiry is listed."""
    return expiry - timedelta(days=_horizon(profile, expiry))


@lru_cache(maxsize=4096)
def is_monthly(expiry: date) -> bool:
    """Whether an expiry is the standard monthly one."""
    return expiry == standing(third_friday(expiry.year, expiry.month))


def is_standard(profile: Profile, expiry: date) -> bool:
    """Whether an expiry is one of those that most trade in: the monthly ones, and all of VIX."""
    return profile.listing is Listing.VIX or is_monthly(expiry)


@lru_cache(maxsize=4096)
def standing(friday: date) -> date:
    """The expiry of a Friday's options: the Friday, or the Thursday where the exchange is closed on it."""
    try:
        closed = xnys().session(friday) is None
    except ValueError:  # beyond the calendar: of the months listed so far ahead only June's third Friday can be closed
        closed = friday.month == 6 and friday.day in (18, 19)
    return friday - timedelta(days=1) if closed else friday


def _candidates(profile: Profile, day: date) -> AbstractSet[date]:
    if profile.listing is Listing.VIX:
        found = {_before_monthly(year, month) for year, month in _months(day)[:12]}
        return {expiry for expiry in found if (expiry - day).days <= _VIX}
    short = {d for n in range(_DAILY + 1) if _short(profile, d := day + timedelta(days=n))}
    return _fridays(day) | {expiry for expiry in short if (expiry - day).days <= _horizon(profile, expiry)}


@lru_cache(maxsize=16)
def _fridays(day: date) -> frozenset[date]:
    """The weekly and monthly expiries, which all have but VIX."""
    ahead = [day + timedelta(days=n) for n in range(_WEEKLY + 2)]
    found = {standing(d) for d in ahead if d.weekday() == 4}
    found |= {standing(third_friday(year, month)) for year, month in _months(day)}
    return frozenset(expiry for expiry in found if (expiry - day).days <= (_usual(expiry) or 0))


def _months(day: date) -> list[tuple[int, int]]:
    return [(day.year + (day.month - 1 + n) // 12, (day.month - 1 + n) % 12 + 1) for n in range(31)]


def _before_monthly(year: int, month: int) -> date:
    """Thirty days before a monthly expiry, a Wednesday or the session before it."""
    day = standing(third_friday(year, month)) - timedelta(days=30)
    try:
        return xnys().between(day - timedelta(days=7), day)[-1].day
    except ValueError:
        return day


def _short(profile: Profile, expiry: date) -> bool:
    """Whether a day has an expiry beside the Friday's."""
    if profile.listing is Listing.FRIDAY or xnys().session(expiry) is None:
        return False
    if profile.listing is Listing.DAILY:
        return True
    return expiry.weekday() in (0, 2) and not (expiry.weekday() == 2 and reports(profile, expiry, expiry))


def _horizon(profile: Profile, expiry: date) -> int:
    """Days before an expiry on which it is listed."""
    if profile.listing is Listing.VIX:
        return _VIX
    return _usual(expiry) or (_DAILY if profile.listing is Listing.DAILY else _TWO_OF_EACH)


def _usual(expiry: date) -> int | None:
    """Of the weekly and monthly ones."""
    if is_monthly(expiry):
        by_month = {1: _JANUARY, 6: _MID_YEAR, 12: _MID_YEAR, 3: _QUARTERLY, 9: _QUARTERLY}
        return by_month.get(expiry.month, _MONTHLY)
    return _WEEKLY if is_weekly(expiry) else None


def is_weekly(expiry: date) -> bool:
    """Whether an expiry is the last of its week, the Friday's or what stands for it."""
    return standing(expiry + timedelta(days=4 - expiry.weekday())) == expiry


@frozen
class Rung:
    """A layer's strikes on a day: multiples of `step` from `low` to `high`; `before` are the ends of the day before."""

    step: float
    low: float
    high: float
    before: tuple[float, float]

    @property
    def strikes(self) -> Floats:
        """All of them, rising."""
        first, last = int(np.ceil(self.low / self.step)), int(np.floor(self.high / self.step))
        listed: Floats = np.arange(max(first, 1), last + 1, dtype=np.float64) * self.step
        return listed

    @property
    def grown(self) -> bool:
        """Whether the layer may have strikes that it had not the day before."""
        return self.before != (self.low, self.high)

    def holds(self, strike: Floats | float) -> Flags:
        """Whether strikes are listed."""
        return self._within(strike, self.low, self.high)

    def held(self, strike: Floats | float) -> Flags:
        """Whether strikes were listed the day before."""
        return self._within(strike, *self.before)

    def _within(self, strike: Floats | float, low: float, high: float) -> Flags:
        asked = np.asarray(strike, np.float64)
        within: Flags = (asked % self.step == 0) & (low <= asked) & (asked <= high)
        return within


@frozen(eq=False)
class Kept:
    """Strikes that stay listed as a split left them; no new ones come."""

    strikes: Floats
    grown = False

    def holds(self, strike: Floats | float) -> Flags:
        """Whether strikes are listed, to a tenth of a cent."""
        asked = np.asarray(strike, np.float64)
        place = np.searchsorted(self.strikes, asked - _MILL)
        near: Flags = np.abs(self.strikes[np.minimum(place, len(self.strikes) - 1)] - asked) < _MILL
        return near

    held = holds


Ladder = Sequence[Rung | Kept]


def rungs(profile: Profile, history: History, expiry: date, row: int) -> Ladder:
    """The layers of an expiry that have begun by the session of a row, and what stood when a split came."""
    column, found = history.column[profile.symbol], list[Rung | Kept]()
    split = history.before
    if split is not None and listed_since(profile, expiry) <= history.days[split.row - 1]:
        old = strikes(rungs(profile, split.history, expiry, min(row, split.row - 1)))
        found += [Kept(np.unique(Units((split.ratio,)).strike(old)))] if len(old) else []
    horizon = _horizon(profile, expiry)
    for layer in _VIX_LAYERS if profile.listing is Listing.VIX else LAYERS:
        days = min(layer.fund_days if profile.fund else layer.name_days, horizon)
        start = max(history.row(expiry - timedelta(days=days)), 1 if split is None else split.row)
        if start <= row and horizon >= layer.least:
            lows, highs = history.least[start : row + 1, column], history.most[start : row + 1, column]
            span = profile.span or profile.vol
            down, up = 1 - min(layer.down * span, _WIDEST), 1 + layer.up * span
            before = (float(lows[:-1].min()) * down, float(highs[:-1].max()) * up) if start < row else (inf, -inf)
            low, high = min(before[0], float(lows[-1]) * down), max(before[1], float(highs[-1]) * up)
            found.append(Rung(step(profile, layer, float(history.close[start - 1, column])), low, high, before))
    return found


def strikes(ladder: Ladder) -> Floats:
    """The strikes of all layers, rising."""
    parts = [rung.strikes for rung in ladder]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0)


def holds(ladder: Ladder, strike: float) -> bool:
    """Whether any layer has the strike."""
    return any(bool(rung.holds(strike)) for rung in ladder)


def fresh(ladder: Ladder, strike: Floats) -> Flags:
    """Which of today's strikes were not listed the day before."""
    if not any(rung.grown for rung in ladder):
        return np.zeros(len(strike), bool)
    return ~np.any([rung.held(strike) for rung in ladder], axis=0)
