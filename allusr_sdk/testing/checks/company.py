"""The company in which plugins are tried: a plain wheel for those that are no sleeve, the installed protocol."""

from collections.abc import Iterable, Iterator
from functools import cache

from allusr_sdk.contracts import Sleeve, SleeveView, wheel
from allusr_sdk.host.discovery import discover
from allusr_sdk.host.importing import imported
from allusr_sdk.model.intents import Band, Intent
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import setting, settings

PROTOCOL = "protocol"


@settings
class CompanySettings:
    """Settings of the plain wheel."""

    symbols: tuple[str, ...] = setting(default=("AAPL", "SPY"), help="Underlyings.")


class Company(Sleeve[CompanySettings]):
    """Sells the week's last expiry at 30 to 35 delta from its first sessions on, puts from cash and calls on shares."""

    name = "company"

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """One wide band, and the recovery band of shares under water."""
        return (Band("CAD-8", 0.25, 0.40, 0, 6, unit="calendar", reach=0.10), wheel.recovery_band(rules))

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """A put or a call on each fresh symbol, or why none."""
        for symbol in filter(view.fresh, self.symbols):
            yield from self._write(symbol, view)

    def _write(self, symbol: str, view: SleeveView) -> Iterator[Intent]:
        expiry = wheel.nearest(view, symbol, view.days_left(view.week[-1].day), view.bands[0])
        if expiry is None:
            yield view.skip(symbol, "CAD-3", "no expiry up to six days out is listed")
        else:
            yield wheel.write(view, symbol, expiry, view.bands[0], "CAD-4")


@cache
def protocols() -> tuple[object, ...]:
    """The built-in protocol where it is installed; none elsewhere."""
    found = [each for each in discover() if each.name == PROTOCOL and not each.problem]
    return (imported(found[0]),) if found else ()
