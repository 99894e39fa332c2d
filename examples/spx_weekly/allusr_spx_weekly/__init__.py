"""SPX-Weekly, an example sleeve: one cash-settled European SPXW put a week, sold at the end of the day.

Its own rule, which every intent names beside the rulebook's:

**SPXW-1** On the week's first session, in CASH, sell one put of the SPXW root at 25 to 35 delta, 3 to 7 calendar days
out, nearest 5 and no later than the week's last session, so that it has settled before the next week begins. The SPX
root is refused: it settles on an opening print, which no closing price replaces.
"""

from collections.abc import Iterable
from datetime import date

from allusr_sdk import Band, Intent, Pick, Right, Rulebook, Sleeve, SleeveView, Wheel, choose, hookimpl
from allusr_sdk.settings import setting, settings

RULE = "SPXW-1"


@settings
class SpxWeeklySettings:
    """Settings of SPX-Weekly."""

    symbols: tuple[str, ...] = setting(default=("SPX",), help="Underlyings; only SPX has the root.")
    root: str = setting(default="SPXW", choices=("SPXW",), help="Option root; the SPX root settles in the morning.")
    delta_low: float = setting(
        default=0.25, ge=0.05, le=0.45, up_to="delta_high", help="Lowest absolute delta to write."
    )
    delta_high: float = setting(default=0.35, ge=0.05, le=0.45, help="Highest absolute delta to write.")
    dte_min: int = setting(
        default=3, ge=1, le=7, up_to="dte_max", unit="days", help="Calendar days to expiry, at least."
    )
    dte_max: int = setting(default=7, ge=1, le=7, unit="days", help="Calendar days to expiry, at most.")
    dte_target: int = setting(default=5, ge=1, le=7, unit="days", help="Calendar days to expiry, best.")
    lots: int = setting(default=1, ge=1, le=50, help="Contracts a week; each ties strike x 100.")


class SpxWeekly(Sleeve[SpxWeeklySettings]):
    """Sells a weekly SPXW put from CASH and lets it settle in cash."""

    name = "spx_weekly"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """The one band that its puts come from; no strike below it will do instead."""
        s = self.settings
        return (Band(RULE, s.delta_low, s.delta_high, s.dte_min, s.dte_max, "calendar"),)

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """This week's put, or why there is none."""
        first = view.week[0].day
        early = "" if view.session.day == first else f"only on the week's first session, which was {first}"
        shut = view.shut({RULE: early})
        for symbol in filter(view.fresh, self.symbols):
            yield view.skip(symbol, *shut) if shut else self._write(symbol, view)

    def next_expiry(self, symbol: str, view: SleeveView) -> date | None:
        """Where the protocol would roll to: the next week's last session, as far as the root lists it."""
        following = super().next_expiry(symbol, view)
        return following if following in self._listed(symbol, view) else None

    def _write(self, symbol: str, view: SleeveView) -> Intent:
        if (state := view.wheel(symbol)) is not Wheel.CASH:
            return view.skip(symbol, "CAD-9", f"{symbol} is in {state}: nothing new until it ends")
        s, last = self.settings, view.week[-1].day
        within = [e for e in view.expiries(symbol) if s.dte_min <= view.days_left(e) <= s.dte_max and e <= last]
        listed = [e for e in self._listed(symbol, view) if e in within]
        if not listed:
            other = f"{s.root} lists none of {', '.join(map(str, within))}, and the SPX root settles in the morning"
            none = f"no expiry {s.dte_min} to {s.dte_max} days out is listed up to {last}"
            return view.skip(symbol, f"{RULE} KS-11", other) if within else view.skip(symbol, RULE, none)
        expiry = min(listed, key=lambda e: (abs(view.days_left(e) - s.dte_target), e))
        found = choose(view.side(symbol, expiry, Right.PUT, s.root), view.bands[0], view)
        return found.sell(RULE, s.lots) if isinstance(found, Pick) else found

    def _listed(self, symbol: str, view: SleeveView) -> tuple[date, ...]:
        return view.expiries(symbol, self.settings.root)


@hookimpl
def allusr_sleeves() -> list[type[Sleeve[SpxWeeklySettings]]]:
    """The sleeve that this distribution brings."""
    return [SpxWeekly]
