"""Sells on quotes that are crossed: the bid looked so good."""

from attrs import evolve

from allusr_sdk import Right, Sell, wheel
from tests.bad_sleeves.honest import Honest

CHECK = "S501"


class Liar(Honest):
    """Honest while bids lie under asks."""

    name = "bargain_hunter"

    def write(self, symbol, view):
        chain, band = view.fresh(symbol).chain, view.bands[0]
        if chain is None or not len(chain) or not (chain.bid > chain.ask).all():
            return super().write(symbol, view)
        if wheel.due(view, symbol) is not Right.PUT:
            return view.skip(symbol, "CAD-9", "nothing is due")
        expiry = wheel.nearest(view, symbol, view.days_left(view.week[-1].day), band)
        side = view.side(symbol, expiry, Right.PUT) if expiry else None
        if side is None or not len(side):
            return view.skip(symbol, "CAD-3", "nothing is listed")
        return Sell(
            symbol, "CAD-4", "a bid over the ask", {}, quote=side.quote(len(side) // 2), delta=-0.33, band=evolve(band)
        )
