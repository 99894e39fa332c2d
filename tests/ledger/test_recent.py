"""What is read from memory is what the database would give, whatever was asked."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.recent import Recent
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Decided, Noted

DAY = 24 * 60


def asked(run, **narrow):
    return [(e.seq, e.hash, e.at, e.event, e.lines) for e in run.entries(**narrow)]


STEPS = st.lists(st.tuples(st.integers(0, 6 * DAY), st.sampled_from(("note", "decide", "fill"))), max_size=20)


@given(STEPS, st.integers(0, 25), st.sampled_from((None, "Noted", "Filled")), st.sampled_from((None, "AAPL")))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_that_is_written_reads_like_one_that_is_opened_again(story, steps, after, kind, symbol):
    with open_ledger("sqlite://") as ledger:
        run, minutes = story.begin(ledger, batch=True), 1
        for number, (pause, what) in enumerate(steps):
            minutes += pause
            event = {
                "note": Noted(ledger=story.SLEEVE, key="k", text=str(number)),
                "decide": Decided(ledger=story.SLEEVE, symbol="AAPL", verdict="skip", why=str(number)),
                "fill": story.fill(story.PUT, -1, "1.69", opening=True),
            }[what]
            run.append(event, **story.stamp(minutes))
        narrow = {"after": after, "kind": kind, "symbol": symbol}
        told = asked(run, **narrow)
        run.flush()
        assert told == asked(ledger.run(run.id), **narrow)
        assert asked(run) == asked(ledger.run(run.id))


def test_two_weeks_are_kept_and_no_more(memory, run, story):
    weeks = 5
    for week in range(weeks):
        for _ in range(10):
            run.append(Noted(ledger=story.SLEEVE, key="k", text=str(week)), **story.stamp(week * 7 * DAY))
    first = run.seq - 2 * 10
    assert run._recent.after(first) is not None
    assert run._recent.after(first - 1) is None
    assert len(asked(run)) == run.seq


def test_after_an_entry_that_was_refused_reading_goes_on_from_what_is_written(memory, run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    before = asked(run)
    with pytest.raises(Exception, match="of -1 held"):
        story.tell(run, story.fill(story.PUT, 3, "1.00", opening=False))
    assert asked(run) == before
    held = story.tell(run, story.fill(story.PUT, 1, "1.00", opening=False))
    assert held.realised == Decimal("67.60")
    assert asked(run) == asked(memory.run(run.id))


def test_a_week_ends_with_sundays_midnight_in_new_york(run, story):
    recent, first = Recent(), run.seq
    for moment in ("2026-02-15T23:00", "2026-02-16T00:00", "2026-02-23T00:00"):
        at = datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK)
        recent.add(run.append(Noted(ledger=story.SLEEVE, key="k", text="x"), **story.stamp() | {"at": at}))
    assert recent.after(first) is None
    assert [entry.seq for entry in recent.after(first + 1)] == [first + 2, first + 3]
