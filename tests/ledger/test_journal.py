"""Appending: the chain, durability, refusals, reading back (LG-1)."""

import sqlite3
from datetime import datetime
from decimal import Decimal

import pytest
from attrs import evolve, frozen
from sqlalchemy import text

from allusr_sdk.errors import BreakError, InputError, KernelError, Unbalanced
from allusr_sdk.ledger import account, book
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.effect import Outcome
from allusr_sdk.ledger.journal import BATCH
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import Decided, Event, Expired, Noted, RunStarted


def week(story):
    return (
        story.intent("k1", (story.PUT, -2), reserve="54000.00"),
        story.fill(story.PUT, -2, "1.69", opening=True, key="k1"),
        Decided(ledger=story.SLEEVE, symbol="AAPL", verdict="hold", why="level 1", numbers={"m": 1.4, "none": None}),
        story.fill(story.PUT, 1, "2.05", opening=False),
        Expired(ledger=story.SLEEVE, symbol="AAPL", instrument=story.PUT, quantity=-1, settlement=Decimal("271.00")),
    )


def test_both_databases_and_batches_give_the_same_head(ledger, memory, story):
    batched = story.begin(memory, batch=True)
    durable = story.begin(ledger)
    story.tell(batched, *week(story))
    story.tell(durable, *week(story))
    assert batched.head == durable.head
    assert batched.book == durable.book


def test_another_seed_gives_another_head(memory, story):
    assert story.begin(memory, seed=1).head != story.begin(memory, seed=2).head


def test_the_number_of_the_run_does_not_enter_the_chain(memory, story):
    first, second = story.begin(memory), story.begin(memory)
    assert first.id != second.id
    assert first.head == second.head


def test_opening_again_gives_the_same_books_and_head_and_goes_on(target, story):
    with open_ledger(target) as ledger:
        run = story.begin(ledger)
        story.tell(run, *week(story)[:3])
        before = (run.head, run.book, run.seq)
    with open_ledger(target) as ledger:
        again = ledger.latest()
        assert (again.head, again.book, again.seq) == before
        story.tell(again, *week(story)[3:])
        head = again.head
    with open_ledger("sqlite://") as ledger:
        run = story.begin(ledger)
        story.tell(run, *week(story))
        assert run.head == head


def test_each_entry_is_durable_when_append_returns(tmp_path, story):
    with open_ledger(tmp_path) as ledger:
        run = story.begin(ledger)
        entry = run.append(Noted(ledger=story.SLEEVE, key="a", text="b"), **story.stamp())
        other = sqlite3.connect(tmp_path / FILE)
        assert other.execute("SELECT seq, hash FROM entries ORDER BY seq DESC").fetchone() == (entry.seq, entry.hash)
        other.close()


def test_a_batched_run_writes_at_its_batch_and_at_flush(ledger, story):
    run = story.begin(ledger, batch=True)
    for i in range(BATCH + 5):
        run.append(Noted(ledger=story.SLEEVE, key="n", text=str(i)), **story.stamp())
    assert ledger.runs()[0].entries == BATCH + 1
    run.flush()
    assert (ledger.runs()[0].entries, ledger.runs()[0].head) == (BATCH + 7, run.head)


def test_entries_come_back_typed_and_equal(run, story):
    told = week(story)
    story.tell(run, *told)
    entries = list(run.entries(after=2))
    assert [entry.event for entry in entries] == list(told)
    assert [entry.seq for entry in entries] == [3, 4, 5, 6, 7]
    assert entries[0].at == story.at(2)
    assert {line.account: line.amount for line in entries[1].lines} == {"1010": 33660, "2100": -33660}


def test_entries_are_narrowed_by_kind_ledger_and_symbol(run, story):
    story.tell(run, *week(story))
    assert [e.seq for e in run.entries(kind="Filled")] == [4, 6]
    assert [e.seq for e in run.entries(symbol="AAPL", after=5)] == [6, 7]
    assert list(run.entries(ledger="rev_acc")) == []
    assert isinstance(next(iter(run.entries(kind="RunStarted"))).event, RunStarted)


