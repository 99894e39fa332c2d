"""Where the journal lives: SQLite in a home folder by default, PostgreSQL by URL; one set of migrations for both."""

import os
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, select, table, text
from sqlalchemy import column as sql_column
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.outage import first_line

FILE = "ledger.db"
HEAD = "0003"
_MIGRATION_LOCK = 4_155_773  # any constant: PostgreSQL's advisory locks are numbers


def connect(target: str | os.PathLike[str], *, create: bool = True) -> Engine:
    """An engine on a migrated database.

    Args:
        target: a folder (the home), or a database URL (``sqlite://`` keeps all in memory).
        create: whether to make a database that is not there yet.

    Raises:
        InputError: no database there, not ours, newer than this version, or out of reach.
    """
    url = _url(target)
    name, backend = url.render_as_string(hide_password=True), url.drivername.partition("+")[0]
    if backend not in _ENGINES:
        raise InputError(f"ledger {name}: only sqlite and postgresql are supported")
    engine = _ENGINES[backend](url, create)
    try:
        _migrate(engine, name, create=create)
    except DBAPIError as why:
        engine.dispose()
        raise InputError(f"ledger {name} cannot be opened: {first_line(why)}") from None
    except InputError:
        engine.dispose()
        raise
    return engine


def writing(engine: Engine) -> Engine:
    """The engine for transactions that write: SQLite takes its lock at their beginning, so they cannot deadlock."""
    return engine.execution_options(allusr_write=True)


def _url(target: str | os.PathLike[str]) -> URL:
    given = os.fspath(target)
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given) / FILE))
    try:
        return make_url(given)
    except (ArgumentError, ValueError):
        raise InputError(
            "the ledger's URL cannot be read: use postgresql://user@host/name, sqlite://, or a folder"
        ) from None


def _sqlite(url: URL, create: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        memory = {"check_same_thread": False}
        return _prepared(create_engine("sqlite://", poolclass=StaticPool, connect_args=memory))
    path = Path(url.database)
    if not path.exists():
        if not create:
            raise InputError(f"no ledger at {path}: `allusr run --home {path.parent}` makes one")
        _create_private(path)
    return _prepared(create_engine(url))


def _create_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as why:
        raise InputError(f"no ledger can be made at {path}: {why.strerror}") from None


def _prepared(engine: Engine) -> Engine:
    """Durable settings, and transactions that begin where we say (the driver's own begin too late)."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("allusr_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgresql(url: URL, create: bool) -> Engine:
    return create_engine(url.set(drivername="postgresql+psycopg"), connect_args={"application_name": "allusr"})


_ENGINES = {"sqlite": _sqlite, "postgresql": _postgresql, "postgres": _postgresql}


def _migrate(engine: Engine, name: str, *, create: bool) -> None:
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        _upgrade(connection, name, create=create)


def _version(connection: Connection) -> str | None:
    """The schema's version; None in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(sql_column("version_num")).select_from(table("alembic_version"))).scalar()


def _upgrade(connection: Connection, name: str, *, create: bool) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "allusr_sdk.ledger:migrations")
    version = _version(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise InputError(f"ledger {name} has schema {version}, newer than this version's {HEAD}: update allusr-sdk")
    if version is None and not create:
        raise InputError(f"no ledger in {name}: `allusr run` makes one")
    if version is None and (foreign := inspect(connection).get_table_names()):
        raise InputError(f"{name} is not a ledger: it already holds the table {sorted(foreign)[0]}")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
