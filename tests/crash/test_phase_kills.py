"""Processes that are killed between the phases of a fork, a merge, a transfer or a roll: exactly one of each (FK-6).

Over the test broker, which outlives its engines, books and broker agree afterwards; over a simulated venue the journal
is that of a run that nobody stopped. `uv run pytest -m long tests/crash/test_phase_kills.py` kills behind each phase.
"""

import signal
from collections import Counter
from itertools import accumulate

import pytest

from tests.crash.engines import WATCHED, Engines
from tests.crash.lives import REAPER, Account
from tests.crash.phased import CAPITAL, GROWN, LADDERED

GROWS = ("Fork", "Merge", "Node", "Transfer", "Reinvested")


def over_a_broker(folder, story):
    """An account of the story at a broker that outlives its engines."""
    options = story.options(folder, *WATCHED.split(","))
    account = {"cash": CAPITAL, "seconds": 1800, "fills": "seeded"}
    return Engines(folder, story.plugin.MARKET.source, story.first, story.last, options, **account)


def live_through(account, phases):
    """Start engines until one comes to the end; each before it was killed at another of the phases, and all were."""
    starts = [account.start(reap=phases) for _ in phases]
    assert not any(starts)
    assert account.start(reap=phases)


def about(event):
    """What an entry of growth is about."""
    return event.kind, event.ledger, getattr(event, "key", event.symbol), getattr(event, "source", "")


def keyed(events, kind):
    """How often each key stands in entries of a kind."""
    return Counter(event.key for event in events if event.kind == kind)


def each_stands_once(account):
    """Whatever was begun between ledgers is at its end, and none of it stands there twice."""
    events = [entry.event for entry in account.entries if entry.kind.startswith(GROWS)]
    assert [what for what, count in Counter(map(about, events)).items() if count > 1] == []
    assert keyed(events, "ForkIntended") == keyed(events, "ForkPaid")
    assert keyed(events, "ForkFunded") == keyed(events, "ForkPaid") + keyed(events, "ForkPaid")
    for ends in (("MergeSent", "MergeTaken"), ("MergeIntended", "NodeClosed"), ("TransferSent", "TransferTaken")):
        assert keyed(events, ends[0]) == keyed(events, ends[1])
    assert account.book.unfinished == {}
    return events


def rungs(account):
    """Contracts of the growth ladder after each of its executions."""
    return list(accumulate(fill.quantity for fill in account.events("Filled", ledger="llms")))


def grown(account):
    """Forks and merges of the account stand once, and there are some."""
    kinds = Counter(event.kind for event in each_stands_once(account))
    assert kinds["ForkIntended"] >= 2
    assert kinds["NodeClosed"] >= 1
    account.agree()


def rolled(account):
    """Transfers stand once; no rung was sold or bought twice, and one of each was."""
    kinds = Counter(event.kind for event in each_stands_once(account))
    assert (kinds["Reinvested"], kinds["TransferSent"]) == (1, 2)
    assert rungs(account)[:3] == [1, 0, 1]
    assert set(rungs(account)) == {0, 1}
    account.agree()


STORIES = {
    "forks and merges": (GROWN, ("ForkPaid *:1 ", "MergeSent m1.com_acc *"), grown),
    "transfers and rolls": (LADDERED, ("TransferSent *:leaps ", "Filled llms *close*"), rolled),
}


@pytest.mark.parametrize("told", STORIES)
def test_what_is_killed_in_its_middle_happens_once_and_the_broker_agrees(told, tmp_path):
    story, phases, stands = STORIES[told]
    with over_a_broker(tmp_path, story) as account:
        live_through(account.settled(), phases)
        stands(account)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("told", STORIES)
def test_what_is_killed_behind_each_phase_happens_once_and_the_broker_agrees(told, tmp_path):
    story, _, stands = STORIES[told]
    with over_a_broker(tmp_path, story) as account:
        live_through(account.settled(), story.phases)
        stands(account)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("told", STORIES)
def test_over_a_simulated_venue_a_kill_behind_each_phase_leaves_no_trace(told, tmp_path):
    story, _, _ = STORIES[told]
    options = story.options(tmp_path, REAPER)
    whole, cut = (Account(tmp_path / name, story.first, story.last, 7, options) for name in ("whole", "cut"))
    whole.told()
    kill = {"reap": story.phases, "reaped": tmp_path / "reaped"}
    codes = [cut.start(**kill).returncode for _ in story.phases]
    assert set(codes) == {-signal.SIGKILL}
    cut.told(**kill)
    assert cut.journal() == whole.journal()
    assert cut.restarts() == len(story.phases)
