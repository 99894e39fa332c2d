"""Asks for the bar of a session that is not over."""

from tests.bad_sleeves.honest import Honest

CHECK = "S303"


class Liar(Honest):
    """Honest where bars are; brilliant where a source knows today's close."""

    name = "prophet"

    def write(self, symbol, view):
        bar = view.market.bars.on(symbol, view.session.day)
        if bar is not None and bar.close < view.fresh(symbol).spot:
            return view.skip(symbol, "CAD-4", "it will fall today")
        return super().write(symbol, view)
