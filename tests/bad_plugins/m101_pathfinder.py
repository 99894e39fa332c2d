"""Says where its data lie."""

from tests.bad_plugins.honest_makers import Market

KIND, CHECK = "market", "M101"


class Liar(Market):
    """The synthetic market, as if it lay in a folder."""

    @property
    def description(self):
        return "/data/of/mine"
