"""Says nothing of what is fine."""

from allusr_sdk import Skip
from tests.bad_plugins.honest import Guarding

KIND, CHECK = "protocol", "P402"


class Liar(Guarding):
    """Guards, and answers only where something is to be done."""

    name = "silent"

    def respond(self, position, assessment, view):
        return [i for i in super().respond(position, assessment, view) if not isinstance(i, Skip)]

    def calm(self, position, assessment, view):
        return None
