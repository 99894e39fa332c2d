"""Says nothing of itself."""

from tests.bad_sleeves.honest import Honest

CHECK = "S103"


class Liar(Honest):
    name = "anonymous"
