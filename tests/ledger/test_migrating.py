"""Migrations of a server's database, without one: its lock, the old tables that stay, what is found damaged."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.ledger import clocks, maintenance, migrating
from allusr_sdk.ledger.engines import sqlite_memory
from allusr_sdk.ledger.journal import Ledger
from tests.ledger.copies import tell

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEPT = "allusr_schema_0004_20260302t093000z"


class Server:
    """SQLite that goes by the name of PostgreSQL and understands what a migration says to it."""

    def __init__(self):
        self.engine, self.locks = sqlite_memory(), []
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            raw.create_function("pg_advisory_xact_lock", 1, self.locks.append)
        with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.connection.driver_connection.execute(f"ATTACH ':memory:' AS {KEPT}")
        event.listen(self.engine, "before_cursor_execute", self.translated, retval=True)

    def translated(self, connection, cursor, statement, parameters, context, executemany):
        told = "SELECT 1" if statement.startswith("CREATE SCHEMA") else statement
        return told.replace(" AS TABLE ", " AS SELECT * FROM "), parameters

    def migrate(self, **more):
        self.engine.dialect.name = "postgresql"
        try:
            migrating.migrate(self.engine, "postgresql://host/name", **more)
        finally:
            del self.engine.dialect.name

    def asked(self, statement):
        with self.engine.begin() as connection:
            return connection.execute(text(statement))

    def rows(self, name):
        with self.engine.connect() as connection:
            return sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(clocks, "now", lambda: AT)
    made = Server()
    yield made
    made.engine.dispose()


@pytest.fixture
def earlier(server, story):
    """A database of the schema before this one, with a run."""
    server.migrate(create=True)
    tell(Ledger(server.engine), story)
    for name in ("ix_entries_at", "ix_entries_kind", "ix_postings_units"):
        server.asked(f"DROP INDEX {name}")
    server.asked("UPDATE alembic_version SET version_num = '0004'")
    server.locks.clear()
    return server


def test_two_that_lay_out_one_database_do_so_one_after_the_other(server):
    server.migrate(create=True)
    assert server.locks == [4_155_773]
    assert server.rows("runs") == []
    server.migrate(create=False)
    assert server.locks == [4_155_773]


def test_who_waited_for_another_that_migrated_finds_it_done(earlier, monkeypatch):
    found = iter(["0004", migrating.HEAD])
    monkeypatch.setattr(migrating, "version_of", lambda connection: next(found))
    earlier.migrate(create=False)
    assert len(earlier.locks) == 1
    assert earlier.rows("alembic_version") == [("0004",)]


def test_the_old_tables_stay_in_a_schema_of_their_own_that_the_home_names(earlier):
    before = {name: earlier.rows(name) for name in ("runs", "entries", "postings", "intents")}
    earlier.migrate(create=False)
    assert {name: earlier.rows(f"{KEPT}.{name}") for name in before} == before
    assert earlier.rows(f"{KEPT}.alembic_version") == [("0004",)]
    assert earlier.rows("alembic_version") == [(migrating.HEAD,)]
    why = f"the ledger was migrated from schema 0004 to {migrating.HEAD}, kept as it was in {KEPT}"
    assert maintenance.pending(Ledger(earlier.engine)) == why
    assert len(earlier.locks) == 1


def test_one_that_is_damaged_keeps_both_and_names_the_entry(earlier):
    earlier.asked("UPDATE entries SET payload = replace(payload, '1.69', '1.79') WHERE seq = 4")
    why = f"ledger postgresql://host/name was migrated, its old tables are in the schema {KEPT}: run 1, entry 4"
    with pytest.raises(BreakError, match=why):
        earlier.migrate(create=False)
    assert earlier.rows("alembic_version") == [(migrating.HEAD,)]
    assert len(earlier.rows(f"{KEPT}.entries")) == 9


@pytest.mark.parametrize("version", ["0006", "9999"])
def test_a_version_that_this_one_does_not_know_is_refused_and_left_alone(server, version):
    server.migrate(create=True)
    server.asked(f"UPDATE alembic_version SET version_num = '{version}'")
    with pytest.raises(InputError, match=f"has schema {version}, newer than this version's"):
        server.migrate(create=True)
    assert server.rows("alembic_version") == [(version,)]
