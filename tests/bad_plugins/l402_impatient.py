"""Buys a rung on every day."""

from tests.bad_plugins.honest import Ladder

KIND, CHECK = "ladder", "L402"


class Liar(Ladder):
    """Buys the next rung of LL-1 and does not wait for LL-2."""

    name = "impatient"

    def due(self, view):
        return ""
