"""Sells a put on the very day on which its shares were called, with money that has not come."""

from attrs import evolve

from tests.bad_sleeves.honest import Honest

CHECK = "S405"


class Liar(Honest):
    """Honest, but it does not wait for settlement."""

    name = "impatient"

    def write(self, symbol, view):
        return super().write(symbol, evolve(view, book=evolve(view.book, called={})))
