"""One writer at a time: a lease that a second process does not get, and a fence against one that lost it.

The lock alone says who may start (a file lock in a home, an advisory lock in PostgreSQL; both end with the process). A
process that was cut off and comes back knows nothing of that, so each holder also gets the next number of an epoch, and
every append is refused by the database unless its epoch still stands.
"""

import os
import re
import socket
from pathlib import Path

import msgspec
from attrs import asdict, frozen
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import InputError, KernelError, StateRefusal
from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.engines import writing
from allusr_sdk.ledger.locks import AdvisoryLock, FileLock, Lock, NoLock
from allusr_sdk.ledger.outage import first_line, lasting, reading
from allusr_sdk.ledger.tables import leases

WRITER = "writer"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@frozen
class Holder:
    """A process that holds a lease: its number, its host and since when (UTC, text)."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class Lease:
    """The right to write, under a name; `epoch` counts its holders. Raises `InputError` for a name that is no word."""

    name: str
    epoch: int

    def __init__(self, engine: Engine, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise InputError(f"lease {name!r}: use letters, digits, - and _")
        self.name, self.epoch = name, 0
        self._engine = engine
        self._me = Holder(os.getpid(), socket.gethostname(), f"{clocks.now():%Y-%m-%d %H:%M:%S} UTC")
        self._lock = self._made()

    def take(self) -> None:
        """Take the lock and the next epoch. Raises `StateRefusal` naming the holder where another process has it."""
        try:
            lasting(lambda again: self._begin())
        except DBAPIError as why:
            self._lock.release()
            raise KernelError(f"the ledger's database gives no lease ({first_line(why)})") from None

    def regain(self) -> None:
        """Hold the lock still, or again after the database was gone.

        Raises:
            KernelError: another process has it now.
        """
        if not self._lock.take() or self.taken():
            raise KernelError(f"{self.taken() or f'the lease passes to {self._other()}'}: nothing more is written")

    def taken(self) -> str:
        """Who took the lease over from this process, as a sentence; empty while it stands."""
        epoch, holder = reading(self._standing)
        return "" if epoch == self.epoch else f"the lease of this ledger has passed to {holder or 'another process'}"

    def release(self) -> None:
        """Give lock and right back."""
        self._lock.release()

    def _begin(self) -> None:
        self._locked()
        with writing(self._engine).begin() as connection:
            self.epoch = self._next(connection)

    def _made(self) -> Lock:
        engine, text = self._engine, _json(self._me)
        if engine.dialect.name == "postgresql":
            return AdvisoryLock(engine, self.name)
        return (
            FileLock(Path(engine.url.database).parent / f"{self.name}.lock", text) if engine.url.database else NoLock()
        )

    def _locked(self) -> None:
        try:
            if self._lock.take():
                return
        except OSError as why:
            raise InputError(f"no lock can be made in the ledger's home: {why.strerror}") from None
        raise StateRefusal(f"the ledger is in use by {self._other()}: end that process first, or use another --home")

    def _other(self) -> str:
        holder = _holder(self._lock.read()) if isinstance(self._lock, FileLock) else reading(self._standing)[1]
        return str(holder or "a process that has just started")

    def _standing(self) -> tuple[int, Holder | None]:
        with self._engine.connect() as connection:
            row = connection.execute(select(leases.c.epoch, leases.c.holder).where(leases.c.name == self.name)).first()
        return (row.epoch, _holder(row.holder)) if row else (0, None)

    def _next(self, connection: Connection) -> int:
        mine = {"holder": _json(self._me)}
        again = update(leases).where(leases.c.name == self.name).values(epoch=leases.c.epoch + 1, **mine)
        if (epoch := connection.execute(again.returning(leases.c.epoch)).scalar()) is not None:
            return int(epoch)
        connection.execute(insert(leases).values(name=self.name, epoch=1, **mine))
        return 1


def _json(holder: Holder) -> str:
    return msgspec.json.encode(asdict(holder)).decode()


def _holder(text: str) -> Holder | None:
    try:
        return msgspec.json.decode(text, type=Holder)
    except msgspec.MsgspecError:
        return None
