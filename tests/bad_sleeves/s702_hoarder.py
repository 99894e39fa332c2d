"""Keeps a copy of every share price and a page of words about it."""

from tests.bad_sleeves.honest import Honest

CHECK = "S702"


class Liar(Honest):
    """Honest, and fatter every day."""

    name = "hoarder"

    def __init__(self, settings):
        super().__init__(settings)
        self.pages = []

    def propose(self, view):
        self.pages.append(str(view.at) * 500)
        return super().propose(view)
