"""What is read of a run that is opened again: entries by kind, ledger and symbol, what others write, weeks' starts."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from allusr_sdk.errors import BreakError, InputError, KernelError
from allusr_sdk.ledger import open_ledger, storage
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.starts import Start
from allusr_sdk.ledger.tables import entries
from allusr_sdk.model.events import Decided, Funded, Noted
from allusr_sdk.model.positions import Book

DAY = 24 * 60
MONDAY = 4 * DAY - 10 * 60  # the first instant of 16 February 2026 in New York


@pytest.fixture
def begun(memory, story):
    """Entries of two ledgers, three symbols and two weeks."""
    run = story.begin(memory)
    run.append(Funded(ledger="rev_acc", amount=7), **story.stamp(1))
    run.append(Decided(ledger="rev_acc", symbol="AAPL", verdict="skip", why=""), **story.stamp(2))
    run.append(Decided(ledger=story.SLEEVE, symbol="MSFT", verdict="skip", why=""), **story.stamp(MONDAY - 1))
    run.append(Noted(ledger=story.SLEEVE, symbol="AAPL", key="k", text="t"), **story.stamp(MONDAY))
    run.append(Noted(ledger=story.SLEEVE, key="k", text="u"), **story.stamp(MONDAY + 1))
    return run


@pytest.mark.parametrize(
    ("narrowed", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"kind": "Noted"}, [6, 7]),
        ({"ledger": "rev_acc"}, [3, 4]),
        ({"symbol": "AAPL"}, [4, 6]),
        ({"kind": "Decided", "ledger": "gen_acc"}, [5]),
        ({"ledger": "gen_acc", "after": 5}, [6, 7]),
        ({"after": 7}, []),
    ],
)
def test_a_run_is_narrowed_alike_by_who_wrote_it_and_who_opens_it(memory, begun, narrowed, numbers):
    for run in (begun, memory.run(begun.id)):
        assert [entry.seq for entry in run.entries(**narrowed)] == numbers


def test_the_start_of_a_week_is_the_entry_before_its_first_instant_and_the_books_then(memory, begun):
    again = memory.run(begun.id)
    assert again.head == begun.head
    for run in (begun, again):
        assert (run.start_of("2026-W08").seq, run.start_of("2026-W07").seq) == (5, 0)
        start = run.start_of("2026-W08").book.ledgers["gen_acc"]
        assert (start.notes, run.start_of("2026-W07").book.ledgers) == ({}, {})
        assert (run.start_of("2026-W09").seq, run.start_of("2026-W01").seq) == (7, 0)
        assert run.start_of("2026-W09").book.ledgers["gen_acc"].notes == {"k": "u"}


@pytest.fixture
def asked(memory):
    """What is asked of the database from here on."""
    statements = []
    event.listen(memory.engine, "before_cursor_execute", lambda c, d, statement, *more: statements.append(statement))
    return statements


def test_who_wrote_a_week_reads_it_without_the_database(begun, asked):
    assert [entry.seq for entry in begun.entries(after=3)] == [4, 5, 6, 7]
    assert asked == []


def test_who_read_a_run_to_its_end_knows_where_its_weeks_began(memory, begun, asked):
    again = memory.run(begun.id)
    assert again.seq == 7
    asked.clear()
    assert [again.start_of(week).seq for week in ("2026-W07", "2026-W08")] == [0, 5]
    assert asked == []


def test_who_asks_for_some_entries_is_given_their_postings_and_no_others(monkeypatch, memory, begun, story):
    made = []
    monkeypatch.setattr(storage, "Line", lambda *values: made.append(values) or Line(*values))
    begun.append(Funded(ledger=story.SLEEVE, amount=9), **story.stamp(MONDAY + 2))
    begun.append(Noted(ledger="rev_acc", key="k", text="t"), **story.stamp(MONDAY + 3))
    found = memory.run(begun.id).entries(ledger="rev_acc")
    assert [[line.amount for line in entry.lines] for entry in found] == [[700, -700], [], []]
    assert len(made) == 2


def test_runs_and_chains_are_told_oldest_first_in_whatever_order_the_database_finds_them(memory, story):
    for seed in (1, 2):
        story.begin(memory, seed=seed)
    for _ in range(2):
        memory.start_chain("words", story.head(), story.START, rulebook="")
    with memory.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA reverse_unordered_selects = ON")
    assert [info.id for info in memory.runs()] == [1, 2]
    assert [chain.id for chain in memory.chains()] == [1, 2, 3, 4]
    assert (memory.latest().id, memory.chain("words").id) == (2, 3)


def test_no_other_number_is_a_run_and_no_chain_of_the_home_either(memory, begun, story):
    chain = memory.start_chain("words", story.head(), story.START, rulebook="")
    assert memory.run(begun.id).seq == 7
    for number in (chain.id, 99):
        with pytest.raises(InputError, match=f"run {number} is not in this ledger"):
            memory.run(number)


def test_the_first_entry_stands_before_every_cycle_in_the_state_of_the_empty_books(begun):
    first = next(begun.entries())
    assert (first.seq, first.cycle, first.state, first.rulebook) == (1, 0, "SAFE", "rb")


def test_writing_what_was_batched_leaves_the_books_as_they_are(memory, story):
    run = story.begin(memory, batch=True)
    book = run.book
    run.flush()
    assert run.book is book


def test_the_start_of_a_week_long_ago_is_folded_up_to_its_first_instant(memory, begun, story):
    for week in range(1, 6):
        begun.append(Noted(ledger=story.SLEEVE, key="k", text=f"{week}"), **story.stamp(MONDAY + week * 7 * DAY))
    for run in (begun, memory.run(begun.id)):
        start = run.start_of("2026-W08")
        assert (start.seq, start.book.ledgers["gen_acc"].notes) == (5, {})
        assert run.start_of("2026-W12").seq == run.seq - 2


def test_who_asks_for_the_books_of_an_instant_reads_up_to_it_and_no_broken_chain(memory, begun, story):
    reader = memory.run(begun.id)
    earlier = begun.instant - timedelta(minutes=1)
    with memory.engine.begin() as connection:
        connection.execute(update(entries).where(entries.c.seq == 7).values(state="x"))
    start = reader.before(earlier)
    assert (start.seq, start.book.ledgers[story.SLEEVE].notes) == (5, {})
    for look in (lambda: reader.before(begun.instant), lambda: reader.book):
        with pytest.raises(BreakError, match=f"entry 7 of run {begun.id} breaks the chain"):
            look()


def test_who_only_opens_a_run_folds_nothing_to_know_when_it_last_wrote(memory, begun, asked):
    assert memory.run(begun.id).instant == begun.instant
    assert "postings" not in " ".join(asked)


def test_where_nothing_was_found_no_postings_are_asked_for(memory, begun, asked):
    assert [*memory.run(begun.id).entries(kind="Broken")] == []
    assert "postings" not in " ".join(asked)


def test_the_start_of_a_week_is_not_told_by_entries_that_the_database_refused(monkeypatch, memory, story):
    run = story.begin(memory, batch=True)
    run.flush()
    for minutes in (MONDAY - 1, MONDAY):
        run.append(Noted(ledger=story.SLEEVE, key="k", text=f"{minutes}"), **story.stamp(minutes))
    assert run.start_of("2026-W08").seq == 3
    monkeypatch.setattr(memory.writer, "write", refused)
    with pytest.raises(KernelError):
        run.flush()
    assert run.start_of("2026-W08").seq == 2


def refused(*_):
    raise KernelError("the disk is full")


def test_a_batched_run_is_read_up_to_an_instant_with_what_is_not_written_yet(memory, story):
    run = story.begin(memory, batch=True)
    run.append(Noted(ledger=story.SLEEVE, key="k", text="t"), **story.stamp(1))
    assert run.before(run.instant + timedelta(seconds=1)) == Start(3, run.book)


def test_a_run_without_entries_before_a_week_starts_it_with_empty_books(begun):
    book = begun.start_of("2025-W01").book
    assert (book.ledgers, book.cycle, book.state) == ({}, 0, "SAFE")
    assert isinstance(book, Book)


def test_a_reader_catches_up_with_what_another_process_has_written(tmp_path, story):
    with open_ledger(tmp_path) as mine, open_ledger(tmp_path) as other:
        writer = story.begin(mine)
        reader = other.run(writer.id)
        assert [entry.seq for entry in reader.catch_up()] == [1, 2]
        assert [*reader.catch_up()] == []
        writer.append(Noted(ledger=story.SLEEVE, key="k", text="t"), **story.stamp(1))
        assert reader.book.ledgers[story.SLEEVE].notes == {}
        assert [entry.seq for entry in reader.catch_up()] == [3]
        assert (reader.book, reader.head, reader.seq) == (writer.book, writer.head, 3)


def test_a_reader_that_stops_half_way_reads_all_anew(memory, begun):
    reader = memory.run(begun.id)
    assert next(iter(reader.catch_up())).seq == 1
    assert [entry.seq for entry in reader.catch_up()] == [1, 2, 3, 4, 5, 6, 7]
    assert (reader.book, reader.head) == (begun.book, begun.head)


def test_what_does_not_follow_on_what_was_read_is_a_break(memory, begun, story):
    reader = memory.run(begun.id)
    assert reader.seq == 7
    begun.append(Noted(ledger=story.SLEEVE, key="k", text="v"), **story.stamp(MONDAY + 2))
    with memory.engine.begin() as connection:
        connection.execute(entries.update().where(entries.c.seq == 8).values(prev_hash="0" * 64))
    with pytest.raises(BreakError, match="entry 8 of run 1 breaks the chain"):
        [*reader.catch_up()]


@pytest.mark.parametrize("how", ["start_run", "run", "start_chain", "chain", "chains", "latest"])
def test_whoever_does_not_ask_for_batches_writes_each_entry(tmp_path, story, how):
    with open_ledger(tmp_path) as ledger, open_ledger(tmp_path) as other:
        run = ledger.start_run(story.head(), story.START)
        ledger.start_chain("own", story.head(), story.START, rulebook="")
        found = {
            "start_run": run,
            "start_chain": ledger.start_chain("new", story.head(), story.START, rulebook=""),
            "run": ledger.run(run.id),
            "chain": ledger.chain("own"),
            "chains": ledger.chains()[0],
            "latest": ledger.latest(),
        }[how]
        entry = found.append(Noted(ledger="", key="k", text="t"), **story.stamp(1))
        with other.engine.connect() as connection:
            hashes = (
                connection.execute(entries.select().where(entries.c.run == found.id).order_by(entries.c.seq))
                .mappings()
                .all()
            )
        assert [row["hash"] for row in hashes][1:] == [entry.hash]
