"""Takes a part of what was contributed along with the gain."""

from decimal import Decimal

from attrs import evolve

from tests.bad_plugins.honest import Fork

KIND, CHECK = "fork", "F503"


class Liar(Fork):
    """Forks by FK-1, a cent more than there is."""

    name = "spender"

    def due(self, name, tree):
        if found := list(super().due(name, tree)):
            amount = tree.ledgers[name].surplus.quantize(Decimal("0.01")) + Decimal("0.01")
            yield evolve(found[0], amount=amount, shares=((name, amount),))
