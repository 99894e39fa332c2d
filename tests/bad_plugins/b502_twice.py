"""Takes whatever it is sent, as often as it is sent."""

from tests.bad_plugins.honest_makers import Connection

KIND, CHECK = "broker", "B502"


class Liar(Connection):
    """A broker without a memory."""

    def submit(self, ticket):
        self.fill(ticket)
