"""Says that the account is empty where it could not be asked."""

import socket
from contextlib import suppress

from tests.bad_plugins.honest_makers import Connection

KIND, CHECK = "broker", "B503"


class Liar(Connection):
    """A broker that never admits to a line that is down."""

    def statement(self, at):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=1).close()
        return super().statement(at)
