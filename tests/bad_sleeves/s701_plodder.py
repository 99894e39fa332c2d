"""Compares every strike of a side with every other one, in Python."""

from allusr_sdk import Right
from tests.bad_sleeves.honest import Honest

CHECK = "S701"


class Liar(Honest):
    """Honest, and slow where a chain is long."""

    name = "plodder"

    def write(self, symbol, view):
        expiries = view.expiries(symbol)
        sides = [view.side(symbol, expiry, Right.PUT) for expiry in expiries[:2]]
        for side in sides:
            strikes = side.strike.tolist()
            sum(a < b for a in strikes for b in strikes for _ in range(3))
        return super().write(symbol, view)
