"""Wheel, an example sleeve: puts until assigned, then calls until called away.

Its own rules, which every intent names beside the rulebook's:

**W-1** From CASH, sell a put at `delta_low` to `delta_high`, `dte_min` to `dte_max` calendar days out.
**W-2** On shares without a call, sell a call from the same band, at or over the basis of the shares.
**W-3** Buy back what has earned `take_profit` of its credit, at the ask.
**W-4** Sell no put while VIX stands over `vix_max`, or while nobody knows where it stands.
"""

from collections.abc import Iterable
from decimal import Decimal
from math import isfinite

from allusr_sdk import (
    Band,
    Close,
    Intent,
    Position,
    Right,
    Rulebook,
    Skip,
    Sleeve,
    SleeveView,
    hookimpl,
    setting,
    settings,
    wheel,
)

_RULE_OF = {Right.PUT: "W-1", Right.CALL: "W-2"}


@settings
class WheelSettings:
    """Settings of the wheel."""

    symbols: tuple[str, ...] = setting(default=("SPY", "IWM"), help="Underlyings, in order of preference.")
    delta_low: float = setting(
        default=0.25, ge=0.05, le=0.45, up_to="delta_high", help="Lowest absolute delta to write."
    )
    delta_high: float = setting(default=0.30, ge=0.05, le=0.45, help="Highest absolute delta to write.")
    dte_min: int = setting(
        default=4, ge=1, le=30, up_to="dte_max", unit="days", help="Calendar days to expiry, at least."
    )
    dte_target: int = setting(default=7, ge=1, le=30, unit="days", help="Calendar days to expiry, best.")
    dte_max: int = setting(default=9, ge=1, le=30, unit="days", help="Calendar days to expiry, at most.")
    take_profit: Decimal = setting(
        default=Decimal("0.65"), ge=Decimal("0.1"), le=Decimal(1), help="Share of the credit that is bought back."
    )
    vix_max: float = setting(default=30.0, ge=10.0, le=50.0, help="VIX over which no put is sold.")


class Wheel(Sleeve[WheelSettings]):
    """Sells puts until assigned, then calls until called away."""

    name = "wheel"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """One band for puts and calls; the rulebook says how far under it a strike may lie."""
        s = self.settings
        reach = 0.0 if rules.flag("CAD-8.strict") else rules.number("CAD-8.fallback")
        return (Band("CAD-8", s.delta_low, s.delta_high, s.dte_min, s.dte_max, "calendar", reach),)

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """Each fresh symbol: its put, its call, or why not."""
        for symbol in filter(view.fresh, self.symbols):
            due = wheel.due(view, symbol)
            yield self._write(symbol, due, view) if isinstance(due, Right) else due

    def manage(self, position: Position, view: SleeveView) -> Iterable[Intent]:
        """What has earned its share is bought back (W-3); everything else is the protocol's."""
        if position.contract is None or not position.short or not view.managing:
            return
        quote = view.quote(position.contract)
        if quote is None or not quote.sound:
            return
        ask = Decimal(str(quote.ask))
        kept = 1 - ask / position.price
        if kept >= self.settings.take_profit:
            yield Close(
                position.symbol, "W-3", f"{kept:.0%} of the credit is kept at the ask", position=position, quote=quote
            )

    def _write(self, symbol: str, right: Right, view: SleeveView) -> Intent:
        if right is Right.PUT and (shut := self._shut(symbol, view)):
            return shut
        band = view.bands[0]
        expiry = wheel.nearest(view, symbol, self.settings.dte_target, band)
        if expiry is None:
            why = f"no expiry {band.nearest} to {band.furthest} days out is listed"
            return view.skip(symbol, f"{_RULE_OF[right]} CAD-3", why)
        return wheel.sold(wheel.pick(view, symbol, expiry, right, band), symbol, _RULE_OF[right])

    def _shut(self, symbol: str, view: SleeveView) -> Skip | None:
        """Why no put is sold now (W-4)."""
        vix, most = view.market.vix, self.settings.vix_max
        if vix is None or not isfinite(vix.value):
            return view.skip(symbol, "W-4", "VIX is unknown")
        return view.skip(symbol, "W-4", f"VIX stands over {most:g}", vix=vix.value) if vix.value > most else None


@hookimpl
def allusr_sleeves() -> list[type[Sleeve[WheelSettings]]]:
    """The sleeve that this distribution brings."""
    return [Wheel]
