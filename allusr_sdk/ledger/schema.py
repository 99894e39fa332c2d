"""Of which version a ledger's schema is, found out without migrating or writing anything."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.database import shown, url_of
from allusr_sdk.ledger.engines import postgresql
from allusr_sdk.ledger.migrating import HEAD, version_of
from allusr_sdk.ledger.outage import first_line

__all__ = ["HEAD", "schema_of"]


def schema_of(target: str | os.PathLike[str]) -> str | None:
    """Version of the schema in a home folder or at a database URL; None where there is no ledger yet.

    Raises:
        InputError: what is there is no ledger, or cannot be read.
    """
    url = url_of(target)
    try:
        return _of_file(url) if url.drivername.startswith("sqlite") else _of_server(url)
    except (sqlite3.Error, DBAPIError) as why:
        raise InputError(f"ledger {shown(url)} cannot be read: {first_line(why)}") from None


def _of_file(url: URL) -> str | None:
    if not url.database or not Path(url.database).exists():
        return None
    place = f"{Path(url.database).absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(place, uri=True)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _of_server(url: URL) -> str | None:
    engine = postgresql(url)
    try:
        with engine.connect() as connection:
            return version_of(connection)
    finally:
        engine.dispose()
