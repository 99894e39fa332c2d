"""Replaces what others call: here by the same function, the next time by another one."""

from types import FunctionType

from allusr_sdk import earnings
from tests.bad_sleeves.honest import Honest

CHECK = "S206"


class Liar(Honest):
    """Honest, over an SDK that is no longer what it was."""

    name = "patcher"

    def propose(self, view):
        asked = earnings.covered_at_most
        earnings.covered_at_most = FunctionType(asked.__code__, asked.__globals__, asked.__name__)
        return super().propose(view)
