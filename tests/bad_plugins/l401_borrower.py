"""Buys rungs with the hedges' money too."""

from tests.bad_plugins.honest import Ladder

KIND, CHECK = "ladder", "L401"


class Liar(Ladder):
    """Buys the next rung of LL-1, whichever ledger it is asked about."""

    name = "borrower"

    def plan(self, view):
        yield from self.held(view)
        yield self.next(view)

    def due(self, view):
        return super().due(view) if view.growth else ""
