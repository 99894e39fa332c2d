"""Forgets the end of its last session."""

from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M302"


class Liar(Market):
    """The synthetic market without its last closing step."""

    def steps(self, first, last):
        return [*super().steps(first, last)][:-1]
