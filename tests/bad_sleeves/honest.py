"""An honest sleeve, which passes every check; the liars beside it differ from it in one thing each."""

from collections.abc import Iterable

from allusr_sdk import Band, Intent, Rulebook, Sleeve, SleeveView, wheel
from allusr_sdk.settings import setting, settings


@settings
class HonestSettings:
    """Settings of the honest sleeve."""

    symbols: tuple[str, ...] = setting(default=("AAPL", "SPY"), help="Underlyings.")


class Honest(Sleeve[HonestSettings]):
    """Sells puts for the week's last session from cash, and calls on what was assigned."""

    name = "honest"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """One band, and the recovery band of shares under water."""
        return (Band("CAD-8", 0.28, 0.38, 0, 6, unit="calendar", reach=0.10), wheel.recovery_band(rules))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """A put or a call on each fresh symbol, or why none."""
        for symbol in filter(view.fresh, self.symbols):
            yield self.write(symbol, view)

    def write(self, symbol: str, view: SleeveView) -> Intent:
        """What the wheel lets be written on a symbol."""
        expiry = wheel.nearest(view, symbol, view.days_left(view.week[-1].day), view.bands[0])
        if expiry is None:
            return view.skip(symbol, "CAD-3", "no expiry up to six days out is listed")
        return wheel.write(view, symbol, expiry, view.bands[0], "CAD-4")
