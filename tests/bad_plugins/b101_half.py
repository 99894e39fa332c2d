"""Cannot move a limit."""

from tests.bad_plugins.honest_makers import Connection

KIND, CHECK, ALSO = "broker", "B101", ("B503",)


class Liar(Connection):
    """A broker that takes an order as it comes."""

    reprice = None
