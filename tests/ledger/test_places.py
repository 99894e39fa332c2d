"""Where a ledger lives, to the letter: files and folders, clocks, engines and their transactions."""

import os
import sqlite3
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import clocks, copies
from allusr_sdk.ledger.database import engine_of, shown
from allusr_sdk.ledger.engines import postgresql, sqlite_file, sqlite_memory, writing
from allusr_sdk.ledger.entry import payload_text, utc_text
from allusr_sdk.model.events import Noted
from allusr_sdk.settings.secrets import Secret

# --- files and folders ----------------------------------------------------------------------------------------------


def test_a_folder_that_another_process_makes_meanwhile_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda path: path != tmp_path.parent)
    copies.make_folder(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda path: path != tmp_path)
    copies.make_folder(tmp_path)


def test_a_private_file_is_made_anew_or_not_at_all(tmp_path):
    copies.make_private(tmp_path / "a" / "file")
    assert stat.S_IMODE((tmp_path / "a" / "file").stat().st_mode) == 0o600
    (tmp_path / "a" / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        copies.make_private(tmp_path / "a" / "file")
    assert (tmp_path / "a" / "file").read_text() == "mine"


def test_a_copy_only_reads_its_source_on_any_build_of_sqlite(tmp_path, monkeypatch):
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.execute("CREATE TABLE t (x)")
    connect, opened = sqlite3.connect, []

    def told(name, **more):
        opened.append((str(name), more))
        return connect(name, **more)

    monkeypatch.setattr(sqlite3, "connect", told)
    copies.copy(tmp_path / "a.db", tmp_path / "b.db")
    assert opened == [(f"{(tmp_path / 'a.db').as_uri()}?mode=ro", {"uri": True}), (str(tmp_path / "b.db"), {})]


# --- clocks ---------------------------------------------------------------------------------------------------------


def test_a_look_at_the_clocks_has_both_of_them():
    before = time.monotonic()
    look = clocks.reading()
    assert before <= look.uptime <= time.monotonic()
    assert (look.boot, look.wall.tzinfo) == (clocks.boot(), UTC)


def test_a_process_began_so_many_ticks_after_the_start_of_its_machine_whatever_its_name(monkeypatch):
    fields = " ".join(["S", *(str(number) for number in range(4, 22)), "123450", "23"])
    monkeypatch.setattr(clocks, "boot", lambda: "b1")
    monkeypatch.setattr(Path, "read_bytes", lambda path: f"77 (a) b c) {fields}\n".encode())
    assert clocks.born(77) == 123450 / os.sysconf("SC_CLK_TCK")


def test_where_the_system_names_no_start_of_the_machine_a_process_began_by_the_wall_clock(monkeypatch):
    monkeypatch.setattr(clocks, "boot", lambda: "")
    with subprocess.Popen(["sleep", "9"]) as child:
        for pid in (os.getpid(), child.pid):
            assert clocks.born(pid) == psutil.Process(pid).create_time()
        assert clocks.born(os.getpid()) < clocks.born(child.pid)
        child.kill()


@pytest.mark.usefixtures("tokyo")
def test_an_instant_is_written_in_utc_wherever_the_machine_stands():
    assert utc_text(datetime(2026, 2, 12, 15, 9, tzinfo=UTC)) == "2026-02-12T15:09:00.000000Z"


# --- databases ------------------------------------------------------------------------------------------------------


@contextmanager
def used(engine):
    """An engine whose connections are closed when all is said."""
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite+pysqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_leaves_no_file(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with used(engine_of(make_url(url), create=True)) as engine, engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["", "ql", "ql+psycopg"])
def test_a_server_is_spoken_to_by_one_driver_whatever_its_url_names(kind):
    engine = engine_of(make_url(f"postgres{kind}://ada@host/name"), create=False)
    assert engine.url.drivername == "postgresql+psycopg"


def test_what_is_shown_of_a_url_has_neither_password_nor_options():
    url = make_url("postgresql://ada:secret@host/name?password=secret&sslkey=/key")
    assert shown(url) == "postgresql://ada:***@host/name"


def test_a_kind_of_database_that_there_is_not_is_refused_with_no_word_of_its_options():
    with pytest.raises(InputError, match=r"^ledger mysql://ada:\*\*\*@host/name: only sqlite and postgresql are"):
        engine_of(make_url("mysql://ada:secret@host/name?password=secret"), create=True)


def test_a_database_in_memory_is_the_same_one_for_every_thread():
    def asked():
        with engine.begin() as other:
            return other.execute(text("SELECT x FROM t")).scalar()

    with used(sqlite_memory()) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t AS SELECT 7 AS x"))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(asked).result() == 7


def test_a_transaction_that_writes_holds_the_lock_from_its_beginning_and_one_that_reads_none(tmp_path):
    elsewhere = sqlite3.connect(tmp_path / "a.db", timeout=0, isolation_level=None)
    with used(sqlite_file(tmp_path / "a.db")) as engine, closing(elsewhere) as other:
        with engine.begin():
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        with writing(engine).begin(), pytest.raises(sqlite3.OperationalError, match="database is locked"):
            other.execute("BEGIN IMMEDIATE")


class _Reached(Exception):
    pass


def test_a_server_that_is_gone_is_noticed_within_half_a_minute():
    engine, asked = postgresql(make_url("postgresql://ada@host/name")), {}

    @event.listens_for(engine, "do_connect")
    def reach(dialect, record, arguments, named):
        asked.update(named)
        raise _Reached

    with pytest.raises((_Reached, DBAPIError)):
        engine.connect()
    assert asked == {
        "host": "host", "dbname": "name", "user": "ada", "application_name": "allusr", "connect_timeout": 10,
        "tcp_user_timeout": 30_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
        "context": asked["context"],
    }  # fmt: skip


# --- entries --------------------------------------------------------------------------------------------------------


def test_a_secret_is_veiled_in_the_words_of_an_entry_and_nothing_else_of_it_is_changed():
    key = Secret("s3cret-token")
    said = Noted(ledger="gen_acc", key="login", text=f"token {key.reveal()} refused")
    plain = Noted(ledger="gen_acc", key="login", text="no token")
    assert payload_text(said) == payload_text(Noted(ledger="gen_acc", key="login", text="token *** refused"))
    assert payload_text(plain) == '{"key":"login","text":"no token"}'
    del key
    assert "s3cret" in payload_text(said)


def test_entries_that_are_read_have_the_lines_that_were_written(memory, run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    again = list(memory.run(run.id).entries())
    assert [(e.hash, e.lines) for e in again] == [(e.hash, e.lines) for e in run.entries()]
    assert [(x.account, x.amount, x.quantity) for x in again[-1].lines] == [("1010", 16830, 0), ("2100", -16830, -1)]
