"""Opens something as soon as it is made."""

from pathlib import Path

from tests.bad_plugins.honest_makers import Connection

KIND, CHECK = "broker", "B201"


class Liar(Connection):
    """A broker that logs in to be listed."""

    def __init__(self):
        super().__init__()
        Path(__file__).read_bytes()
