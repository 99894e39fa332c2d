"""Locks to the letter: a file that is a link, is removed, is no text; a server's lock over a connection of its own."""

import fcntl
import hashlib
import json
import sqlite3

import pytest
from sqlalchemy import NullPool, create_engine, event

from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.ledger import lease, locks, open_ledger
from allusr_sdk.ledger.database import engine_of, url_of
from allusr_sdk.ledger.lease import Lease
from allusr_sdk.ledger.locks import AdvisoryLock, FileLock

URL = "postgresql://ada@host/name"

# --- files ----------------------------------------------------------------------------------------------------------


def test_a_lock_that_is_a_link_is_refused_and_what_it_points_to_is_left_alone(tmp_path):
    with open_ledger(tmp_path / "home") as ledger:
        (tmp_path / "mine").write_text("mine")
        (tmp_path / "home" / "writer.lock").symlink_to(tmp_path / "mine")
        refused = pytest.raises(InputError, match="no lock can be made in the ledger's home: Too many levels of symb")
        with refused, ledger.lease():
            pass
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize("again", [False, True], ids=["removed", "made anew"])
def test_a_file_that_goes_while_it_is_being_locked_is_locked_anew(tmp_path, monkeypatch, again):
    path, flock = tmp_path / "writer.lock", fcntl.flock

    def meanwhile(file, how):
        monkeypatch.undo()
        flock(file, how)
        path.unlink()
        if again:
            path.write_text("")

    monkeypatch.setattr(fcntl, "flock", meanwhile)
    lock = FileLock(path, "me")
    assert lock.take()
    assert path.read_text() == "me"
    assert not FileLock(path, "you").take()
    lock.release()
    assert path.read_text() == ""


def test_of_a_file_that_no_holder_wrote_the_first_bytes_are_read_as_they_are(tmp_path):
    (tmp_path / "writer.lock").write_bytes(b"\xff" + b"x" * 5000)
    assert FileLock(tmp_path / "writer.lock", "me").read() == "\ufffd" + "x" * 4095


def test_the_file_says_who_holds_a_home_before_its_database_does(tmp_path):
    holder = {"pid": 4711, "host": "elsewhere", "since": "2026-02-12 15:00:00 UTC"}
    with open_ledger(tmp_path) as ledger:
        assert FileLock(tmp_path / "writer.lock", json.dumps(holder)).take()
        refused = pytest.raises(StateRefusal, match="in use by process 4711 on elsewhere since 2026-02-12 15:00:00 UTC")
        with refused, ledger.lease():
            pass


def test_a_lease_that_nobody_took_has_passed_to_nobody(memory):
    free = Lease(memory.engine, "writer")
    assert (free.epoch, free.taken()) == (0, "")


# --- a server -------------------------------------------------------------------------------------------------------


class Server:
    """One that has locks, in the place of PostgreSQL: what is asked of it, and the connections to it."""

    def __init__(self):
        self.free, self.keys, self.connections, self.options = True, [], [], None

    def engine(self, url, **options):
        self.options = url, options
        made = create_engine("sqlite://", poolclass=NullPool)
        event.listen(made, "connect", self.connected)
        return made

    def connected(self, connection, record):
        connection.create_function("pg_try_advisory_lock", 1, lambda key: self.keys.append(key) or self.free)
        self.connections.append(connection)

    def ended(self, number):
        """Whether a connection was closed."""
        try:
            self.connections[number].execute("SELECT 1")
        except sqlite3.ProgrammingError:
            return True
        return False


@pytest.fixture
def server(monkeypatch):
    made = Server()
    monkeypatch.setattr(locks, "create_engine", made.engine)
    return made


@pytest.fixture
def there():
    return engine_of(url_of(URL), create=False)


def test_a_servers_lock_has_a_connection_of_its_own_that_says_what_it_is_and_notices_a_host_that_is_gone(server, there):
    AdvisoryLock(there, "writer")
    alive = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    assert server.options == (there.url, {
        "poolclass": NullPool, "isolation_level": "AUTOCOMMIT",
        "connect_args": {"application_name": "allusr lease writer", "options": alive},
    })  # fmt: skip


def test_a_servers_lock_is_taken_once_under_a_number_of_its_name(server, there):
    for name in ("writer", "DU1"):
        lock = AdvisoryLock(there, name)
        assert (lock.take(), lock.take()) == (True, True)
        assert not server.ended(-1)
        lock.release()
        assert server.ended(-1)
    digests = [hashlib.sha256(f"allusr {name}".encode()).digest() for name in ("writer", "DU1")]
    assert server.keys == [int.from_bytes(digest[:8], "big", signed=True) for digest in digests]
    assert len(server.connections) == 2


def test_who_does_not_get_a_servers_lock_keeps_no_connection_and_asks_anew(server, there):
    lock, server.free = AdvisoryLock(there, "writer"), False
    assert not lock.take()
    assert server.ended(0)
    server.free = True
    assert lock.take()
    assert (len(server.connections), server.ended(1)) == (2, False)


@pytest.mark.parametrize("free", [False, True])
def test_a_lock_whose_connection_broke_is_asked_for_again_and_may_be_anothers(server, there, free):
    lock = AdvisoryLock(there, "writer")
    assert lock.take()
    server.connections[0].close()
    server.free = free
    assert lock.take() is free
    assert (len(server.keys), len(server.connections), server.ended(1)) == (2, 2, not free)


def test_a_lease_of_a_server_is_one_of_its_locks_and_no_file(there, monkeypatch, tmp_path):
    made = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lease, "AdvisoryLock", lambda *what: made.append(what))
    Lease(there, "writer")
    assert made == [(there, "writer")]
