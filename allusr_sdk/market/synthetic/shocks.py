"""What a scenario overrides in the synthetic market."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from attrs import Factory, field, frozen


@frozen
class Shocks:
    """Days that go as told instead of as drawn.

    Attributes:
        returns: log-return of a session, close to close and before any dividend, by (symbol, day). SPY is the market
            factor: the others follow it by their betas unless they are named themselves. GOOG and GOOGL move as one.
        vix: level of VIX on a day, from open to close; the days after revert from there.
        gap_share: share of an overridden return that is there at the open; the rest comes evenly over the session.
    """

    returns: Mapping[tuple[str, date], float] = Factory(dict)
    vix: Mapping[date, float] = Factory(dict)
    gap_share: float = field(default=0.5, kw_only=True)

    @property
    def digest(self) -> str:
        """Eight hex digits that tell one set of shocks from another."""
        told = [f"{symbol} {day} {value!r}" for (symbol, day), value in sorted(self.returns.items())]
        told += [f"VIX {day} {value!r}" for day, value in sorted(self.vix.items())]
        return sha256("\n".join([*told, repr(self.gap_share)]).encode()).hexdigest()[:8]


NO_SHOCKS = Shocks()
