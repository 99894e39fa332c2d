"""Divides by its free cash."""

from tests.bad_sleeves.honest import Honest

CHECK = "S504"


class Liar(Honest):
    """Honest while there is a dollar."""

    name = "divider"

    def propose(self, view):
        assert view.book.equity / view.book.cash > 0 or view.book.cash
        return super().propose(view)
