"""A home's folder: its file HALT, whether its database is held, and wishes that are kept as files."""

import os
import sqlite3
import stat
import time
from contextlib import closing

import pytest
from attrs import evolve

from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.home import folder_of, halt_file, locked, spool, spooled, unspool
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.model.events import OperatorAsked

WISH = OperatorAsked(rule="KS-7", action="halt", actor="Ann", reason="too hot")
NOW = 1_770_000_000_000_000_000


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: NOW)


def named(number):
    return f"{number:020d}-{os.getpid()}"


# --- the file HALT --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (None, None),
        (b"", "a file HALT stands in the home"),
        (b" \n ", "a file HALT stands in the home"),
        (b"  smoke \r\n in the  kitchen\n", "smoke in the kitchen"),
        (b"sm\xffke", "sm\ufffdke"),
        (b"x" * 301, "x" * 300),
        ("\U0001f525".encode() * 301, "\U0001f525" * 300),
        (b" " * 1199 + b"fire", "f"),
    ],
)
def test_a_file_halt_says_its_first_words_in_one_line(tmp_path, kept, says):
    if kept is not None:
        (tmp_path / "HALT").write_bytes(kept)
    assert halt_file(tmp_path) == says


def test_a_file_halt_that_cannot_be_read_is_one_all_the_same(tmp_path):
    (tmp_path / "HALT").mkdir()
    assert halt_file(tmp_path) == "a file HALT stands in the home and cannot be read: Is a directory"


# --- the database ---------------------------------------------------------------------------------------------------


def test_a_home_is_locked_while_another_writes_to_its_database_and_at_no_other_time(tmp_path, memory):
    with open_ledger(tmp_path) as ledger, closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        assert (folder_of(ledger), folder_of(memory)) == (tmp_path, None)
        assert not locked(ledger, 0)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM runs")
        assert not locked(ledger, 0)
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")
        assert locked(ledger, 0)
        other.execute("ROLLBACK")
        assert (locked(ledger, 0), locked(memory, 0)) == (False, False)


@pytest.mark.parametrize(
    ("code", "held"), [(sqlite3.SQLITE_BUSY, True), (sqlite3.SQLITE_BUSY_RECOVERY, True), (sqlite3.SQLITE_IOERR, False)]
)
def test_only_a_busy_database_is_held_and_it_is_waited_for_as_long_as_was_said(tmp_path, monkeypatch, code, held):
    asked = []

    class Other:
        def execute(self, statement):
            why = sqlite3.OperationalError(statement)
            why.sqlite_errorcode = code
            raise why

        def close(self):
            asked.append("closed")

    with open_ledger(tmp_path) as ledger:
        monkeypatch.setattr(sqlite3, "connect", lambda name, **more: asked.append((name, more)) or Other())
        assert locked(ledger, 0.25) is held
    more = {"uri": True, "timeout": 0.25, "isolation_level": None}
    assert asked == [(f"{(tmp_path / FILE).as_uri()}?mode=rw", more), "closed"]


# --- wishes ---------------------------------------------------------------------------------------------------------


def test_wishes_are_kept_in_their_order_each_in_a_private_file_and_read_as_they_were_told(tmp_path):
    assert spooled(tmp_path) == ()
    told = [spool(tmp_path, evolve(WISH, action=action)) for action in ("halt", "rearm", "pause")]
    assert [wish.source for wish in told] == [named(NOW + n) for n in range(3)]
    assert told == [
        evolve(WISH, action=action, source=wish.source)
        for action, wish in zip(("halt", "rearm", "pause"), told, strict=True)
    ]
    assert spooled(tmp_path) == tuple(told)
    place = tmp_path / "wishes"
    assert sorted(path.name for path in place.iterdir()) == [wish.source for wish in told]
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_wish_is_numbered_behind_what_is_there_or_was_begun_and_never_under_one(tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert spool(tmp_path, WISH).source == named(1)
    (tmp_path / "wishes" / f".{NOW:020d}-1").write_text("half")
    assert spool(tmp_path, WISH).source == named(NOW + 1)


def test_what_a_person_put_beside_the_wishes_keeps_none_from_being_told_and_is_a_halt(tmp_path):
    (tmp_path / "wishes").mkdir()
    (tmp_path / "wishes" / "a-note").write_text("do not touch")
    told = spool(tmp_path, evolve(WISH, action="pause"))
    assert told.source == named(NOW)
    why = "a wish that cannot be read is kept as wishes/a-note"
    assert spooled(tmp_path) == (
        told, OperatorAsked(rule="RULE-0", action="halt", actor="file", reason=why, source="a-note"),
    )  # fmt: skip


def test_a_wish_that_is_only_begun_is_none_and_one_that_was_taken_is_gone_with_its_folder(tmp_path):
    one, two = spool(tmp_path, WISH), spool(tmp_path, WISH)
    (tmp_path / "wishes" / ".begun").write_text("half")
    assert len(spooled(tmp_path)) == 2
    (tmp_path / "wishes" / ".begun").unlink()
    unspool(tmp_path, one.source)
    unspool(tmp_path, one.source)
    assert spooled(tmp_path) == (two,)
    unspool(tmp_path, two.source)
    assert not (tmp_path / "wishes").exists()
