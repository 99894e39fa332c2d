"""Rows into the database, a transaction at a time, in SQL that is made once from the tables and kept as text.

One entry a transaction is what paper and live do, so what an entry costs over its bare insert counts: statements go to
the driver as they are, and to PostgreSQL in one pipeline, so that a transaction is one journey.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, ClauseElement, Dialect, Engine, Text, bindparam, insert, select, update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.lease import Lease
from allusr_sdk.ledger.outage import PATIENCE, first_line, lasting, out_of_reach
from allusr_sdk.ledger.storage import Buffer
from allusr_sdk.ledger.tables import entries, intents, leases, postings, runs

_BEGIN = {"sqlite": "BEGIN IMMEDIATE"}  # the driver of PostgreSQL begins by itself
_NEW: dict[str, object] = {
    "started": bindparam("started"), "entries": bindparam("last"), "chain": bindparam("chain")
}  # fmt: skip
_ENDS = update(runs).where(runs.c.id == bindparam("run"))
# Without its lease a writer finds no head to write, and a chain without a head is refused by the table.
_HELD = (
    select(bindparam("head", type_=Text))
    .where(leases.c.name == bindparam("lease"), leases.c.epoch == bindparam("epoch", type_=BigInteger))
    .with_for_update(read=True)
    .scalar_subquery()
)
_STATEMENTS: dict[str, ClauseElement] = {
    "begin": insert(runs).values(_NEW | {"head": bindparam("head")}).returning(runs.c.id),
    "begin held": insert(runs).values(_NEW | {"head": _HELD}).returning(runs.c.id),
    "end": _ENDS.values(entries=bindparam("last"), head=bindparam("head")),
    "end held": _ENDS.values(entries=bindparam("last"), head=_HELD),
    "entries": insert(entries), "postings": insert(postings), "intents": insert(intents),
}  # fmt: skip


class Writer:
    """Writes for one `Ledger`. `lease` is what its transactions must still hold; None where none was taken."""

    def __init__(self, engine: Engine) -> None:
        self.lease: Lease | None = None
        self._engine, self._begin = engine, _BEGIN.get(engine.dialect.name, "")
        self._sql = {name: _compiled(clause, engine.dialect) for name, clause in _STATEMENTS.items()}
        self._driver = engine.dialect.loaded_dbapi

    @contextmanager
    def under(self, name: str) -> Iterator[Lease]:
        """Write under a lease for the length of a `with` block, one at a time: see `Ledger.lease`."""
        if self.lease is not None:
            raise KernelError(f"this ledger is under the lease {self.lease.name} already")
        lease = Lease(self._engine, name)
        lease.take()
        self.lease = lease
        try:
            yield lease
        finally:
            self.lease = None
            lease.release()

    def write(self, rows: Buffer, run: int | None, chain: str) -> int:
        """Write all rows and the end of the chain; returns the run's number, a new one of that kind for None.

        A database that is out of reach is tried again for a minute. The beginning of a run is not: it has no number
        yet by which it would be known again.

        Raises:
            KernelError: the database refused, another process has written to the run, or the lease has passed to one.
        """
        try:
            if run is None:
                return self._transact(rows, None, chain)
            return lasting(lambda again: self._try(rows, run, chain, again=again))
        except (DBAPIError, self._driver.Error) as why:
            raise self._said(why, rows, run) from None

    def _try(self, rows: Buffer, run: int, chain: str, *, again: bool) -> int:
        """One try. What was under way when the connection broke may stand in the database all the same."""
        if again and self.lease is not None:
            self.lease.regain()
        return run if again and self._stands(rows, run) else self._transact(rows, run, chain)

    def _transact(self, rows: Buffer, run: int | None, chain: str) -> int:
        connection = self._engine.raw_connection()
        try:
            with self._journey(connection):
                run = self._send(connection.cursor(), rows, run, chain)
                connection.commit()
        except self._driver.Error as why:
            self._undo(connection, why)
            raise
        finally:
            connection.close()
        return run

    def _journey(self, connection: PoolProxiedConnection) -> AbstractContextManager[object]:
        """PostgreSQL gets all statements at once and answers once."""
        return nullcontext() if self._begin else connection.driver_connection.pipeline()  # type: ignore[union-attr]

    def _send(self, cursor: DBAPICursor, rows: Buffer, run: int | None, chain: str) -> int:
        if self._begin:
            cursor.execute(self._begin)
        last = rows.entries[-1]
        end = {"last": last["seq"], "head": last["hash"], "run": run, "started": rows.entries[0]["at"], "chain": chain}
        held = ""
        if self.lease is not None:
            held, end = " held", end | {"lease": self.lease.name, "epoch": self.lease.epoch}
        sql, values = self._sql[f"end{held}" if run else f"begin{held}"]
        cursor.execute(sql, values(end))
        run = run or _number(cursor)
        for table, found in (("entries", rows.entries), ("postings", rows.postings), ("intents", rows.intents)):
            if found:
                sql, values = self._sql[table]
                cursor.executemany(sql, [values({"run": run, **row}) for row in found])
        return run

    def _undo(self, connection: PoolProxiedConnection, why: Exception) -> None:
        if out_of_reach(why) and not self._begin:
            connection.invalidate(why)
            self._engine.dispose()  # what else the pool holds to the server that went is as dead
        else:
            connection.rollback()

    def _stands(self, rows: Buffer, run: int) -> bool:
        last = rows.entries[-1]
        same = (entries.c.run == run, entries.c.seq == last["seq"], entries.c.hash == last["hash"])
        with self._engine.connect() as connection:
            return connection.execute(select(entries.c.seq).where(*same)).scalar() is not None

    def _said(self, why: Exception, rows: Buffer, run: int | None) -> KernelError:
        """What is to be said of a refusal: who holds the lease now, who wrote, or what the database says."""
        if isinstance(why, self._driver.IntegrityError):
            if self.lease is not None and (taken := self.lease.taken()):
                return KernelError(f"{taken}: {rows.span} were not written")
            return KernelError(f"another process has written to run {run}: {rows.span} were not written")
        if out_of_reach(why):
            long = f"was out of reach for {PATIENCE:.0f} s" if run else "is out of reach"
            return KernelError(f"the ledger's database {long} ({first_line(why)}): {rows.span} may not be written")
        refused = f"the ledger's database refused ({first_line(why)}): {rows.span} were not written"
        return KernelError(f"{refused}: make room or mend it, then run again")


def _compiled(statement: ClauseElement, dialect: Dialect) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """SQL as the driver takes it, and what picks from a row the values of its marks, which are told by their places."""
    compiled = dialect.statement_compiler(dialect, statement)
    assert compiled.positiontup
    return str(compiled), itemgetter(*compiled.positiontup)


def _number(cursor: DBAPICursor) -> int:
    row = cursor.fetchone()
    assert row is not None, "RETURNING gives a row or an error"
    return int(row[0])
