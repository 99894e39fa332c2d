"""Writes into the books that it is shown, past everything that keeps them frozen."""

from decimal import Decimal

from tests.bad_sleeves.honest import Honest

CHECK = "S203"


class Liar(Honest):
    """Honest, but it writes itself a compliment: dollars by which its fills beat the touch."""

    name = "scribbler"

    def propose(self, view):
        object.__setattr__(view.book, "improvement", view.book.improvement + Decimal("0.01"))
        return super().propose(view)
