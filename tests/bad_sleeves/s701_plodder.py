"""Makes a value of every row of the chain, over and over, to look at a few of them."""

from tests.bad_sleeves.honest import Honest

CHECK = "S701"


class Liar(Honest):
    """Honest, and slow in the first attempt of a week."""

    name = "plodder"

    def write(self, symbol, view):
        chain = view.fresh(symbol).chain
        if chain is not None and view.attempt == 0 and view.session.day == view.week[0].day:
            for _ in range(3):
                [chain.quote(row) for row in range(len(chain))]
        return super().write(symbol, view)
