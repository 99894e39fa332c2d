"""Trades on every second day after the one on which it was started."""

from datetime import date

from allusr_sdk import Note
from tests.bad_sleeves.honest import Honest

CHECK = "S304"


class Liar(Honest):
    """Honest, but its backtest is the story of its birthday."""

    name = "birthday"

    def propose(self, view):
        born = view.book.notes.get("born")
        if born is None:
            yield Note("", "CAD-4", key="born", text=view.session.day.isoformat())
        odd = born is not None and (view.session.day - date.fromisoformat(born)).days % 2
        for symbol in filter(view.fresh, self.symbols):
            yield view.skip(symbol, "CAD-4", "an odd day of its life") if odd else self.write(symbol, view)
