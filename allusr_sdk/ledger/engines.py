"""Engines for the two databases: durable settings, and transactions that begin where we say."""

import logging
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import StaticPool

# FULL: what is committed is on the disk. WAL: readers and an online backup stop no writer. It enters the file at 2,000
# pages: an entry and its indices change so many that at SQLite's 1,000 one append in a hundred waited for it.
_PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=2000")
# A server or a network that went is noticed within half a minute; TCP alone would wait for a quarter of an hour.
_SERVER = {
    "application_name": "allusr", "connect_timeout": 10, "tcp_user_timeout": 30_000,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
}  # fmt: skip
_SYNCHRONOUS = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
logging.getLogger("psycopg").addHandler(logging.NullHandler())  # a lost connection is told once, by us


def sqlite_memory() -> Engine:
    """A database that lives as long as its engine."""
    return _prepared(create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}))


def sqlite_file(path: Path) -> Engine:
    """A database in a file, which SQLite would make if it were missing."""
    return _prepared(create_engine(URL.create("sqlite", database=str(path))))


def postgresql(url: URL) -> Engine:
    """A database of a server; nothing is asked of it yet. Values go to it by their places, as they go to SQLite."""
    engine = create_engine(url.set(drivername="postgresql+psycopg"), connect_args=_SERVER, paramstyle="format")

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(_SYNCHRONOUS)
        cursor.execute("SET jit = off")  # it takes longer than anything that is asked of a ledger gains by it
        cursor.close()
        connection.commit()

    return engine


def writing(engine: Engine) -> Engine:
    """The engine for transactions that write: SQLite takes its lock at their beginning, so they cannot deadlock."""
    return engine.execution_options(allusr_write=True)


def _prepared(engine: Engine) -> Engine:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:  # the driver's own would come too late
        write = connection.get_execution_options().get("allusr_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
