"""A home's folder: the file HALT in it, and whether its database can be written to (KS-7)."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from allusr_sdk.ledger.copies import PRIVATE_FILE
from allusr_sdk.ledger.journal import Ledger

FILE = "HALT"
_SHOWN = 300  # characters of the file that are kept as its reason


def folder_of(ledger: Ledger) -> Path | None:
    """The home's folder; None for a server's database and for one in memory."""
    database = ledger.engine.url.database
    return Path(database).parent if database and ledger.engine.dialect.name == "sqlite" else None


def halt_file(folder: Path) -> str | None:
    """What the file HALT of a home says, as one line; None where there is no such file."""
    try:
        with open(folder / FILE, "rb") as file:
            text = " ".join(file.read(4 * _SHOWN).decode(errors="replace").split())[:_SHOWN]
    except FileNotFoundError:
        return None
    except OSError as why:
        return f"a file {FILE} stands in the home and cannot be read: {why.strerror}"
    return text or f"a file {FILE} stands in the home"


def file_halt(folder: Path, text: str) -> None:
    """Put a file HALT in a home, whole or not at all; one that stands there stays. Raises `OSError`."""
    made = folder / f".{FILE}.{os.getpid()}"
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE_FILE), "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(made, folder / FILE)
    os.unlink(made)


def locked(ledger: Ledger, seconds: float) -> bool:
    """Whether another process keeps a home's database from being written to for so long, as a stopped one may."""
    folder = folder_of(ledger)
    if folder is None:
        return False
    path = Path(str(ledger.engine.url.database)).absolute()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=seconds, isolation_level=None)) as base:
        try:
            base.execute("BEGIN IMMEDIATE")
            base.execute("ROLLBACK")
        except sqlite3.OperationalError as why:
            return why.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False
