"""Looks up the stack to see whether this is a backtest."""

import inspect

from tests.bad_sleeves.honest import Honest

CHECK = "S601"


class Liar(Honest):
    """Honest in backtests and in checks; in paper it takes Mondays off."""

    name = "two_faced"

    def propose(self, view):
        found = (getattr(frame.frame.f_locals.get("self"), "plan", None) for frame in inspect.stack(0))
        paper = "paper" in {getattr(plan, "mode", "") for plan in found}
        for symbol in filter(view.fresh, self.symbols):
            off = paper and view.session.day.weekday() == 0
            yield view.skip(symbol, "CAD-4", "Monday") if off else self.write(symbol, view)
