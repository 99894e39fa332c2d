"""Whole copies of a SQLite ledger: online, private, complete or not there at all, and never over another file."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from allusr_sdk.errors import InputError, KernelError

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


def make_folder(path: Path) -> None:
    """Make a folder and those over it where they are missing, each for its owner alone. Raises `OSError`."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)


def make_private(path: Path) -> None:
    """Make an empty file that only its owner reads, and the folders over it where they are missing.

    Raises:
        OSError: it exists, or cannot be made.
    """
    make_folder(path.parent)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
    for folder in (path.parent, path.parent.parent):  # a power cut must not take the name of a file that is written
        sync(folder)


@contextmanager
def workshop(path: Path) -> Iterator[Path]:
    """A private folder beside the place of a new file, removed at the end with all that is in it.

    Raises:
        InputError: the file is there already, or its folder takes none.
    """
    with _told(path):
        if path.exists():
            raise FileExistsError
        make_folder(path.parent)
        with TemporaryDirectory(prefix=".allusr-", dir=path.parent) as name:
            yield Path(name)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise InputError(f"{path} is there already: nothing is overwritten") from None
    except OSError as why:
        raise InputError(f"{path} cannot be made: {why.strerror}") from None


def copy(source: Path, to: Path) -> None:
    """Copy a database file as it stands at one instant, while others write to it; `to` must not exist.

    Raises:
        InputError: the source is no database, or `to` exists.
        KernelError: the copy could not be written.
    """
    with _told(to):
        make_private(to)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(to)) as new,
        ):
            old.backup(new)
    except sqlite3.OperationalError as why:
        raise KernelError(f"{source} could not be copied ({why})") from None
    except sqlite3.DatabaseError as why:
        raise InputError(f"{source} cannot be read: {why}") from None


def seal(path: Path) -> None:
    """Make a closed database one file, without a log beside it, and bring it to the disk."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    sync(path)


def publish(made: Path, path: Path) -> None:
    """Give a sealed file its name. Raises `InputError` where that name is taken."""
    with _told(path):
        os.link(made, path)
        sync(path.parent)


def sync(path: Path) -> None:
    """Bring a file, or what a folder lists, to the disk. Raises `OSError`."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
