"""An underlying over an unbroken stretch of daily bars: its volatility, its histories by split, its boards."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from math import exp, isfinite, log

import numpy as np
from attrs import define, evolve, field, frozen

from allusr_sdk.market.bars import Series
from allusr_sdk.market.replay.climate import Climate
from allusr_sdk.market.replay.folder import HOLE
from allusr_sdk.market.replay.realised import Level, levels
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.factors import vol_beta
from allusr_sdk.market.synthetic.history import Before, History
from allusr_sdk.market.synthetic.profiles import SHARES, Listing, Profile
from allusr_sdk.model.calendar import Calendar
from allusr_sdk.model.chains import Floats
from allusr_sdk.model.views import Adjustment, Bar, Split

_FUND_SPAN, _NAME_SPAN = 0.35, 0.60
_TEMPLATE = "AAPL"
_TRADED = 20
# A high or low so many standard deviations and such a share of price beyond both open and close is a bad print.
_BAD_PRINT, _BAD_SHARE, _BELIEVED = 8.0, 0.08, 4.0


@frozen
class Cut:
    """Where the dollars of a share change: the first row of the new ones, new for old, and whether it is a split."""

    row: int
    ratio: float
    split: bool


@frozen
class Doubt:
    """A bar's high or low that is not believed."""

    day: date
    why: str


def profile_of(symbol: str) -> Profile:
    """What is constant of an underlying: the packaged liquidity of today, no report dates and no dividends by rule.

    A symbol that the table does not know is a single name with Friday expiries, scaled by the dollars it trades.
    """
    known = SHARES.get(symbol)
    if known is None:
        known = evolve(SHARES[_TEMPLATE], symbol=symbol, company=symbol, root=symbol, listing=Listing.FRIDAY)
    return evolve(known, move=0.0, dividend=0.0, ex=None, span=_FUND_SPAN if known.fund else _NAME_SPAN)


@define(eq=False, slots=False)
class Stretch:
    """One underlying's sessions, each the next with a bar, no more than `HOLE` without one between two of them.

    Attributes:
        values: open, high, low, close (dollars of the day), volume; rows as `days`.
        vix: as confirmed at each session's open, NaN where it is unknown.
    """

    profile: Profile
    days: Sequence[date]
    values: Floats
    cuts: tuple[Cut, ...]
    vix: Floats
    gaps: Floats
    doubts: tuple[Doubt, ...] = ()
    _histories: dict[int, History] = field(factory=dict, init=False)

    @cached_property
    def rows(self) -> Mapping[date, int]:
        """The row of each day."""
        return {day: row for row, day in enumerate(self.days)}

    @cached_property
    def levels(self) -> Sequence[Level]:
        """Volatility as known before each session."""
        return levels(self.profile, self.values[:, 3] * (self._units[0] / self._units), self.vix)

    def bar(self, row: int) -> Bar:
        """A session's bar."""
        return Bar(self.days[row], *self.values[row].tolist())

    def ready(self, row: int) -> bool:
        """Whether enough is known before a session to model options in it."""
        return row > 0 and isfinite(self.levels[row].vol) and isfinite(float(self.vix[row]))

    def profile_on(self, row: int) -> Profile:
        """The underlying as it is known before a session."""
        profile = evolve(self.profile, vol=self.levels[row].vol)
        if profile.symbol in SHARES:
            return profile
        template = SHARES[_TEMPLATE]
        before = self.values[max(row - _TRADED, 0) : row]
        traded = float(np.median(before[:, 3] * before[:, 4])) / (template.spot * template.shares)
        depth = min(traded, 1.0) if isfinite(traded) else 0.0
        return evolve(profile, contracts=profile.contracts * depth, open_interest=profile.open_interest * depth)

    def history(self, row: int) -> History:
        """Sessions up to and beyond a row in the shares of that row; who asks looks at nothing after it."""
        return self._in_shares(self._era(row))

    def adjusted(self, row: int) -> Cut | None:
        """The last cut before a session, where it left contracts non-standard (LQ-7)."""
        era = self._era(row)
        return self.cuts[era - 1] if era and not self.cuts[era - 1].split else None

    def _era(self, row: int) -> int:
        return sum(1 for cut in self.cuts if cut.row <= row)

    def _in_shares(self, era: int) -> History:
        if era not in self._histories:
            self._histories[era] = self._made(era)
        return self._histories[era]

    def _made(self, era: int) -> History:
        made, begun = History(self.days, (self.profile.symbol,)), self.cuts[era - 1].row if era else 0
        scale = self._units[begun] / self._units
        columns: Floats = self.values.T[:, :, None] * scale[:, None]
        made.open, made.high, made.low, made.close = columns[:4]
        made.volume = (self.values[:, 4] / scale)[:, None]
        before = np.concatenate((made.open[:1], made.close[:-1]))
        made.least, made.most = np.minimum(before, made.open), np.maximum(before, made.open)
        made.vol_open, made.variance_open = self._vol_open, 1 - self.gaps
        if era and self.cuts[era - 1].split:
            cut = self.cuts[era - 1]
            made.before = Before(self._in_shares(era - 1), round(cut.ratio), cut.row)
        return made

    @cached_property
    def _units(self) -> Floats:
        """Shares of the last day for one of each day."""
        units = np.ones(len(self.days))
        for cut in self.cuts:
            units[: cut.row] *= cut.ratio
        return units

    @cached_property
    def own(self) -> Floats:
        """Log-deviation of volatility beside VIX's by session: no share is quieter than the index that has it."""
        known = zip(self.levels, self._market.tolist(), strict=True)
        beta = vol_beta(self.profile)
        least = [(log(m.MARKET_VOL / level.vol) + (1 - beta) * market, level.own) for level, market in known]
        return np.max(np.array(least), axis=1)

    @cached_property
    def _vol_open(self) -> Floats:
        vol = np.array([level.vol for level in self.levels])
        made: Floats = vol * np.exp(vol_beta(self.profile) * self._market + self.own)
        return made[:, None]

    @cached_property
    def _market(self) -> Floats:
        """Log-deviation of VIX from its mean at each open."""
        deviation: Floats = np.log(self.vix / m.MEAN_VIX)
        return deviation


