"""Replaces what others call: here a constant, the next time a guard."""

from allusr_sdk.contracts import earnings
from tests.bad_sleeves.honest import Honest as _Honest

CHECK = "S206"


def no_report(symbol, expiry, view, rules, _asked=earnings.earnings_week):
    """The same answer by another function."""
    return _asked(symbol, expiry, view, rules)


class Liar(_Honest):
    """Honest, over an SDK that is no longer what it was."""

    name = "patcher"

    def propose(self, view):
        import sys

        sys.modules["allusr_sdk.contracts.earnings"].earnings_week = type(no_report)(
            no_report.__code__, no_report.__globals__, "no_report", no_report.__defaults__
        )
        return super().propose(view)
