"""The journal's rows from one database to another, and a copy cut off behind an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.ledger.copies import make_private
from allusr_sdk.ledger.database import shown
from allusr_sdk.ledger.engines import postgresql, writing
from allusr_sdk.ledger.journal import RUN, Ledger
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.outage import first_line
from allusr_sdk.ledger.tables import entries, intents, postings, runs
from allusr_sdk.ledger.verify import verify_all

_PAGE = 2000
_JOURNAL = (runs, entries, postings, intents)  # each after what it refers to; a lease belongs to its database
_ONE_INSTANT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True, "stream_results": True}


def export(engine: Engine, made: Path) -> None:
    """Every row of a PostgreSQL ledger, as it stands at one instant, into a new SQLite file."""
    make_private(made)
    with (
        open_ledger(f"sqlite:///{made}") as ledger,
        engine.connect().execution_options(**_ONE_INSTANT) as source,
        writing(ledger.engine).begin() as target,
    ):
        _copy(source, target)


def vacant(url: URL) -> None:
    """Raise `InputError` unless a PostgreSQL database can be reached and has no run."""
    engine = postgresql(url)
    try:
        with engine.connect() as connection:
            taken = (
                inspect(connection).has_table(runs.name) and connection.execute(select(func.count(runs.c.id))).scalar()
            )
    except DBAPIError as why:
        raise InputError(f"ledger {shown(url)} cannot be opened: {first_line(why)}") from None
    finally:
        engine.dispose()
    if taken:
        raise InputError(f"{shown(url)} has a ledger: restore into an empty database")


def bring(made: Path, target: str) -> None:
    """Every row of a SQLite ledger into an empty PostgreSQL one, in one transaction, and verified there."""
    with open_ledger(f"sqlite:///{made}") as source, open_ledger(target) as ledger:
        with source.engine.connect() as old, writing(ledger.engine).begin() as new:
            _copy(old, new)
            new.execute(text("SELECT setval(pg_get_serial_sequence('runs', 'id'), (SELECT max(id) FROM runs))"))
        for report in verify_all(ledger):
            if report.bad:
                raise BreakError(f"run {report.run}, {report.bad}; what {target} holds is no copy of the backup")


def cut(made: Path, run: int, entry: int) -> None:
    """Leave out what a SQLite copy has behind an entry of a run, and all later runs.

    Raises:
        InputError: it has no such entry.
    """
    with open_ledger(f"sqlite:///{made}") as ledger, _unchecked(ledger.engine) as connection:
        last = (entries.c.run == run, entries.c.seq == entry, runs.c.id == entries.c.run, runs.c.chain == RUN)
        head = connection.execute(select(entries.c.hash).where(*last)).scalar()
        if head is None:
            raise InputError(f"--at {run}:{entry}: the backup has {_ends(ledger)}")
        later = select(runs.c.id).where(runs.c.id > run, runs.c.chain == RUN)
        for table in (intents, postings, entries):
            behind = (table.c.run == run) & (table.c.seq > entry)
            connection.execute(delete(table).where(behind | table.c.run.in_(later)))
        connection.execute(delete(runs).where(runs.c.id > run, runs.c.chain == RUN))
        connection.execute(update(runs).where(runs.c.id == run).values(entries=entry, head=head))


@contextmanager
def _unchecked(engine: Engine) -> Iterator[Connection]:
    """A transaction without a look, for each row that goes, at all rows that may refer to it: they went before."""
    with writing(engine).connect() as connection:
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # in a transaction it would say nothing
        with connection.begin():
            yield connection


def _ends(ledger: Ledger) -> str:
    return ", ".join(f"run {run.id} with entries 1 to {run.entries}" for run in ledger.runs()) or "no run"


def _copy(source: Connection, target: Connection) -> None:
    for table in _JOURNAL:
        for page in source.execute(select(table)).mappings().partitions(_PAGE):
            target.execute(insert(table), [dict(row) for row in page])
