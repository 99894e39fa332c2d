"""Where the journal lives: SQLite in a home folder by default, PostgreSQL by URL."""

import os
from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.copies import make_private
from allusr_sdk.ledger.engines import postgresql, sqlite_file, sqlite_memory

FILE = "ledger.db"


def engine_of(url: URL, *, create: bool) -> Engine:
    """An engine on a ledger's database, whatever is in it (``sqlite://`` keeps all in memory).

    Raises:
        InputError: no file there, without `create`, or none can be made; or neither SQLite nor PostgreSQL.
    """
    backend = url.drivername.partition("+")[0]
    if backend not in _ENGINES:
        raise InputError(f"ledger {shown(url)}: only sqlite and postgresql are supported")
    return _ENGINES[backend](url, create)


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
