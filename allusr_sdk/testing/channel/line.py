"""`Line`: a connection that asks one question at a time and waits a bounded time for its answer."""

import socket
from pathlib import Path
from time import monotonic

import msgspec

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.testing.channel.calls import Answer, Question

HOST = "127.0.0.1"
TIMEOUT = 5.0
"""Seconds that a question waits, connecting included."""


class Ports(msgspec.Struct, frozen=True):
    """Where a test process listens: for engines, and for the test's hand."""

    engine: int
    control: int


class Line:
    """Asks; connects at the first question and, after a silence, at the next one.

    Args:
        place: file in which the process writes its ports; read at every connect, so that it may be started anew.
        port: `engine` or `control`.
        timeout: seconds for each question.
        name: of the process, in what is said of it.
    """

    def __init__(self, place: Path, port: str, timeout: float = TIMEOUT, name: str = "test broker") -> None:
        self._place, self._port, self._timeout, self._name = place, port, timeout, name
        self._socket: socket.socket | None = None

    def ask[T](self, into: type[T], verb: str, /, **given: object) -> T:
        """One question, its answer read as `into`.

        Raises:
            BrokerSilent: no answer came, so it is unknown whether it was done.
            InputError: the answer is that it cannot be done.
        """
        question = Question(verb, msgspec.Raw(msgspec.json.encode(given)))
        try:
            answer = msgspec.json.decode(self._exchange(msgspec.json.encode(question) + b"\n"), type=Answer)
        except (OSError, msgspec.MsgspecError) as why:
            self.close()
            raise BrokerSilent(f"{self._name} of {self._place}: {verb} was not answered: {why}") from None
        if answer.error:
            raise InputError(f"{self._name}: {answer.error}")
        return msgspec.json.decode(answer.value, type=into)

    def close(self) -> None:
        """Let the connection go."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, line: bytes) -> bytes:
        end = monotonic() + self._timeout
        if self._socket is None:
            ports = msgspec.json.decode(self._place.read_bytes(), type=Ports)
            self._socket = socket.create_connection((HOST, getattr(ports, self._port)), timeout=_left(end))
        self._socket.settimeout(_left(end))
        self._socket.sendall(line)
        heard = bytearray()
        while not heard.endswith(b"\n"):
            self._socket.settimeout(_left(end))
            part = self._socket.recv(1 << 16)
            if not part:
                raise ConnectionError("the connection was closed")
            heard += part
        return bytes(heard)


def _left(end: float) -> float:
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
