"""What a heartbeat that is kept in a database asks of it, told by an engine that stands for one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from attrs import evolve
from sqlalchemy import NullPool, make_url
from sqlalchemy.dialects import postgresql

from allusr_sdk.ledger import clocks, hearts, open_ledger
from allusr_sdk.ledger.heartbeat import Heartbeat, encoded
from allusr_sdk.ledger.hearts import FileHeart, heart_at, heart_of

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
BEAT = Heartbeat(pid=4711, born=100.0, host="here", at=AT, boot="b1", uptime=50.0)
URL = make_url("postgresql://ada@host/name")


class Database:
    """Takes the place of an engine and its connection."""

    def __init__(self):
        self.made, self.asked, self.row, self.open = [], [], None, 0

    def engine(self, url, **more):
        self.made.append((url.drivername, more))
        return self

    def connect(self):
        self.open += 1
        return self

    def close(self):
        self.open -= 1

    def execute(self, statement):
        self.asked.append(statement.compile(dialect=postgresql.dialect()))
        return SimpleNamespace(first=lambda: self.row)


@pytest.fixture
def database(monkeypatch):
    """A database, and the heart of a home that is one."""
    made = Database()
    monkeypatch.setattr(hearts, "create_engine", made.engine)
    return made


def ledger(lease):
    """A ledger of a server under a lease, or under none."""
    engine = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"), url=URL)
    return SimpleNamespace(engine=engine, writer=SimpleNamespace(lease=lease))


def test_a_heart_waits_for_its_database_for_five_seconds_and_keeps_no_transaction_open(database):
    heart_at(str(URL))
    (made,) = database.made
    assert made == ("postgresql+psycopg", {
        "poolclass": NullPool, "isolation_level": "AUTOCOMMIT",
        "connect_args": {
            "application_name": "allusr heartbeat", "connect_timeout": 5, "tcp_user_timeout": 5000,
            "options": "-c statement_timeout=5000 -c synchronous_commit=off",
        },
    })  # fmt: skip


@pytest.mark.parametrize("epoch", [7, 0])
def test_a_beat_is_written_under_the_epoch_of_the_lease_and_over_none_of_a_later_one(database, epoch):
    heart = heart_of(ledger(SimpleNamespace(epoch=epoch) if epoch else None))
    heart.write(BEAT)
    (asked,) = database.asked
    assert (asked.params["name"], asked.params["epoch"]) == ("writer", epoch)
    assert str(asked).endswith(
        "ON CONFLICT (name) DO UPDATE SET epoch = %(param_1)s::BIGINT, at = clock_timestamp(), "
        "beat = %(param_2)s::VARCHAR WHERE heartbeats.epoch <= excluded.epoch"
    )
    assert (asked.params["param_1"], asked.params["param_2"]) == (epoch, encoded(BEAT).decode())


def test_who_only_looks_writes_under_no_epoch(database):
    heart_at(str(URL)).write(BEAT)
    assert database.asked[0].params["epoch"] == 0


def test_the_instant_of_a_beat_is_told_by_the_clock_of_whoever_reads_it(database, monkeypatch):
    monkeypatch.setattr(clocks, "now", lambda: AT + timedelta(hours=1))
    heart = heart_at(str(URL))
    assert heart.read() is None
    database.row = encoded(BEAT).decode(), Decimal("3.5")
    assert heart.read() == evolve(BEAT, at=AT + timedelta(hours=1) - timedelta(seconds=3.5))
    asked = database.asked[0]
    assert " ".join(str(asked).split()) == (
        "SELECT heartbeats.beat, EXTRACT(epoch FROM clock_timestamp() - heartbeats.at) AS anon_1 "
        "FROM heartbeats WHERE heartbeats.name = %(name_1)s::VARCHAR"
    )
    assert asked.params == {"name_1": "writer"}
    assert database.open == 1
    heart.close()
    heart.close()
    assert database.open == 0
    database.row = "no heartbeat", Decimal("3.5")
    assert heart.read() is None
    assert database.open == 1


def test_a_home_that_is_a_folder_has_its_heart_there(tmp_path):
    heart = heart_at(str(tmp_path))
    heart.write(BEAT)
    assert isinstance(heart, FileHeart)
    assert (tmp_path / "heartbeat").is_file()
    assert heart.read() == BEAT


def test_a_ledger_in_a_folder_has_its_heart_there_and_one_in_memory_has_none(tmp_path, memory):
    with open_ledger(tmp_path) as opened:
        heart_of(opened).write(BEAT)
    assert heart_at(str(tmp_path)).read() == BEAT
    assert heart_of(memory) is None
