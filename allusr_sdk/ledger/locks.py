"""What one process alone can hold and loses with its life: a lock on a file, or an advisory lock of PostgreSQL."""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

_READ = 4096  # bytes: a holder is one short line
# The server notices within half a minute that a host is gone; a process that dies is noticed at once.
_ALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


class Lock(Protocol):
    """A lock between processes."""

    def take(self) -> bool:
        """Take it, or take it again after it may have been lost; False where another process holds it."""

    def release(self) -> None:
        """Give it back."""


class FileLock:
    """An OS lock on a file of the home, which says who holds it. It ends with the process, however that ends.

    The file stays: who removed it would let in a second holder. One that was removed all the same is made anew.
    """

    def __init__(self, path: Path, holder: str) -> None:
        self._path, self._holder = path, holder
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock and write the holder. Raises `OSError` where the file cannot be made."""
        while self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            if self._is(file):
                os.ftruncate(file, 0)
                os.pwrite(file, self._holder.encode(), 0)
                self._file = file
            else:
                os.close(file)
        return True

    def release(self) -> None:
        """Empty the file and let go."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def read(self) -> str:
        """What the holder wrote of itself; empty where nothing is written."""
        with open(self._path, "rb") as file:
            return file.read(_READ).decode(errors="replace")

    def _is(self, file: int) -> bool:
        """Whether an open file is still the one that others find by its name."""
        try:
            return os.path.samestat(os.fstat(file), os.stat(self._path))
        except FileNotFoundError:
            return False


class AdvisoryLock:
    """A lock of the server, held by a connection of its own; the server frees it when the connection ends."""

    def __init__(self, engine: Engine, name: str) -> None:
        options = {"application_name": f"allusr lease {name}", "options": _ALIVE}
        self._engine = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=options)
        self._key = int.from_bytes(hashlib.sha256(f"allusr {name}".encode()).digest()[:8], signed=True)
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Take the lock, over a new connection where the old one broke. Raises `DBAPIError` without a server."""
        if self._connection is not None and self._alive(self._connection):
            return True
        self._connection = self._engine.connect()
        taken = bool(self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar())
        if not taken:
            self.release()
        return taken

    def release(self) -> None:
        """End the connection, and the lock with it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _alive(self, connection: Connection) -> bool:
        try:
            connection.execute(text("SELECT 1"))
        except DBAPIError:
            connection.close()
            self._connection = None
            return False
        return True


class NoLock:
    """For a database in memory, which no other process can reach."""

    def take(self) -> bool:
        """Nothing to take."""
        return True

    def release(self) -> None:
        """Nothing to give back."""
