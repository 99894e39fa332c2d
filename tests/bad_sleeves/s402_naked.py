"""Writes calls on shares that it does not hold."""

from allusr_sdk import Right, wheel
from tests.bad_sleeves.honest import Honest

CHECK = "S402"


class Liar(Honest):
    """Honest with puts; on Tuesdays without a position it writes a call instead."""

    name = "naked"

    def write(self, symbol, view):
        band, right = view.bands[0], wheel.due(view, symbol)
        expiry = wheel.nearest(view, symbol, view.days_left(view.week[-1].day), band)
        bare = view.session.day.weekday() == 1 and not view.book.shares(symbol)
        if right is not Right.PUT or expiry is None or not bare:
            return super().write(symbol, view)
        return wheel.sold(wheel.pick(view, symbol, expiry, Right.CALL, band), symbol, "CAD-4")