def test_many_entries_are_read_in_order_across_pages(memory, story):
    run = story.begin(memory, batch=True)
    for i in range(4100):
        run.append(Noted(ledger=story.SLEEVE, key="n", text=str(i)), **story.stamp())
    assert [e.seq for e in run.entries()] == list(range(1, 4103))


def test_an_intent_is_journaled_only_once_even_after_a_restart(target, story):
    with open_ledger(target) as ledger:
        run = story.begin(ledger)
        story.tell(run, story.intent("k1", (story.PUT, -1)))
        with pytest.raises(KernelError, match="RULE-2: intent k1 is already journaled"):
            story.tell(run, story.intent("k1", (story.PUT, -1)))
    with open_ledger(target) as ledger:
        again = ledger.latest()
        head = again.head
        with pytest.raises(KernelError, match="RULE-2"):
            story.tell(again, story.intent("k1", (story.PUT, -1)))
        assert (again.head, again.seq) == (head, 3)


def test_the_same_key_may_stand_in_two_runs(memory, story):
    for run in (story.begin(memory), story.begin(memory)):
        story.tell(run, story.intent("k1", (story.PUT, -1)))


@pytest.mark.parametrize("batch", [False, True])
def test_an_event_that_does_not_fit_the_books_leaves_nothing_behind(ledger, story, batch):
    run = story.begin(ledger, batch=batch)
    story.tell(run, *week(story)[:2])
    before = (run.head, run.seq, run.book)
    with pytest.raises(KernelError, match="3 of -2 held"):
        story.tell(run, story.fill(story.PUT, 3, "0.50", opening=False, key="k1"))
    assert (run.head, run.seq, run.book) == before
    assert ledger.runs()[0].entries == before[1]
    story.tell(run, *week(story)[2:])
    assert run.seq == 7


def test_an_unbalanced_entry_is_never_written(run, story, monkeypatch):
    head = run.head
    monkeypatch.setattr(book, "outcome", lambda *_: Outcome(cash=Decimal("0.01")))
    with pytest.raises(Unbalanced, match=r"gen_acc is off balance by 0.01: it was not written"):
        run.append(Noted(ledger=story.SLEEVE, key="a", text="b"), **story.stamp())
    monkeypatch.undo()
    assert run.head == head
    assert len(list(run.entries())) == 2


def test_a_failure_halfway_through_the_fold_leaves_the_books_as_they_were(run, story, monkeypatch):
    before = run.book

    def fail(*_):
        raise KernelError("halfway")

    monkeypatch.setattr(account, "_position", fail)
    with pytest.raises(KernelError, match="halfway"):
        story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    monkeypatch.undo()
    assert run.book == before
    assert run.book.ledgers[story.SLEEVE].cash == Decimal("400000.00")