def stretches(
    profile: Profile, series: Series, changes: Sequence[Split | Adjustment], climate: Climate, calendar: Calendar
) -> tuple[Stretch, ...]:
    """A symbol's bars between its holes, bad prints taken out."""
    days: list[date] = series.days.astype(object).tolist()
    sessions = [calendar.session(day) for day in days]
    kept = [i for i, session in enumerate(sessions) if session is not None]
    breaks = [n for n, (i, j) in enumerate(pairwise(kept), 1)
              if calendar.sessions_left(days[i], days[j]) > HOLE + 1]  # fmt: skip
    found = []
    for rows in np.split(np.array(kept, np.intp), breaks):
        mine = [session for i in rows.tolist() if (session := sessions[i]) is not None]
        vix = np.array([climate.at_open(session) or np.nan for session in mine])
        gaps = np.array([m.GAP_SHARE + (1 - m.GAP_SHARE) * (1 - m.HALF_DAY) * s.half_day for s in mine])
        made = Stretch(profile, [s.day for s in mine], series.values[rows], (), vix, gaps)
        made = evolve(made, cuts=_cuts(made.days, series.factor[rows], changes))
        found.append(_believed(made))
    return tuple(found)


def _cuts(days: Sequence[date], factor: Floats, changes: Sequence[Split | Adjustment]) -> tuple[Cut, ...]:
    """Where a stretch's factor changes by what is told."""
    found = []
    for change in changes:
        row = int(np.searchsorted(np.array(days, "datetime64[D]"), np.datetime64(change.day, "D")))
        if 0 < row < len(days):
            split = isinstance(change, Split)
            ratio = float(change.ratio) if isinstance(change, Split) else float(factor[row] / factor[row - 1])
            found.append(Cut(row, ratio, split))
    return tuple(found)


def _believed(stretch: Stretch) -> Stretch:
    """The stretch without highs and lows that nobody can have traded at; each is a doubt."""
    values, doubts = stretch.values.copy(), []
    beta = vol_beta(stretch.profile)
    for row, day in enumerate(stretch.days):
        if not stretch.ready(row):
            continue
        sd = stretch.levels[row].daily * (float(stretch.vix[row]) / m.MEAN_VIX) ** beta
        start, high, low, close = values[row, :4].tolist()
        top, bottom = max(start, close), min(start, close)
        if log(high / top) > max(_BAD_PRINT * sd, _BAD_SHARE):
            values[row, 1] = round(top * exp(_BELIEVED * sd), 2)
            doubts.append(Doubt(day, _said("high", high, top, values[row, 1])))
        if log(bottom / low) > max(_BAD_PRINT * sd, _BAD_SHARE):
            values[row, 2] = round(bottom * exp(-_BELIEVED * sd), 2)
            doubts.append(Doubt(day, _said("low", low, bottom, values[row, 2])))
    return evolve(stretch, values=values, doubts=tuple(doubts)) if doubts else stretch


def _said(what: str, printed: float, nearest: float, taken: float) -> str:
    return f"{what} {printed:.2f} is no price near open and close ({nearest:.2f}): not believed, {taken:.2f} is taken"


def warm(stretch: Stretch) -> date | None:
    """The first day whose options are modelled."""
    ready = (day for row, day in enumerate(stretch.days) if stretch.ready(row))
    return next(ready, None)
