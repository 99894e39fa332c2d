"""Says nothing of its hedges."""

from tests.bad_plugins.honest import Ladder

KIND, CHECK = "ladder", "L403"


class Liar(Ladder):
    """Answers by LL-1 where it is asked about growth."""

    name = "forgetful"

    def plan(self, view):
        return super().plan(view) if view.growth else ()
