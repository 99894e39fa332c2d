"""From a schema of an earlier release to this one's: kept as it was, tried on a copy, verified, and only then done.

The home is in MAINTENANCE from then on (`ledger.maintenance`): the next engine verifies all of it before it goes on.
"""

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.ledger import clocks, maintenance
from allusr_sdk.ledger.copies import copy, publish, seal, workshop
from allusr_sdk.ledger.engines import sqlite_file, writing
from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.ledger.tables import metadata
from allusr_sdk.ledger.verify import verify_all

HEAD = "0005"
# As alembic makes it.
_VERSIONS = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)  # fmt: skip
_LOCK = 4_155_773  # any constant: PostgreSQL's advisory locks are numbers


def migrate(engine: Engine, name: str, *, create: bool, kept: str = "") -> None:
    """Bring a database to this version's schema.

    Args:
        engine: the database.
        name: how it is called in errors.
        create: whether an empty one becomes a ledger.
        kept: where it is kept already, as a backup is that was copied; else it is kept now.

    Raises:
        InputError: it is empty (without `create`), not a ledger, or of a newer version.
        BreakError: its journal is damaged. A file is left as it was; PostgreSQL keeps both, old and new.
    """
    with engine.connect() as connection:
        version = version_of(connection)
        if version == HEAD:
            return
        _require_known(connection, version, name, create=create)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and version and not kept:
        kept = _try_out(Path(file), name, version)
    with writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if version_of(connection) == HEAD:  # another process was first
            return
        if version and not file:
            kept = _keep_tables(connection, version)
        (upgrade if version else lay_out)(connection)
        if version:
            done = f"the ledger was migrated from schema {version} to {HEAD}, kept as it was in {Path(kept).name}"
            maintenance.enter(connection, done, clocks.now())
    if version and not file:
        _require_sound(engine, f"{name} was migrated, its old tables are in the schema {kept}")


def lay_out(connection: Connection) -> None:
    """Make the tables of an empty database as they are declared: what migrates old ones need not be imported for it."""
    metadata.create_all(connection)
    _VERSIONS.create(connection)
    connection.execute(insert(_VERSIONS).values(version_num=HEAD))


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations on a connection, in its transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "allusr_sdk.ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def version_of(connection: Connection) -> str | None:
    """The schema's version; None in an empty database."""
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    return connection.execute(select(_VERSIONS.c.version_num)).scalar()


def _require_known(connection: Connection, version: str | None, name: str, *, create: bool) -> None:
    if version is not None and not ("0001" <= version <= HEAD):
        raise InputError(f"ledger {name} has schema {version}, newer than this version's {HEAD}: update allusr-sdk")
    if version is None and not create:
        raise InputError(f"no ledger in {name}: `allusr run` makes one")
    if version is None and (foreign := inspect(connection).get_table_names()):
        raise InputError(f"{name} is not a ledger: it already holds the table {sorted(foreign)[0]}")


def _try_out(path: Path, name: str, version: str) -> str:
    """Keep the file beside itself as it is, once a copy of it was migrated and found sound."""
    kept = path.with_name(f"{path.stem}-schema-{version}-{clocks.now():%Y%m%dT%H%M%S.%fZ}.db")
    with workshop(kept) as folder:
        copy(path, folder / "kept.db")
        copy(folder / "kept.db", folder / "tried.db")
        tried = sqlite_file(folder / "tried.db")
        try:
            with writing(tried).begin() as connection:
                upgrade(connection)
            _require_sound(tried, f"{name} has schema {version} and was not migrated")
        finally:
            tried.dispose()
        seal(folder / "kept.db")
        publish(folder / "kept.db", kept)
    return str(kept)


def _keep_tables(connection: Connection, version: str) -> str:
    """All tables once more, in a schema of their own."""
    schema = f"allusr_schema_{version}_{clocks.now():%Y%m%dt%H%M%Sz}"
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for name in inspect(connection).get_table_names():
        connection.execute(text(f"CREATE TABLE {schema}.{name} AS TABLE {name}"))
    return schema


def _require_sound(engine: Engine, state: str) -> None:
    bad = next((report for report in verify_all(Ledger(engine)) if report.bad), None)
    if bad:
        raise BreakError(f"ledger {state}: run {bad.run}, {bad.bad}; restore it from a backup")
