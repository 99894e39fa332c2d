"""Cannot cancel."""

from tests.bad_plugins.honest_makers import Connection

KIND, CHECK = "broker", "B101"


class Liar(Connection):
    """A broker that only knows forward."""

    cancel = None
