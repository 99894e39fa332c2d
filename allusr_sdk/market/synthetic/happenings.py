"""What companies and exchanges do, as a session sees it: report dates, dividends ahead, and what takes effect today."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from attrs import evolve

from allusr_sdk.market.synthetic import corporate
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.market.synthetic.script import Script
from allusr_sdk.market.synthetic.units import SAME, Units
from allusr_sdk.model.money import price
from allusr_sdk.model.views import Action, Adjustment, Dividend, EarlyExercise, EarningsDate, Split

_DAY = timedelta(days=1)
_AHEAD = timedelta(days=200)
_BACK = timedelta(days=100)


class Happenings:
    """Corporate actions and report dates of some underlyings, as a script has them."""

    def __init__(self, symbols: Sequence[str], script: Script) -> None:
        table = corporate.told(script)
        self._profiles = {symbol: table[symbol] for symbol in symbols}
        self._script = script
        self._pay_days = {(d.symbol, d.ex_day): d.pay_day for d in script.dividends if d.pay_day is not None}

    def dividends(self, symbol: str, first: date, last: date, units: Units) -> tuple[Dividend, ...]:
        """Dividends with an ex-date from `first` to `last`, in dollars a share of today; indices pay none out."""
        profile = self._profiles[symbol]
        paid = () if profile.index else corporate.dividends(profile, first, last)
        return tuple(Dividend(symbol, day, price(cash / units.count), self._pay_day(symbol, day)) for day, cash in paid)

    def _pay_day(self, symbol: str, ex_day: date) -> date:
        return self._pay_days.get((symbol, ex_day)) or corporate.pay_day(symbol, ex_day)

    def ahead(self, day: date, units: Mapping[str, Units]) -> Mapping[str, tuple[Dividend, ...]]:
        """Announced dividends after a day, soonest first; the next one of who pays any is always among them."""
        return {s: self.dividends(s, day + _DAY, day + _AHEAD, units.get(s, SAME)) for s in self._profiles}

    def actions(self, day: date, units: Mapping[str, Units]) -> tuple[Action, ...]:
        """What takes effect at a session's open: in this order exercises, splits, adjustments and dividends.

        Options exercised the evening before and shares entitled to a dividend are counted as they then stood, except
        that a dividend on the day of a split is in new shares.
        """
        told = self._script
        forced: tuple[Split | Adjustment | EarlyExercise, ...] = (*told.exercises, *told.splits, *told.adjustments)
        paid = (dividend for s in self._profiles for dividend in self.dividends(s, day, day, units.get(s, SAME)))
        return (*(action for action in forced if action.day == day and action.symbol in self._profiles), *paid)

    def earnings(self, day: date) -> Mapping[str, tuple[EarningsDate, ...]]:
        """Report dates as the calendar knows them on a day: the last one and the next two; funds have none."""
        known = {symbol: _dates(profile, day) for symbol, profile in self._profiles.items()}
        for told in self._script.calendars:
            if told.day <= day <= told.until and told.symbol in known:
                dates = known.pop(told.symbol)
                if told.as_of is not None:
                    known[told.symbol] = tuple(evolve(entry, as_of=told.as_of) for entry in dates)
        return known


def _dates(profile: Profile, day: date) -> tuple[EarningsDate, ...]:
    found = corporate.reports(profile, day - _BACK, day + _AHEAD)
    chosen = [r for r in found if r.day < day][-1:] + [r for r in found if r.day >= day][:2]
    dates = (EarningsDate(profile.symbol, r.day, r.session, r.confirmed, r.as_of or day - _DAY) for r in chosen)
    return tuple(entry for entry in dates if entry.as_of <= day)
