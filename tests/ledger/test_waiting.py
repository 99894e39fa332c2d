"""What a database that does not answer is worth: which errors pass, how long each pause is, what is said at the end."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from allusr_sdk.errors import BreakError, KernelError
from allusr_sdk.ledger import open_ledger, outage
from allusr_sdk.ledger.outage import first_line, lasting, out_of_reach, reading
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Noted

UNTIL_A_TRY_AT_THE_VERY_END = 12.75


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(outage, "time", made)
    return made


def sqlite(code=None, words="no"):
    error = sqlite3.OperationalError(words)
    if code is not None:
        error.sqlite_errorcode = code
    return error


class Failing:
    """Work that fails some times, then answers; `told` is what it was told of being done again."""

    def __init__(self, error, times=1000):
        self.error, self.times, self.told = error, times, []

    def __call__(self, again=None):
        self.told.append(again)
        if len(self.told) <= self.times:
            raise self.error
        return "done"


@pytest.mark.parametrize(("error", "passes"), [
    (sqlite(5), True), (sqlite(6), True), (sqlite(5 | 1 << 8), True), (sqlite(13), False), (sqlite(8), False),
    (sqlite(), False), (psycopg.OperationalError(), True), (psycopg.errors.AdminShutdown(), True),
    (psycopg.errors.ConnectionFailure(), True), (psycopg.errors.DiskFull(), False), (psycopg.InterfaceError(), False),
    (psycopg.errors.UniqueViolation(), False), (ValueError(), False),
])  # fmt: skip
def test_what_is_busy_gone_or_starting_is_waited_for_and_nothing_else(error, passes):
    assert out_of_reach(error) is passes
    assert out_of_reach(OperationalError("SELECT", {}, error)) is passes


def test_each_pause_is_twice_the_one_before_and_five_seconds_at_most(clock):
    work = Failing(sqlite(5), times=7)
    assert lasting(work) == "done"
    assert clock.slept == [0.25, 0.5, 1, 2, 4, 5, 5]
    assert work.told == [False, *[True] * 7]


@pytest.mark.parametrize(("patience", "pauses"), [(60.0, 15), (UNTIL_A_TRY_AT_THE_VERY_END, 6), (0.2, 0)])
def test_no_pause_reaches_beyond_the_end_of_patience(clock, monkeypatch, patience, pauses):
    monkeypatch.setattr(outage, "PATIENCE", patience)
    with pytest.raises(sqlite3.OperationalError):
        lasting(Failing(sqlite(5)))
    assert clock.slept == [0.25, 0.5, 1, 2, 4, *[5] * 10][:pauses]


def test_what_does_not_pass_is_not_done_again(clock):
    with pytest.raises(sqlite3.OperationalError):
        lasting(Failing(sqlite(13)))
    assert clock.slept == []


@pytest.mark.parametrize(("code", "kind"), [(5, KernelError), (13, KernelError), (11, BreakError), (26, BreakError)])
def test_reading_ends_with_a_break_where_the_file_is_damaged_alone(clock, code, kind):
    error = OperationalError("SELECT", {}, sqlite(code, "first\nsecond"))
    with pytest.raises(kind) as said:
        reading(Failing(error))
    assert (type(said.value), str(said.value)) == (kind, "the ledger's database cannot be read (first)")


def test_an_error_without_words_is_named_by_its_kind():
    assert first_line(OperationalError("SELECT", {}, psycopg.errors.AdminShutdown())) == "AdminShutdown"


@pytest.mark.parametrize("written", [True, False], ids=["after the commit", "before it"])
def test_an_entry_whose_answer_is_lost_is_written_once(clock, story, monkeypatch, written):
    with open_ledger("sqlite://") as ledger:
        run = story.begin(ledger)
        transact = ledger.writer._transact

        def lose(*arguments):
            monkeypatch.setattr(ledger.writer, "_transact", transact)
            if written:
                transact(*arguments)
            raise sqlite(5)

        monkeypatch.setattr(ledger.writer, "_transact", lose)
        story.tell(run, Noted(ledger=story.SLEEVE, key="k", text="x"))
        assert [entry.kind for entry in ledger.run(run.id).entries()] == ["RunStarted", "Funded", "Noted"]
        assert (verify(ledger.run(run.id)).head, clock.slept) == (run.head, [0.25])
