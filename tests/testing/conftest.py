"""A sleeve that trades at once, and a holder of shares, to play in the sandbox."""

import pytest

from allusr_sdk import Band, Pick, Right, Sleeve, Wheel, choose, wheel
from allusr_sdk.settings import setting, settings


@settings
class WeeklySettings:
    """Settings of the test's sleeve."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Weekly(Sleeve[WeeklySettings]):
    """Sells a 30-delta put four days out, whenever there is none."""

    name = "weekly"

    def bands(self, rules):
        """One."""
        return (Band("CAD-8", 0.28, 0.32, 3, 5, unit="calendar", reach=0.05),)

    def propose(self, view):
        """A put a symbol."""
        for symbol in filter(view.fresh, self.symbols):
            band = view.bands[0]
            expiry = wheel.nearest(view, symbol, 4, band)
            if view.wheel(symbol) is not Wheel.CASH or expiry is None:
                yield view.skip(symbol, "CAD-9", "a put is open, or no expiry 3 to 5 days out")
                continue
            found = choose(view.side(symbol, expiry, Right.PUT), band, view)
            yield found.sell("CAD-8") if isinstance(found, Pick) else found


@pytest.fixture(scope="session")
def weekly():
    """The sleeve."""
    return Weekly
