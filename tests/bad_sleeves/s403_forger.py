"""Touches up the quotes that LQ-1 is going to be asked about."""

from attrs import evolve

from allusr_sdk import Sell
from tests.bad_sleeves.honest import Honest

CHECK = "S403"


class Liar(Honest):
    """Honest about prices, generous about open interest and volume."""

    name = "forger"

    def write(self, symbol, view):
        wish = super().write(symbol, view)
        if not isinstance(wish, Sell):
            return wish
        return evolve(wish, quote=evolve(wish.quote, open_interest=90_000.0, volume=90_000.0))
