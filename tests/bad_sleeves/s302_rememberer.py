"""Counts on its own object how often it was asked."""

from attrs import evolve

from tests.bad_sleeves.honest import Honest

CHECK = "S302"


class Liar(Honest):
    """Honest until the process is restarted: then it begins to count anew."""

    name = "rememberer"
    asked = 0

    def propose(self, view):
        self.asked += 1
        for intent in super().propose(view):
            yield evolve(intent, why=f"{intent.why}; more than once asked" if self.asked > 1 else intent.why)
