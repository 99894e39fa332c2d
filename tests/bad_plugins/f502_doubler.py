"""Asks for one fork whenever it is asked, so a restart makes two."""

from tests.bad_plugins.honest import Fork

KIND, CHECK = "fork", "F502"


class Liar(Fork):
    """Forks by FK-1 one at a time."""

    name = "doubler"

    def due(self, name, tree):
        return list(super().due(name, tree))[:1]
