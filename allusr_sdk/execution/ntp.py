"""What time it is by a time server: one question of SNTP (RFC 4330), one answer."""

import secrets
import socket
from datetime import UTC, datetime, timedelta

PORT, PATIENCE = 123, 3.0  # seconds for which an answer is awaited
_LENGTH, _CLIENT, _SERVER = 48, 0x23, 4
_ERA = 2**32  # seconds; the first ends in 2036
_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)


def ask(server: str) -> datetime:
    """The time of a server, aware UTC, as it stood when it answered.

    Args:
        server: its name, or name:port.

    Raises:
        OSError: it does not answer, or there is no such server.
        ValueError: what it answers is no time.
    """
    name, _, port = server.partition(":")
    mark = secrets.token_bytes(8)  # comes back with the answer, and so tells it from anybody else's
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(PATIENCE)
        line.connect((name, int(port or PORT)))
        line.send(bytes([_CLIENT]) + bytes(_LENGTH - 9) + mark)
        return _time(line.recv(512), mark)


def _time(answer: bytes, mark: bytes) -> datetime:
    """The instant in an answer. Raises `ValueError` where it is none to our question, or of an unset clock."""
    if len(answer) < _LENGTH or answer[0] & 7 != _SERVER or answer[24:32] != mark:
        raise ValueError("what answered is no time server")
    if answer[0] >> 6 == 3 or not 0 < answer[1] < 16:
        raise ValueError("the server's own clock is not set")
    whole, part = (int.from_bytes(answer[i : i + 4]) for i in (40, 44))
    return _EPOCH + timedelta(seconds=whole + (_ERA if whole < _ERA // 2 else 0) + part / _ERA)
