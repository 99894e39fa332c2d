"""Gen-Acc, the generator: 40-45 delta cash-secured puts and covered calls, 0-1 DTE, on liquid names (CAD-4)."""

from collections.abc import Iterable
from datetime import date

from allusr_sdk import Band, Intent, Rulebook, Sleeve, SleeveView, hookimpl, wheel
from allusr_sdk.settings import setting, settings


@settings
class GenSettings:
    """Settings of Gen-Acc; every bound is the rulebook's, so a setting can only tighten it."""

    symbols: tuple[str, ...] = setting(
        default=("AAPL", "MSFT", "AMZN", "GOOG", "SPY", "QQQ", "IWM"), help="Underlyings, in order of preference."
    )
    delta_low: float = setting(
        default=0.40, ge=0.40, le=0.45, up_to="delta_high", help="Lowest absolute delta to write."
    )
    delta_high: float = setting(default=0.45, ge=0.40, le=0.45, help="Highest absolute delta to write.")
    dte_max: int = setting(
        default=1, ge=0, le=1, unit="sessions", help="Sessions left to expiry, at most; CAD-4.stress has its own."
    )


class GenAcc(Sleeve[GenSettings]):
    """Sells the week's last expiry on the session before it, and again on the last session for what is left.

    With `CAD-4.stress` it plays the stress profile instead: one entry session a week, one to three sessions before the
    same expiry. With `CAD-4.daily_etf` funds are sold on any session, up to a session out.
    """

    name = "gen_acc"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """Its own band, and the recovery band of shares under water."""
        s, days = self.settings, (0, self.settings.dte_max)
        if rules.flag("CAD-4.stress"):
            days = _stress_span(rules)
        own = wheel.sleeve_band(rules, "CAD-8.gen_band", s.delta_low, s.delta_high, days=days, unit="sessions")
        return (own, wheel.recovery_band(rules))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """Each fresh symbol: its put, its call, or why not."""
        return wheel.granted(view, (self._wanted(symbol, view) for symbol in filter(view.fresh, self.symbols)))

    def _wanted(self, symbol: str, view: SleeveView) -> Intent | wheel.Wish:
        return wheel.recover(view, symbol, "CAD-9") if wheel.under_water(view, symbol) else self._write(symbol, view)

    def _write(self, symbol: str, view: SleeveView) -> Intent | wheel.Wish:
        expiry = view.week[-1].day
        closed = self._closed_today(expiry, view)
        if closed and self._daily(symbol, view.rules):
            expiry, closed = self._nearby(symbol, view)
        if shut := view.shut({"CAD-4": closed}):
            return view.skip(symbol, *shut)
        return wheel.wish(view, symbol, expiry, view.bands[0], "CAD-4")

    def _closed_today(self, last: date, view: SleeveView) -> str:
        """Why this session has no entry for the week's last expiry, or an empty text."""
        left = view.sessions_left(last)
        if view.rules.flag("CAD-4.stress"):
            nearest, furthest = _stress_span(view.rules)
            entry = min(furthest, len(view.week) - 1)
            if left == entry >= nearest:
                return ""
            return f"stress profile: {left} sessions before the week's last, it enters {entry} before"
        modes = {1: "CAD-4.primary", 0: "CAD-4.zero_dte_retry"}
        if left <= self.settings.dte_max and left in modes and view.rules.flag(modes[left]):
            return ""
        return f"{left} sessions before the week's last: no entry session"

    # --- funds on any session ---

    def _daily(self, symbol: str, rules: Rulebook) -> bool:
        fund = rules.flag("CAD-4.daily_etf") and symbol in rules.texts("CAD-4.daily_symbols")
        return fund and not rules.flag("CAD-4.stress")

    def _nearby(self, symbol: str, view: SleeveView) -> tuple[date, str]:
        """The furthest listed expiry of the week within `dte_max` sessions, or why there is none."""
        last, most = view.week[-1].day, self.settings.dte_max
        near = [e for e in view.expiries(symbol) if e <= last and view.sessions_left(e) <= most]
        return (near[-1], "") if near else (last, f"no expiry 0 to {most} sessions out is listed")


def _stress_span(rules: Rulebook) -> tuple[int, int]:
    return rules.integer("CAD-4.stress_min"), rules.integer("CAD-4.stress_max")


@hookimpl
def allusr_sleeves() -> list[type[Sleeve[GenSettings]]]:
    """The sleeve that this distribution brings."""
    return [GenAcc]
