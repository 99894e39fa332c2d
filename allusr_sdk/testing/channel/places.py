"""Files that are whole or not there, and loopback ports that are kept before anybody listens."""

import os
import socket
from pathlib import Path

from allusr_sdk.testing.channel.line import HOST


def write(path: Path, text: bytes) -> None:
    """A file for its owner alone, whole or not at all."""
    made = path.with_name(f".{path.name}.new")
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    made.replace(path)


def bound(port: int) -> socket.socket:
    """A loopback port of ours, that refuses connections until somebody listens."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        raise
    return made
