"""Reaches past the SDK."""

from allusr_sdk.kernel.sizing import allot
from tests.bad_sleeves.honest import Honest

CHECK = "S205"


class Liar(Honest):
    """Honest, with a hand on the kernel."""

    name = "insider"
    sizes = staticmethod(allot)
