"""Where the journal lives: SQLite in a home folder by default, PostgreSQL by URL; one set of migrations for both."""

import os
from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.copies import make_private
from allusr_sdk.ledger.engines import postgresql, sqlite_file, sqlite_memory
from allusr_sdk.ledger.migrating import Migrated, migrate
from allusr_sdk.ledger.outage import first_line

FILE = "ledger.db"


def connect(target: str | os.PathLike[str], *, create: bool = True) -> tuple[Engine, Migrated | None]:
    """An engine on a database of this version's schema, and the migration where one was needed.

    Args:
        target: a folder (the home), or a database URL (``sqlite://`` keeps all in memory).
        create: whether to make a database that is not there yet.

    Raises:
        InputError: no database there, not ours, newer than this version, or out of reach.
        BreakError: it is of an earlier version and damaged.
    """
    url = url_of(target)
    name, backend = shown(url), url.drivername.partition("+")[0]
    if backend not in _ENGINES:
        raise InputError(f"ledger {name}: only sqlite and postgresql are supported")
    engine = _ENGINES[backend](url, create)
    try:
        return engine, migrate(engine, name, create=create)
    except DBAPIError as why:
        engine.dispose()
        raise InputError(f"ledger {name} cannot be opened: {first_line(why)}") from None
    except BaseException:
        engine.dispose()
        raise


def url_of(target: str | os.PathLike[str]) -> URL:
    """The URL of a ledger: a folder's is that of the file in it. Raises `InputError` for one that cannot be read."""
    given = os.fspath(target)
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given) / FILE))
    try:
        return make_url(given)
    except (ArgumentError, ValueError):
        raise InputError(
            "the ledger's URL cannot be read: use postgresql://user@host/name, sqlite://, or a folder"
        ) from None


def shown(url: URL) -> str:
    """A URL as errors may print it: neither the password nor the options, which may hold one."""
    return url.set(query={}).render_as_string(hide_password=True)


def _sqlite(url: URL, create: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        return sqlite_memory()
    path = Path(url.database)
    if not path.exists():
        if not create:
            raise InputError(f"no ledger at {path}: `allusr run --home {path.parent}` makes one")
        _make(path)
    return sqlite_file(path)


def _make(path: Path) -> None:
    try:
        make_private(path)
    except OSError as why:
        if not path.is_file():  # else another process was first
            raise InputError(f"no ledger can be made at {path}: {why.strerror}") from None


def _postgresql(url: URL, create: bool) -> Engine:
    return postgresql(url)


_ENGINES = {"sqlite": _sqlite, "postgresql": _postgresql, "postgres": _postgresql}
