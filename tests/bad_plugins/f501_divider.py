"""Divides by the capital, which may be nothing."""

from tests.bad_plugins.honest import Fork

KIND, CHECK = "fork", "F501"


class Liar(Fork):
    """Forks by FK-1 what gained its capital again."""

    name = "divider"

    def decide(self, tree):
        for name, ledger in tree.ledgers.items():
            if ledger.equity / ledger.base >= 2:
                yield from self.due(name, tree)
