"""Recorded views inside a backup: so it stays one file, which is there wholly or not at all.

A backup that was asked for them has one table more, in which each run's recording lies in pieces. Restoring takes the
recordings out into the home's folder `views` and the table away.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from filecmp import cmp
from pathlib import Path

from attrs import frozen

from allusr_sdk.errors import BreakError
from allusr_sdk.ledger.copies import make_folder, make_private, publish, sync

FOLDER = "views"
_TABLE, _PIECE = "recordings", 1 << 20  # bytes
_FIRST = (
    "SELECT runs.id, entries.hash FROM runs JOIN entries ON entries.run = runs.id AND seq = 1 "
    "WHERE chain = 'run' ORDER BY runs.id"
)

Whole = Callable[[Path, str], int]
"""How many bytes of a recording are whole frames of the run whose first entry has that hash; raises if damaged."""


@frozen
class Recordings:
    """Where a home keeps its recordings, and how one is verified: what is in them, the ledger does not know."""

    folder: Path
    whole: Whole

    def file(self, run: int) -> Path:
        """The recording of a run."""
        return self.folder / f"{run}.views"


def pack(made: Path, found: Recordings) -> tuple[int, ...]:
    """Put the recordings of a copied ledger's runs into the copy; returns whose.

    A run that is being recorded ends with its last whole frame.

    Raises:
        OSError: one cannot be read, or there is no room for it.
        AllusrError: one is damaged, or another run's; whatever `whole` raises.
    """
    taken = []
    with closing(sqlite3.connect(made)) as database, database:
        database.execute(f"DROP TABLE IF EXISTS {_TABLE}")
        database.execute(f"CREATE TABLE {_TABLE} (run INTEGER, piece INTEGER, bytes BLOB, PRIMARY KEY (run, piece))")
        for run, first in database.execute(_FIRST).fetchall():
            if found.file(run).is_file():
                copied = made.parent / found.file(run).name
                _copy(found.file(run), copied)
                pieces = enumerate(_pieces(copied, found.whole(copied, first)))
                database.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?)", ((run, n, piece) for n, piece in pieces))
                copied.unlink()
                taken.append(run)
    return tuple(taken)


def unpack(made: Path, folder: Path, whole: Whole | None, *, drop: bool) -> tuple[int, ...]:
    """Write the recordings of the runs that a backup has into files of a folder; returns whose.

    Args:
        made: the backup.
        folder: a new folder.
        whole: how each of them is verified; None where none is wanted.
        drop: whether the backup is a copy that is to become a ledger, and loses what is no part of one.

    Raises:
        OSError: there is no room for one.
        BreakError: one is not what was put in.
        AllusrError: whatever `whole` raises.
    """
    with closing(sqlite3.connect(made)) as database:
        if not _has(database):
            return ()
        taken = tuple(_taken_out(database, folder, whole)) if whole is not None else ()
        if drop:
            database.execute(f"DROP TABLE {_TABLE}")
            database.execute("VACUUM")
    return taken


def _taken_out(database: sqlite3.Connection, folder: Path, whole: Whole) -> Iterator[int]:
    for run, first in database.execute(_FIRST).fetchall():
        file = folder / f"{run}.views"
        if _written(database, run, file):
            if whole(file, first) != file.stat().st_size:
                raise BreakError(f"the recording of run {run} was cut off in the backup")
            sync(file)
            yield run


def publish_all(folder: Path, runs: tuple[int, ...], home: Path) -> None:
    """Give recordings their names in a home, before its ledger has its own. Raises `InputError` where one is taken.

    One that is the same already, as after a restore that was cut off, is left as it is.
    """
    if runs:
        make_folder(home)
    for run in runs:
        made, path = folder / f"{run}.views", home / f"{run}.views"
        if not (path.is_file() and cmp(made, path, shallow=False)):
            publish(made, path)


def _copy(source: Path, to: Path) -> None:
    """What a file holds now; it may grow meanwhile."""
    make_private(to)
    with open(source, "rb") as old, open(to, "wb") as new:
        left = os.fstat(old.fileno()).st_size
        while left and (piece := old.read(min(left, _PIECE))):
            new.write(piece)
            left -= len(piece)


def _pieces(file: Path, size: int) -> Iterator[bytes]:
    with open(file, "rb") as source:
        while size > 0:
            yield source.read(min(size, _PIECE))
            size -= _PIECE


def _written(database: sqlite3.Connection, run: int, file: Path) -> bool:
    """Write a run's pieces into a file; whether there are any."""
    pieces = database.execute(f"SELECT bytes FROM {_TABLE} WHERE run = ? ORDER BY piece", (run,))
    piece = pieces.fetchone()
    if piece is None:
        return False
    make_private(file)
    with open(file, "wb") as out:
        while piece is not None:
            out.write(piece[0])
            piece = pieces.fetchone()
    return True


def _has(database: sqlite3.Connection) -> bool:
    found = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (_TABLE,))
    return found.fetchone() is not None
