"""Looks into a file of its own while it decides."""

from pathlib import Path

from tests.bad_sleeves.honest import Honest

CHECK = "S201"


class Liar(Honest):
    """Honest, with a glance at its own source."""

    name = "reader"

    def propose(self, view):
        Path(__file__).read_bytes()
        return super().propose(view)
