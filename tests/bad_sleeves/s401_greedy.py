"""Sells nearer to the money than it declared, under the name of its own band."""

from attrs import evolve

from allusr_sdk import Right, wheel
from tests.bad_sleeves.honest import Honest

CHECK = "S401"


class Liar(Honest):
    """Honest about its band, until it comes to selling."""

    name = "greedy"

    def write(self, symbol, view):
        right, band = wheel.due(view, symbol), view.bands[0]
        expiry = wheel.nearest(view, symbol, view.days_left(view.week[-1].day), band)
        if right is not Right.PUT or expiry is None:
            return super().write(symbol, view)
        near = wheel.pick(view, symbol, expiry, right, evolve(band, low=0.44, high=0.52))
        return evolve(near.sell("CAD-4"), band=band) if hasattr(near, "sell") else super().write(symbol, view)
