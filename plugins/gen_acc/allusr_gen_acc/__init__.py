"""Gen-Acc, the generator: 40-45 delta cash-secured puts and covered calls, 0-1 DTE, on liquid names (CAD-4)."""

from collections.abc import Iterable

from allusr_sdk import Band, Intent, Rulebook, Sleeve, SleeveView, hookimpl, wheel
from allusr_sdk.settings import setting, settings


@settings
class GenSettings:
    """Settings of Gen-Acc; every bound is the rulebook's, so a setting can only tighten it."""

    symbols: tuple[str, ...] = setting(
        default=("AAPL", "MSFT", "AMZN", "GOOG", "SPY", "QQQ", "IWM"), help="Underlyings, in order of preference."
    )
    delta_low: float = setting(default=0.40, ge=0.40, le=0.45, help="Lowest absolute delta to write.")
    delta_high: float = setting(default=0.45, ge=0.40, le=0.45, help="Highest absolute delta to write.")
    dte_max: int = setting(default=1, ge=0, le=1, unit="sessions", help="Sessions left to expiry, at most.")


class GenAcc(Sleeve[GenSettings]):
    """Sells the week's last expiry on the session before it, and again on the last session for what is left."""

    name = "gen_acc"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """Its own band, and the recovery band of shares under water."""
        s = self.settings
        days = (0, s.dte_max)
        own = wheel.sleeve_band(rules, "CAD-8.gen_band", s.delta_low, s.delta_high, days=days, unit="sessions")
        return (own, wheel.recovery_band(rules))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """Each fresh symbol: its put, its call, or why not."""
        last = view.week[-1].day
        shut = view.shut({"CAD-4": self._closed_today(view.sessions_left(last), view)})
        for symbol in filter(view.fresh, self.symbols):
            if wheel.under_water(view, symbol):
                yield from wheel.recover(view, symbol, "CAD-9")
            elif shut:
                yield view.skip(symbol, *shut)
            else:
                yield from wheel.write(view, symbol, last, view.bands[0], "CAD-4")

    def _closed_today(self, left: int, view: SleeveView) -> str:
        modes = {1: "CAD-4.primary", 0: "CAD-4.zero_dte_retry"}
        if left <= self.settings.dte_max and left in modes and view.rules.flag(modes[left]):
            return ""
        return f"{left} sessions before the week's last: no entry session"


@hookimpl
def allusr_sleeves() -> list[type[Sleeve]]:
    """The sleeve that this distribution brings."""
    return [GenAcc]
