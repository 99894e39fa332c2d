"""Believes that what it asked for was done."""

from allusr_sdk import Note, Sell
from tests.bad_sleeves.honest import Honest

CHECK = "S502"


class Liar(Honest):
    """Honest with a broker that fills; it looks up what it sold as if it had to be there."""

    name = "believer"

    def propose(self, view):
        for symbol in filter(view.fresh, self.symbols):
            sold, day = view.book.notes.get(symbol, " ").split(" ")
            if day == str(view.session.day) and view.attempt == 0:
                view.book.positions[sold]
            yield from self._noted(symbol, view)

    def _noted(self, symbol, view):
        wish = self.write(symbol, view)
        yield wish
        if isinstance(wish, Sell):
            after = view.calendar.after(view.session.day).day
            yield Note(
                symbol,
                "CAD-4",
                key=symbol,
                text=f"{view.book.name}:{wish.quote.contract.osi} {after}".replace("  ", "_"),
            )