def test_an_entry_that_the_database_refuses_halfway_leaves_no_part_of_it(ledger, story):
    run = story.begin(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(text("DROP TABLE intents"))
    with pytest.raises(KernelError, match=r"the ledger's database refused \(.*\): entries 3 to 3 were not written"):
        story.tell(run, story.intent("k1", (story.PUT, -1)))
    assert (run.seq, run.book.ledgers[story.SLEEVE].working) == (2, {})
    assert [entry.seq for entry in run.entries()] == [1, 2]
    assert (ledger.runs()[0].entries, ledger.runs()[0].head) == (2, run.head)


def test_kinds_of_a_newer_version_are_skipped_and_stay_in_the_chain(ledger, story, monkeypatch):
    @frozen(kw_only=True)
    class FromTheFuture(Event):
        what: str

    run = story.begin(ledger)
    story.tell(run, FromTheFuture(what="x"), Noted(ledger=story.SLEEVE, key="a", text="b"))
    monkeypatch.delitem(Event.kinds, "FromTheFuture")
    again = ledger.run(run.id)
    assert (again.head, again.seq) == (run.head, 4)
    assert [entry.seq for entry in again.entries()] == [1, 2, 4]
    assert verify(again).ok


def test_two_writers_of_one_run_cannot_fork_its_chain(target, story):
    with open_ledger(target) as ours, open_ledger(target) as theirs:
        mine = story.begin(ours)
        other = theirs.latest()
        story.tell(other, Noted(ledger=story.SLEEVE, key="a", text="theirs"))
        with pytest.raises(KernelError, match="another process has written to run 1: entries 3 to 3 were not written"):
            mine.append(Noted(ledger=story.SLEEVE, key="a", text="mine"), **story.stamp())
        assert mine.book.ledgers[story.SLEEVE].notes == {"a": "theirs"}
        story.tell(mine, Noted(ledger=story.SLEEVE, key="a", text="mine"))
        assert mine.seq == 4


def test_an_instant_without_a_zone_is_refused(run, story):
    with pytest.raises(KernelError, match="has no time zone: nothing was written"):
        run.append(
            Noted(ledger="x", key="a", text="b"), at=datetime(2026, 2, 12, 15), cycle=1, state="SAFE", rulebook="rb"
        )


def test_an_event_that_has_no_canonical_form_is_refused_in_one_line(run, story):
    with pytest.raises(KernelError, match="Decided of AAPL cannot be written: object has no place in an event"):
        story.tell(run, Decided(ledger="x", symbol="AAPL", verdict="skip", why="", numbers={"a": object()}))


def test_an_event_that_could_not_be_read_back_is_refused(run, story):
    with pytest.raises(KernelError, match=r"entry 3 \(Noted\) cannot be read: Expected `str`"):
        story.tell(run, Noted(ledger=story.SLEEVE, key="a", text=None))


@pytest.mark.parametrize("price", ["NaN", "Infinity"])
def test_a_fill_at_no_number_is_refused(run, story, price):
    with pytest.raises(KernelError, match="does not fit the books: price is"):
        story.tell(run, story.fill(story.PUT, -1, price, opening=True))


def test_a_fill_of_no_ledger_is_refused(run, story):
    with pytest.raises(KernelError, match="Filled of AAPL names no ledger: nothing was booked"):
        story.tell(run, evolve(story.fill(story.PUT, -1, "1.00", opening=True), ledger=""))


def test_an_unknown_run_is_refused_and_an_empty_ledger_has_no_latest(memory):
    assert memory.latest() is None
    with pytest.raises(InputError, match="run 3 is not in this ledger"):
        memory.run(3)


def test_a_broken_chain_is_not_continued(tmp_path, story):
    with open_ledger(tmp_path) as ledger:
        story.tell(story.begin(ledger), *week(story))
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE entries SET payload = replace(payload, '1.69', '1.79') WHERE seq = 4")
    connection.close()
    with open_ledger(tmp_path) as ledger, pytest.raises(BreakError, match="entry 4 of run 1 breaks the chain"):
        story.tell(ledger.latest(), Noted(ledger="x", key="a", text="b"))


def test_the_books_are_the_same_object_until_something_changes(run, story):
    story.tell(run, *week(story)[:2])
    seen = run.book
    run.append(Decided(ledger=story.SLEEVE, symbol="AAPL", verdict="hold", why=""), **story.stamp())
    assert run.book is seen
    story.tell(run, Noted(ledger="rev_acc", key="a", text="b"))
    assert run.book is not seen
    assert run.book.ledgers[story.SLEEVE] is seen.ledgers[story.SLEEVE]


def test_the_books_cannot_be_changed_from_outside(run, story):
    held = story.tell(run, *week(story)[:2])
    with pytest.raises(TypeError):
        held.positions["x"] = None
    with pytest.raises(AttributeError):
        held.cash = Decimal(0)
