"""Draws from everybody's random state under another name."""

import importlib

from tests.bad_sleeves.honest import Honest

CHECK = "S202"


class Liar(Honest):
    """Honest, but it moves the dice."""

    name = "gambler"

    def propose(self, view):
        getattr(importlib.import_module("rand" + "om"), "random")()  # noqa: B009 - hidden from who reads
        return super().propose(view)
