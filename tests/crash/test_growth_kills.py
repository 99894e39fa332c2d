"""Killed between any two phases of a fork, a merge or a reinvestment and started again: exactly one of each (FK-6)."""

from collections import Counter

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.money import ZERO
from tests.crash.phased import GROWN, shortly

GROWTH = (
    "ForkIntended", "ForkPaid", "ForkFunded", "ForkCapped", "MergeIntended", "MergeSent", "MergeTaken", "NodeClosed",
    "Reinvested", "BudgetSpent",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The journal of the run that nobody stops."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return GROWN.run(tmp_path_factory.mktemp("whole"), monkeypatch).entries


def deeds(entries):
    """How often each entry of growth stands there, by what it is about."""
    return Counter(
        (e.kind, e.event.ledger, getattr(e.event, "key", e.event.symbol), getattr(e.event, "source", ""))
        for e in entries
        if e.kind in GROWTH
    )


def phases(whole, kinds=GROWTH):
    """Numbers of the entries of growth."""
    return [entry.seq for entry in whole if entry.kind in kinds]


def test_the_run_forks_merges_and_closes(whole):
    kinds = Counter(entry.kind for entry in whole if entry.kind in GROWTH)
    assert kinds["ForkIntended"] >= 2
    assert kinds["ForkPaid"] == kinds["ForkIntended"]
    assert kinds["ForkFunded"] == 2 * kinds["ForkIntended"]
    assert kinds["MergeTaken"] == kinds["MergeSent"] >= 2
    assert kinds["NodeClosed"] >= 1
    assert any(entry.event.lots for entry in whole if entry.kind == "MergeSent")
    assert whole[-1].kind == "RunEnded"


def test_capital_that_moves_nets_to_zero_over_the_whole_user(whole):
    moved = Counter()
    for entry in whole:
        if entry.kind in GROWTH:
            for line in entry.lines:
                moved[line.account] += line.amount
    assert {account: amount for account, amount in moved.items() if amount} == {}


POINTS = {
    "intended": lambda whole: phases(whole)[0],
    "paid": lambda whole: phases(whole)[1],
    "half funded": lambda whole: phases(whole)[2],
    "one of two forks": lambda whole: phases(whole)[3],
    "sent": lambda whole: phases(whole, ("MergeSent",))[0],
    "taken": lambda whole: phases(whole, ("MergeTaken",))[1],
}


@pytest.mark.parametrize("point", ["half funded", "sent"])
def test_a_simulated_run_comes_out_as_if_it_had_not_been_killed(point, whole, tmp_path, monkeypatch):
    before = GROWN.run(tmp_path, monkeypatch, dies_after=POINTS[point](whole))
    assert len(before.entries) < len(whole)
    after = GROWN.run(tmp_path, monkeypatch)
    assert after.hashes == [entry.hash for entry in whole]
    assert after.restarts == 1


@pytest.mark.parametrize("point", shortly(POINTS, "paid", "half funded", "sent"))
def test_a_journal_that_is_taken_as_it_stands_has_one_of_each_too(point, whole, tmp_path, monkeypatch):
    before = GROWN.run(tmp_path, monkeypatch, dies_after=POINTS[point](whole)).entries
    lived = GROWN.go_on_otherwise(tmp_path, monkeypatch)
    after = lived.entries
    assert after[: len(before)] == before
    assert (after[-1].kind, lived.restarts) == ("RunEnded", 1)
    assert {what: count for what, count in deeds(after).items() if count > 1} == {}
    early = {what for what in deeds(whole) if what in deeds(whole[: len(before) + 12])}
    assert early <= deeds(after).keys()
    with open_ledger(tmp_path) as ledger:
        assert all(report.ok for report in verify_all(ledger))
    assert lived.book.unfinished == {}
    assert sum((ledger.set_aside for ledger in lived.book.ledgers.values()), ZERO) == 0


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_wherever_it_is_killed_among_its_phases(whole, tmp_path_factory, monkeypatch):
    for seq in phases(whole):
        home = tmp_path_factory.mktemp("cut")
        GROWN.run(home, monkeypatch, dies_after=seq)
        assert GROWN.run(home, monkeypatch).hashes == [entry.hash for entry in whole], seq
