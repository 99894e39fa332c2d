"""Where a home's heartbeat is kept: a file of its folder, or a row of its database (KS-9)."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from attrs import evolve
from sqlalchemy import URL, Connection, NullPool, create_engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger import clocks, heartbeat
from allusr_sdk.ledger.database import url_of
from allusr_sdk.ledger.heartbeat import Heartbeat
from allusr_sdk.ledger.home import folder_of
from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.ledger.lease import WRITER
from allusr_sdk.ledger.outage import first_line
from allusr_sdk.ledger.tables import heartbeats

# A beat that waits for its server is late already; one that a crash of the server takes back is followed by the next.
_SHORT = {
    "application_name": "allusr heartbeat", "connect_timeout": 5, "tcp_user_timeout": 5000,
    "options": "-c statement_timeout=5000 -c synchronous_commit=off",
}  # fmt: skip


class Heart(Protocol):
    """The place of one home's heartbeat."""

    def read(self) -> Heartbeat | None:
        """The last beat; None where no engine ever ran. Raises `KernelError` where that cannot be known."""

    def write(self, beat: Heartbeat) -> None:
        """Put a beat in the place of the last, wholly or not at all. Raises `OSError`."""

    def close(self) -> None:
        """Let go of what reading and writing need."""


class FileHeart:
    """A file of the home's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Heartbeat | None:
        """The last beat; None also where the file is not to be read."""
        return heartbeat.read(self._folder)

    def write(self, beat: Heartbeat) -> None:
        """Put a beat in the place of the last. Raises `OSError`."""
        heartbeat.write(self._folder, beat)

    def close(self) -> None:
        """Nothing to let go of."""


class RowHeart:
    """A row of a PostgreSQL ledger, over a connection of its own: what else the ledger does is not waited for.

    Args:
        url: of the ledger.
        epoch: of the lease of who writes. One that lost the lease does not beat over its successor.
    """

    def __init__(self, url: URL, epoch: int = 0) -> None:
        self._engine = create_engine(
            url.set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT",
            connect_args=_SHORT,
        )  # fmt: skip
        self._epoch = epoch
        self._connection: Connection | None = None

    def read(self) -> Heartbeat | None:
        """The last beat, its instant told by this machine's wall clock as it is now. Raises `KernelError`."""
        since = func.extract("epoch", func.clock_timestamp() - heartbeats.c.at)
        try:
            row = self._connected().execute(select(heartbeats.c.beat, since).where(heartbeats.c.name == WRITER)).first()
        except DBAPIError as why:
            self.close()
            raise KernelError(f"the ledger's database cannot be read ({first_line(why)})") from None
        if row is None:
            return None
        beat = heartbeat.decoded(row[0].encode())
        return beat and evolve(beat, at=clocks.now() - timedelta(seconds=float(row[1])))

    def write(self, beat: Heartbeat) -> None:
        """Put a beat in the place of the last. Raises `OSError`."""
        row = {"epoch": self._epoch, "at": func.clock_timestamp(), "beat": heartbeat.encoded(beat).decode()}
        made = insert(heartbeats).values(name=WRITER, **row)
        mine = heartbeats.c.epoch <= made.excluded.epoch
        try:
            self._connected().execute(made.on_conflict_do_update(index_elements=["name"], set_=row, where=mine))
        except DBAPIError as why:
            self.close()
            raise OSError(first_line(why)) from None

    def close(self) -> None:
        """End the connection; the next word makes another."""
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection


def heart_of(ledger: Ledger) -> Heart | None:
    """The place for the heartbeat of an open ledger's engine; None for a ledger in memory."""
    if ledger.engine.dialect.name == "postgresql":
        lease = ledger.writer.lease
        return RowHeart(ledger.engine.url, lease.epoch if lease is not None else 0)
    folder = folder_of(ledger)
    return FileHeart(folder) if folder is not None else None


def heart_at(home: str) -> Heart:
    """The place of the heartbeat of a home that is not opened for it: its database may be held or out of reach."""
    url = url_of(home)
    server = url.drivername.startswith("postgres")
    return RowHeart(url) if server else FileHeart(Path(url.database or "").parent)
