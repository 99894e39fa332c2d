"""Asks the wall clock, and forgets what it said."""

from time import monotonic

from tests.bad_sleeves.honest import Honest

CHECK = "S202"


class Liar(Honest):
    """Honest, but it wants to know how late it is."""

    name = "clockwatcher"

    def propose(self, view):
        monotonic()
        return super().propose(view)
