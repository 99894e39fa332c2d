"""Takes shares to come in hundreds."""

from tests.bad_sleeves.honest import Honest

CHECK = "S505"


class Liar(Honest):
    """Honest, until a spin-off or a purchase of its owner leaves it 137 shares."""

    name = "odd_lots"

    def write(self, symbol, view):
        held = view.book.shares(symbol)
        assert held % 100 == 0, f"{held} shares are no hundreds"
        return super().write(symbol, view)
