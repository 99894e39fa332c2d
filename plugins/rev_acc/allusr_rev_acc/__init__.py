"""Rev-Acc, the revenue sleeve: 30-35 delta cash-secured puts and covered calls, 3-5 days out (CAD-5)."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

from attrs import evolve

from allusr_rev_acc import pods
from allusr_sdk import Band, Intent, Pick, Right, Rulebook, Skip, Sleeve, SleeveView, hookimpl, wheel
from allusr_sdk.settings import setting, settings


@settings
class RevSettings:
    """Settings of Rev-Acc; every bound is the rulebook's, so a setting can only tighten it."""

    symbols: tuple[str, ...] = setting(default=("NVDA", "TSLA"), help="Underlyings, in order of preference.")
    delta_low: float = setting(
        default=0.30, ge=0.30, le=0.35, up_to="delta_high", help="Lowest absolute delta to write."
    )
    delta_high: float = setting(default=0.35, ge=0.30, le=0.35, help="Highest absolute delta to write.")
    dte_min: int = setting(
        default=3, ge=3, le=5, up_to="dte_max", unit="days", help="Calendar days to expiry, at least."
    )
    dte_max: int = setting(default=5, ge=3, le=5, unit="days", help="Calendar days to expiry, at most.")


class RevAcc(Sleeve[RevSettings]):
    """Sells the furthest expiry of the week on Monday, and on Tuesday and Wednesday what is left unallocated.

    Much capital is written in pods, one attempt of the window after the other, at neighbouring strikes (LQ-3).
    """

    name = "rev_acc"
    prepares = "PE-2.prepare_rev"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """Its own band, and the recovery band of shares under water."""
        s = self.settings
        days = (max(s.dte_min, rules.integer("CAD-5.dte_min")), min(s.dte_max, rules.integer("CAD-5.dte_max")))
        own = wheel.sleeve_band(rules, "CAD-8.rev_band", s.delta_low, s.delta_high, days=days, unit="calendar")
        return (own, wheel.recovery_band(rules))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """Each fresh symbol: its put, its call, or why not."""
        shut = view.shut({"CAD-5": self._closed_today(view)})
        return wheel.granted(view, (self._wanted(symbol, shut, view) for symbol in filter(view.fresh, self.symbols)))

    def _wanted(self, symbol: str, shut: tuple[str, str] | None, view: SleeveView) -> Intent | wheel.Wish:
        if wheel.under_water(view, symbol):
            return wheel.recover(view, symbol, "CAD-9")
        return view.skip(symbol, *shut) if shut else self._write(symbol, view)

    def _write(self, symbol: str, view: SleeveView) -> Intent | wheel.Wish:
        band, horizon = view.bands[0], self._horizon(view)
        listed = [e for e in view.expiries(symbol) if e <= horizon]
        expiry = max((e for e in listed if band.nearest <= view.days_left(e) <= band.furthest), default=None)
        if expiry is None:
            why = f"no expiry {band.nearest} to {band.furthest} days out is listed up to {horizon}"
            return view.skip(symbol, "CAD-3 CAD-5", why)
        if (turn := pods.turn(view)) is None:
            return wheel.wish(view, symbol, expiry, band, "CAD-5")
        right = wheel.due(view, symbol, pods=True)
        if isinstance(right, Skip):
            return right
        search = wheel.search(view, symbol, expiry, right, band, nth=turn.pod)
        return wheel.Wish(search, partial(self._part, symbol, right, turn, view))

    def _part(self, symbol: str, right: Right, turn: pods.Turn, view: SleeveView, found: Pick | Skip) -> Intent:
        """What the pod whose turn it is writes of the symbol (LQ-3)."""
        if isinstance(found, Skip):
            return wheel.sold(found, symbol, "CAD-5")
        if right is Right.CALL:
            lots = turn.calls(view.book, symbol)
        else:
            lots = turn.puts(view, symbol, found.quote.contract.strike, len(self.symbols))
        if lots < 1:
            return view.skip(symbol, "LQ-3 CAD-10", f"{turn}: its part of {symbol} is written", pod=turn.pod)
        numbers = {**found.numbers, "pod": turn.pod, "pods": turn.count}
        return evolve(found, how=f"{turn}: {found.how}", numbers=numbers).sell("CAD-5 LQ-3", lots, pod=turn.pod)

    def _closed_today(self, view: SleeveView) -> str:
        if view.session.day.weekday() > 2:
            return f"{view.session.day:%A} is no entry session: Monday to Wednesday are"
        horizon = self._horizon(view)
        band = view.bands[0]
        if view.days_left(horizon) < band.nearest:
            span = f"{band.nearest} to {band.furthest}"
            return f"no expiry {span} days out in this week: its last, {horizon}, is {view.days_left(horizon)} off"
        return ""

    def _horizon(self, view: SleeveView) -> date:
        if view.rules.flag("CAD-5.weekend_carry"):
            return view.session.day + timedelta(days=view.bands[0].furthest)
        return view.week[-1].day


@hookimpl
def allusr_sleeves() -> list[type[Sleeve[RevSettings]]]:
    """The sleeve that this distribution brings."""
    return [RevAcc]
