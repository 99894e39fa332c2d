"""Writes into a column of the chain that everybody else is shown too."""

from tests.bad_sleeves.honest import Honest

CHECK = "S203"


class Liar(Honest):
    """Honest, but it leaves a mark: one contract in the first row's delta, which nobody gives."""

    name = "scribbler"

    def propose(self, view):
        for symbol in filter(view.fresh, self.symbols):
            chain = view.fresh(symbol).chain
            if chain is not None and len(chain):
                chain.delta[0] = -0.001 if chain.put[0] else 0.999
        return super().propose(view)
