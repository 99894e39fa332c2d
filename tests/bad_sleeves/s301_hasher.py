"""Goes through its symbols in the order of a set."""

from allusr_sdk.settings import setting, settings
from tests.bad_sleeves.honest import Honest

CHECK = "S301"


@settings
class HasherSettings:
    """Settings of the hasher."""

    symbols: tuple[str, ...] = setting(
        default=("AAPL", "SPY", "QQQ", "IWM", "MSFT", "AMZN", "NVDA"), help="Underlyings."
    )


class Liar(Honest):
    """Honest on one machine, on one day."""

    name = "hasher"

    @classmethod
    def settings_type(cls):
        return HasherSettings

    def propose(self, view):
        for symbol in {symbol for symbol in self.symbols if view.fresh(symbol)}:
            yield self.write(symbol, view)
