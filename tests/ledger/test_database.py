"""Where the journal lives: migrations, permissions, refusals."""

import sqlite3
import stat

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, text

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import database, migrating
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.tables import metadata


def test_a_new_ledger_has_exactly_the_tables_that_the_code_uses(target):
    with open_ledger(target) as ledger, ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_new_ledger_has_the_tables_that_all_migrations_lead_to(target):
    with open_ledger(target) as ledger, ledger.engine.begin() as connection:
        made = shape(connection)
        for table in ("heartbeats", "leases", "intents", "postings", "entries", "runs", "alembic_version"):
            connection.execute(text(f"DROP TABLE {table}"))
        migrating.upgrade(connection)
        assert shape(connection) == made


def shape(connection):
    """Columns, keys and indices of every table, and the version."""
    seen, found = inspect(connection), {}
    for name in seen.get_table_names():
        indices = [
            (index["name"], index["column_names"], *map(str, index.get("dialect_options", {}).values()))
            for index in seen.get_indexes(name)
        ]
        keys = seen.get_pk_constraint(name), seen.get_foreign_keys(name)
        found[name] = repr(seen.get_columns(name)), keys, indices
    return found, migrating.version_of(connection)


def test_the_packaged_migrations_end_at_the_version_the_code_expects():
    assert ScriptDirectory("allusr_sdk/ledger/migrations").get_current_head() == migrating.HEAD


def test_opening_again_changes_nothing(target, story):
    with open_ledger(target) as ledger:
        head = story.begin(ledger).head
    for _ in range(2):
        with open_ledger(target, create=False) as ledger:
            assert ledger.latest().head == head


def test_migrating_and_opening_says_nothing(target, capfd):
    open_ledger(target).close()
    open_ledger(target).close()
    assert capfd.readouterr() == ("", "")


def test_a_newer_schema_is_refused_with_one_line_and_left_alone(target):
    with open_ledger(target) as ledger, ledger.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="schema 9999, newer than this version's") as refusal:
        open_ledger(target)
    assert "\n" not in str(refusal.value)


def test_the_file_is_private_and_fully_synchronous_in_wal_mode(tmp_path):
    home = tmp_path / "a" / "home"
    with open_ledger(home) as ledger, ledger.engine.connect() as connection:
        pragmas = [connection.execute(text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "synchronous")]
        modes = {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    assert pragmas == ["wal", 2]
    assert modes == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_server_that_would_not_wait_for_its_disk_is_told_to(postgres_url):
    engine = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET synchronous_commit = off"))
    engine.dispose()
    with open_ledger(postgres_url) as ledger, ledger.engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_without_create_a_missing_ledger_is_refused_and_not_made(tmp_path):
    with pytest.raises(InputError, match=r"no ledger at .*: `allusr run --home"):
        open_ledger(tmp_path / "home", create=False)
    assert list(tmp_path.iterdir()) == []


def test_without_create_an_empty_postgresql_database_is_refused_and_stays_empty(postgres_url):
    with pytest.raises(InputError, match="no ledger in postgresql"):
        open_ledger(postgres_url, create=False)
    engine = create_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar() == 0
    engine.dispose()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / database.FILE).write_text("this is no database, only a long enough line of text to look at\n" * 20)
    with pytest.raises(InputError, match="cannot be opened: file is not a database"):
        open_ledger(tmp_path)


def test_another_programs_database_is_not_migrated(tmp_path):
    with sqlite3.connect(tmp_path / database.FILE) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(InputError, match="is not a ledger: it already holds the table recipes"):
        open_ledger(tmp_path)


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(InputError, match="no ledger can be made at"):
        open_ledger(tmp_path / "home")


@pytest.mark.parametrize("url", ["mysql://host/name", "oracle+nothing://host/name"])
def test_other_databases_are_refused(url):
    with pytest.raises(InputError, match="only sqlite and postgresql"):
        open_ledger(url)


def test_an_unreadable_url_is_refused_without_repeating_its_password():
    with pytest.raises(InputError, match="cannot be read") as refusal:
        open_ledger("postgresql://user:secret@host:no-port/x")
    assert "secret" not in str(refusal.value)


def test_a_server_out_of_reach_is_one_line_without_the_password():
    with pytest.raises(InputError, match="cannot be opened") as refusal:
        open_ledger("postgresql://user:secret@127.0.0.1:1/name")
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
