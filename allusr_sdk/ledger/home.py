"""A home's folder: its file HALT, and wishes kept as files while a process that hangs holds the database (KS-7)."""

import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import msgspec
from attrs import asdict, evolve

from allusr_sdk.ledger.copies import PRIVATE_FILE, PRIVATE_FOLDER, sync
from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.model.events import OperatorAsked

FILE, SPOOL = "HALT", "wishes"
_SHOWN = 300  # characters of the file that are kept as its reason
_NUMBERED = re.compile(r"\.?(\d+)-\d+")


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


# --- wishes as files -----------------------------------------------------------------------------------------------


def spool(folder: Path, wish: OperatorAsked) -> OperatorAsked:
    """Keep a wish as a file, whole or not at all, and durable; returns it with the name of its file."""
    place = folder / SPOOL
    place.mkdir(PRIVATE_FOLDER, exist_ok=True)
    name = f"{_next(place):020d}-{os.getpid()}"
    made = place / f".{name}"
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
        file.write(msgspec.json.encode(asdict(wish)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(made, place / name)
    for changed in (place, folder):
        sync(changed)
    return evolve(wish, source=name)


def _next(place: Path) -> int:
    """A number behind those of the files that are there, though the clock was set back: what was said last counts."""
    found = (_NUMBERED.fullmatch(path.name) for path in place.iterdir())  # and whatever else a person put there
    return max(time.time_ns(), max((int(each[1]) for each in found if each), default=0) + 1)


def spooled(folder: Path) -> tuple[OperatorAsked, ...]:
    """The wishes that are kept as files, oldest first. One that cannot be read is a halt (RULE-0)."""
    place = folder / SPOOL
    return tuple(_spooled(place / name) for name in sorted(path.name for path in place.glob("[!.]*")))


def unspool(folder: Path, name: str) -> None:
    """Remove the file of a wish that stands in the inbox."""
    (folder / SPOOL / name).unlink(missing_ok=True)
    with suppress(OSError):  # another wish came meanwhile
        (folder / SPOOL).rmdir()


def _spooled(path: Path) -> OperatorAsked:
    try:
        return evolve(msgspec.json.decode(path.read_bytes(), type=OperatorAsked), source=path.name)
    except (OSError, msgspec.MsgspecError):
        why = f"a wish that cannot be read is kept as {SPOOL}/{path.name}"
        return OperatorAsked(rule="RULE-0", action="halt", actor="file", reason=why, source=path.name)
