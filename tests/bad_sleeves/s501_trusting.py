"""Takes for granted that a snapshot has a chain with rows."""

from tests.bad_sleeves.honest import Honest

CHECK = "S501"


class Liar(Honest):
    """Honest on days on which the feed is whole."""

    name = "trusting"

    def write(self, symbol, view):
        chain = view.fresh(symbol).chain
        assert chain is None or len(chain), "a chain always has rows"
        return super().write(symbol, view)
