"""A file that is busy while an entry is sent: nothing open is thrown away, and what began no run is said at once."""

import sqlite3

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger import outage
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Noted


def busy():
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = 5
    return error


@pytest.fixture
def busy_once(memory, monkeypatch):
    """The next entry finds the database busy after a part of it was sent."""
    writer, send = memory.writer, memory.writer._send
    monkeypatch.setattr(outage, "_FIRST", 0.001)

    def refuse(*arguments):
        monkeypatch.setattr(writer, "_send", send)
        send(*arguments)
        raise busy()

    return lambda: monkeypatch.setattr(writer, "_send", refuse)


def test_what_was_sent_in_part_is_taken_back_and_sent_again_to_the_same_database(memory, run, story, busy_once):
    busy_once()
    run.append(Noted(ledger=story.SLEEVE, key="k", text="x"), **story.stamp())
    again = memory.run(run.id)
    assert ([entry.kind for entry in again.entries()], verify(again).ok) == (["RunStarted", "Funded", "Noted"], True)


def test_a_run_that_cannot_begin_is_said_at_once_and_has_no_number(memory, run, story, busy_once):
    busy_once()
    with pytest.raises(KernelError) as said:
        memory.start_run(story.head(), story.START)
    assert str(said.value) == (
        "the ledger's database is out of reach (database is locked): entries 1 to 1 may not be written"
    )
    assert [each.id for each in memory.runs()] == [run.id]
