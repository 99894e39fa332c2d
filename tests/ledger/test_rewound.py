"""A run wound back is lived through again word for word, then written further."""

from decimal import Decimal

import pytest
from sqlalchemy import update

from allusr_sdk.errors import BreakError
from allusr_sdk.ledger.rewound import Rewound
from allusr_sdk.ledger.tables import entries
from allusr_sdk.model.events import Decided, Noted


def told(story):
    return [
        story.intent("k1", (story.PUT, -1), reserve="27000.00"),
        story.fill(story.PUT, -1, "1.69", opening=True, key="k1"),
        Decided(ledger=story.SLEEVE, symbol="AAPL", verdict="hold", why="level 0", numbers={"m": 0.5, "lots": 1}),
        Noted(ledger=story.SLEEVE, key="k", text="one"),
    ]


def live(run, events, story, *, first):
    for minute, event in enumerate(events):
        run.append(event, **story.stamp(first + minute))


@pytest.fixture
def run(ledger, story):
    begun = story.begin(ledger)
    live(begun, told(story), story, first=10)
    return begun


@pytest.fixture
def again(ledger, run):
    """The same run as another process finds it, wound back behind its funding."""
    return Rewound(ledger.run(run.id), 2)


def test_it_stands_where_it_was_wound_back_to(again, run, story):
    assert (again.seq, again.live) == (2, False)
    assert again.book.ledgers[story.SLEEVE].cash == Decimal("400000.00")
    assert [entry.seq for entry in again.entries()] == [1, 2]


def test_what_is_lived_through_again_is_not_written_again(again, run, story):
    live(again, told(story), story, first=10)
    assert (again.live, again.seq, again.head) == (True, run.seq, run.head)
    assert run.ledger.run(run.id).seq == run.seq
    assert again.book.ledgers == run.book.ledgers


def test_books_and_entries_go_along(again, story):
    live(again, told(story)[:2], story, first=10)
    assert [p.quantity for p in again.book.positions] == [-1]
    assert [entry.kind for entry in again.entries(after=2)] == ["IntentRecorded", "Filled"]


def test_it_goes_on_as_the_run_that_never_stopped(again, run, story):
    more = [Noted(ledger=story.SLEEVE, key="k", text="two")]
    live(again, told(story) + more, story, first=10)
    whole = story.begin(run.ledger)
    live(whole, told(story) + more, story, first=10)
    assert again.head == whole.head
    assert [e.event for e in again.entries()] == [e.event for e in whole.entries()]


@pytest.mark.parametrize("changed", ["event", "minute"])
def test_what_differs_from_the_journal_is_a_break_and_writes_nothing(again, run, story, changed):
    head = run.head
    event = Noted(ledger=story.SLEEVE, key="k", text="other") if changed == "event" else told(story)[0]
    with pytest.raises(BreakError, match="entry 3 of run 1 holds IntentRecorded"):
        again.append(event, **story.stamp(11))
    assert (run.ledger.run(run.id).head, again.seq) == (head, 2)


def test_an_execution_counts_as_booked_once_it_was_lived_through(again, story):
    again_known = ("k1", "")
    assert not again.booked(*again_known)
    live(again, told(story), story, first=10)
    assert again.booked(*again_known)


def test_weeks_begin_where_they_began(ledger, story):
    run = story.begin(ledger)
    later = 7 * 24 * 60
    live(run, [Noted(ledger=story.SLEEVE, key="k", text="next week")], story, first=later)
    again = Rewound(ledger.run(run.id), 2)
    live(again, [Noted(ledger=story.SLEEVE, key="k", text="next week")], story, first=later)
    assert again.start_of("2026-W08").seq == run.start_of("2026-W08").seq == 2


def test_its_entries_are_chosen_by_kind_ledger_and_symbol_like_those_of_any_run(ledger, run):
    again = Rewound(ledger.run(run.id), run.seq)
    assert [entry.seq for entry in again.entries(kind="Decided")] == [5]
    assert [entry.seq for entry in again.entries(ledger="gen_acc", after=3)] == [4, 5, 6]
    assert [entry.seq for entry in again.entries(ledger="rev_acc")] == []
    assert [entry.seq for entry in again.entries(symbol="AAPL")] == [3, 4, 5]


def test_what_it_goes_on_with_is_written_at_once(ledger, run, story):
    again = Rewound(ledger.run(run.id), run.seq)
    live(again, [Noted(ledger=story.SLEEVE, key="k", text="two")], story, first=20)
    assert ledger.run(run.id).seq == run.seq + 1


def test_what_was_altered_is_not_lived_through_again(ledger, run):
    with ledger.engine.begin() as connection:
        connection.execute(update(entries).where(entries.c.seq == 4).values(state="SAFE"))
    with pytest.raises(BreakError, match="entry 4 of run 1 breaks the chain: see `allusr ledger verify`"):
        Rewound(ledger.run(run.id), 4)
