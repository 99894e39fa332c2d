"""Believes that what is sent is filled."""

from tests.bad_sleeves.honest import Honest

CHECK = "S502"


class Liar(Honest):
    """Honest with a broker that fills; an order of today that came to nothing is beyond it."""

    name = "believer"

    def write(self, symbol, view):
        day, _ = view.book.tried.get(symbol, (None, 0))
        assert day != view.session.day, f"an order on {symbol} came to nothing, which cannot be"
        return super().write(symbol, view)
