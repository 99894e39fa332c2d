"""Another market each time that it is made."""

from itertools import count

from attrs import evolve

from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M301"
_made = count()


class Liar(Market):
    """The synthetic market with a VIX of its own mood."""

    def __init__(self, place="", seed=7):
        super().__init__(place, seed)
        self.mood = next(_made) / 100

    def changed(self, step):
        return evolve(step, view=evolve(step.view, vix=evolve(step.view.vix, value=step.view.vix.value + self.mood)))
