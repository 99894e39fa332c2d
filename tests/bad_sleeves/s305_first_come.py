"""Takes the first row that fits, in the vendor's order."""

from allusr_sdk import Right, wheel
from tests.bad_sleeves.honest import Honest

CHECK = "S305"


class Liar(Honest):
    """Honest but for the expiry: the first one listed in the chain's rows, not the nearest."""

    name = "first_come"

    def write(self, symbol, view):
        chain = view.fresh(symbol).chain
        if chain is None:
            return view.skip(symbol, "CAD-3", "no chain")
        days = [day for day in chain.expiry.astype(object) if 0 <= view.days_left(day) <= 6]
        if not days:
            return view.skip(symbol, "CAD-3", "no expiry up to six days out is listed")
        right = wheel.due(view, symbol)
        if not isinstance(right, Right):
            return right
        return wheel.sold(wheel.pick(view, symbol, days[0], right, view.bands[0]), symbol, "CAD-4")
