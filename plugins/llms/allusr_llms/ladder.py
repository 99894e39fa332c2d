"""`Llms`: answers for each of its two ledgers, the growth ladder and the hedges."""

from collections.abc import Iterable

from allusr_llms import growth, hedges
from allusr_llms.growth import Exits
from allusr_sdk import Intent, LadderManager, LadderView
from allusr_sdk.settings import setting, settings


@settings
class LlmsSettings:
    """Settings of the ladders; their limits are the rulebook's, the profile (`ll_1.profile`, otm or itm) among them."""

    symbols: tuple[str, ...] = setting(
        default=("AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "TSLA", "META", "SPY", "QQQ"),
        help="Underlyings of growth rungs, in order of preference.",
    )
    half_at: float = setting(
        default=0.0, ge=0, le=10, unit="times the cost", help="Gain at which half of a rung is sold, once; 0 never."
    )
    all_at: float = setting(
        default=0.0, ge=0, le=20, unit="times the cost", help="Gain at which a rung is sold; 0 never. LL-3 names 2."
    )
    stop: float = setting(
        default=0.0, ge=0, le=0.95, unit="times the cost", help="Loss at which a rung is sold; 0 never. LL-3 names 0.5."
    )


class Llms(LadderManager[LlmsSettings]):
    """Buys 30-delta calls (or 75-delta ones) more than a year out when budget and spacing allow, and rolls them.

    Of the hedges that were handed to it it sells what has paid, what calm or age ends, and rolls what is still needed.
    About four in five 30-delta rungs are expected to expire worthless; the ladder lives by the fifth.
    """

    name = "llms"

    def plan(self, view: LadderView) -> Iterable[Intent]:
        """What to do with one of the two ledgers at this instant."""
        if not view.growth:
            return hedges.plan(view)
        s = self.settings
        return growth.plan(view, s.symbols, Exits(s.half_at, s.all_at, s.stop))
