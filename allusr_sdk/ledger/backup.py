"""Backups that were verified, and restoring them, whole or up to an entry.

A backup is one SQLite file with the ledger's own tables, whichever database it comes from: SQLite copies its pages
while a run writes, PostgreSQL is read row by row in one REPEATABLE READ transaction. `pg_dump` would be quicker, but
its files go back only into PostgreSQL, are tied to its versions, and cannot be verified without a server. The recorded
views of a home come along in the same file where they are asked for.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen
from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import BreakError, InputError, KernelError
from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.copies import copy, publish, seal, workshop
from allusr_sdk.ledger.database import FILE, shown, url_of
from allusr_sdk.ledger.engines import sqlite_file
from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.ledger.migrating import migrate
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.outage import damaged, first_line
from allusr_sdk.ledger.recordings import FOLDER, Recordings, Whole, pack, publish_all, unpack
from allusr_sdk.ledger.transfer import bring, cut, export, vacant
from allusr_sdk.ledger.verify import Report, verify_all


@frozen
class Backup:
    """A ledger that was written and verified: its place, what verification found of each chain, whose views it has."""

    place: str
    chains: tuple[Report, ...]
    recordings: tuple[int, ...] = ()

    @property
    def entries(self) -> int:
        """How many entries it has, over all chains."""
        return sum(report.entries for report in self.chains)


def stamped(folder: Path) -> Path:
    """A backup's file in a folder, named by this instant (UTC)."""
    return folder / f"ledger-{clocks.now():%Y%m%dT%H%M%SZ}.db"


def back_up(ledger: Ledger, to: Path, found: Recordings | None = None) -> Backup:
    """Write a ledger as it stands at one instant into a new file, verify that file, and only then give it its name.

    Args:
        ledger: the ledger; others may write to it meanwhile.
        to: the file, which must not exist; a folder gets one named by the instant (UTC).
        found: the recorded views that come along, those of every run that has some.

    Raises:
        InputError: the file exists or cannot be made, or recorded views are damaged.
        BreakError: the journal is damaged; names the first bad entry. No backup is left.
        KernelError: the database or the disk refused. No backup is left.
    """
    path = stamped(to) if to.is_dir() else to
    with workshop(path) as folder, _in_one_line(path):
        made = folder / FILE
        if ledger.engine.dialect.name == "postgresql":
            export(ledger.engine, made)
        else:
            copy(Path(ledger.engine.url.database or ""), made)
        taken = _packed(made, found) if found is not None else ()
        chains = _verified(made, "no backup was made")
        seal(made)
        publish(made, path)
    return Backup(str(path), chains, taken)


def restore(file: Path, target: str, at: tuple[int, int] | None = None, whole: Whole | None = None) -> Backup:
    """Write a backup into a home or database that has no ledger yet, and verify it before it is there.

    Args:
        file: the backup. A ledger's own file will do, and one of an earlier schema.
        target: a folder, or the URL of an empty PostgreSQL database.
        at: number of a run and of its last entry to keep. Later runs are left out; the home's own chains (the
            rulebook's) stay whole, for what they say was said by people and not by a run.
        whole: how recorded views are verified, which then are restored too where a backup has them. A database has no
            place for them.

    Raises:
        InputError: no backup there, no such entry, or a ledger in the target.
        BreakError: what would be restored is damaged; names the first bad entry. Nothing is restored.
    """
    if not file.is_file():
        raise InputError(f"no backup at {file}")
    url = url_of(target)
    server = url.drivername.startswith("postgres")
    if "://" in target and not server:
        raise InputError(f"--home {shown(url)}: restore into a folder or a PostgreSQL database")
    if server:
        vacant(url)
    place = Path(tempfile.gettempdir(), f"allusr-{os.getpid()}.db") if server else Path(url.database or "")
    with workshop(place) as folder, _in_one_line(file):
        made = folder / FILE
        copy(file, made)
        _bring_up(made, file)
        if at is not None:
            cut(made, *at)
        taken = unpack(made, folder / FOLDER, None if server else whole, drop=True)
        chains = _verified(made, "nothing was restored")
        seal(made)
        if server:
            bring(made, target)
        else:
            publish_all(folder / FOLDER, taken, place.parent / FOLDER)
            publish(made, place)
    return Backup(target, chains, taken)


@contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as why:
        raise (BreakError if damaged(why) else KernelError)(f"{path}: {first_line(why)}") from None
    except OSError as why:
        raise KernelError(f"{path}: {why.strerror or why}") from None


def _packed(made: Path, found: Recordings) -> tuple[int, ...]:
    """Put recordings into a copy, and look whether each comes out of it as it went in."""
    taken = pack(made, found)
    with TemporaryDirectory(dir=made.parent) as folder:
        unpack(made, Path(folder), found.whole, drop=False)
    return taken


def _bring_up(made: Path, file: Path) -> None:
    """A copy of a backup to this version's schema; errors name the file that was copied."""
    engine = sqlite_file(made)
    try:
        migrate(engine, str(file), create=False, kept=str(file))
    finally:
        engine.dispose()


def _verified(made: Path, otherwise: str) -> tuple[Report, ...]:
    """What verification finds of each chain of a copy. Raises `BreakError` with the first bad entry."""
    with open_ledger(f"sqlite:///{made}", create=False) as ledger:
        reports = verify_all(ledger)
    for report in reports:
        if report.bad:
            raise BreakError(f"run {report.run}, {report.bad}; {otherwise}")
    with closing(sqlite3.connect(made)) as database:
        found = str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        raise BreakError(f"the ledger's database is damaged ({' '.join(found.split())}); {otherwise}")
    return reports
