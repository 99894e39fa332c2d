"""A client that reads strictly: a message that is not exactly as its layout has it fails the test."""

import socket

from allusr_sdk.testing.tws.codec import decode, frame, unframed
from allusr_sdk.testing.tws.messages import MESSAGES

HOST = "127.0.0.1"
PUT, LOWER, CALL = "SPY   260220P00690000", "SPY   260220P00680000", "SPY   260220C00700000"
QUOTES = {"SPY": (694.99, 695.01), PUT: (4.00, 4.04), LOWER: (2.10, 2.14), CALL: (3.00, 3.06)}
NUMBERED = {layout.number: layout for layout in MESSAGES.values()}


class Wire:
    """Speaks the protocol over a socket, word by word. `close` ends it."""

    def __init__(self, port, client=3, versions="v157..178", start=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        greeting = versions.encode()
        self.socket.sendall(b"API\0" + len(greeting).to_bytes(4, "big") + greeting)
        if start:
            self.version, self.time = unframed(self._body())
            self.ask(71, 2, client, "")

    def ask(self, *fields):
        """Send a request, its number first."""
        self.socket.sendall(frame([str(field) for field in fields]))

    def read(self):
        """The next message, as its layout has it."""
        number, *fields = unframed(self._body())
        message, wrong = decode(NUMBERED[int(number)], fields)
        assert not wrong
        return message

    def until(self, name):
        """All messages up to one of a name, that one last."""
        found = [self.read()]
        while found[-1].name != name:
            found.append(self.read())
        return found

    def errors(self, count):
        """The codes of the next errors, other messages left out."""
        found = []
        while len(found) < count:
            message = self.read()
            found += [message.number("code")] if message.name == "error" else []
        return found

    def ready(self):
        """Past the notices that a connection begins with."""
        self.errors(3)
        return self

    def ended(self):
        """Whether the other side has closed, everything before it read."""
        try:
            while self.socket.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _body(self):
        return self._exactly(int.from_bytes(self._exactly(4), "big"))

    def _exactly(self, count):
        found = b""
        while len(found) < count:
            part = self.socket.recv(count - len(found))
            if not part:
                raise EOFError("the connection was closed")
            found += part
        return found
