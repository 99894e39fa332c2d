"""Takes for granted that a snapshot has a chain with rows."""

from tests.bad_sleeves.honest import Honest

CHECK, ALSO = "S501", {"S505"}  # made-up views have empty chains too


class Liar(Honest):
    """Honest on days on which the feed is whole."""

    name = "trusting"

    def write(self, symbol, view):
        chain = view.fresh(symbol).chain
        assert chain is None or len(chain), "a chain always has rows"
        return super().write(symbol, view)
