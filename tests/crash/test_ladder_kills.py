"""Killed between two phases of a transfer, or between sale and purchase of a roll: exactly one of each (LL-2)."""

from collections import Counter
from itertools import accumulate

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from tests.crash.phased import LADDERED, shortly

MOVES = ("TransferSent", "TransferTaken", "Reinvested", "LadderStated")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The journal of the run that nobody stops."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        lived = LADDERED.run(tmp_path_factory.mktemp("whole"), monkeypatch)
    assert lived.book.unfinished == {}
    return lived.entries


def moves(entries):
    """How often each entry that moves capital stands there, by what it is about."""
    return Counter(
        (entry.kind, entry.event.ledger, getattr(entry.event, "key", "")) for entry in entries if entry.kind in MOVES
    )


def rungs(entries):
    """Contracts of the growth ladder after each of its executions."""
    fills = [entry.event for entry in entries if entry.kind == "Filled" and entry.event.ledger == "llms"]
    return list(accumulate(fill.quantity for fill in fills))


def of(entries, kind, which=0, ledger="llms"):
    """Number of an entry of a ledger."""
    return [entry.seq for entry in entries if entry.kind == kind and entry.event.ledger == ledger][which]


POINTS = {
    "budget sent": lambda whole: of(whole, "TransferSent", ledger="rev_acc"),
    "budget taken": lambda whole: of(whole, "TransferTaken"),
    "rung intended": lambda whole: of(whole, "IntentRecorded"),
    "rung bought": lambda whole: of(whole, "Filled"),
    "sale intended": lambda whole: of(whole, "IntentRecorded", 1),
    "sold and not bought anew": lambda whole: of(whole, "Filled", 1),
    "bought anew": lambda whole: of(whole, "Filled", 2),
    "hedges sent": lambda whole: of(whole, "TransferSent", 1, ledger="rev_acc"),
}


def test_the_run_buys_rolls_and_is_given_hedges(whole):
    assert rungs(whole)[:4] == [1, 0, 1, 0]
    assert [count for (kind, *_), count in moves(whole).items() if kind.startswith("Transfer")] == [1, 1, 1, 1]
    assert whole[-1].kind == "RunEnded"


@pytest.mark.parametrize("point", ["budget sent", "sold and not bought anew"])
def test_a_simulated_run_comes_out_as_if_it_had_not_been_killed(point, whole, tmp_path, monkeypatch):
    before = LADDERED.run(tmp_path, monkeypatch, dies_after=POINTS[point](whole))
    assert len(before.entries) < len(whole)
    after = LADDERED.run(tmp_path, monkeypatch)
    assert after.hashes == [entry.hash for entry in whole]
    assert after.restarts == 1


@pytest.mark.parametrize("point", shortly(POINTS, "budget sent", "sale intended", "sold and not bought anew"))
def test_a_journal_that_is_taken_as_it_stands_has_one_of_each_too(point, whole, tmp_path, monkeypatch):
    before = LADDERED.run(tmp_path, monkeypatch, dies_after=POINTS[point](whole)).entries
    lived = LADDERED.go_on_otherwise(tmp_path, monkeypatch)
    after = lived.entries
    assert after[: len(before)] == before
    assert (after[-1].kind, lived.restarts) == ("RunEnded", 1)
    assert {what: count for what, count in moves(after).items() if count > 1} == {}
    sent, taken = ({key for each, _, key in moves(after) if each == kind} for kind in ("TransferSent", "TransferTaken"))
    assert sent == taken
    assert {key for _, _, key in moves(before)} <= {key for _, _, key in moves(after)}
    assert set(rungs(after)) == {0, 1}
    assert lived.book.unfinished == {}
    with open_ledger(tmp_path) as ledger:
        assert all(report.ok for report in verify_all(ledger))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_wherever_it_is_killed_in_the_ladders_ledgers(whole, tmp_path_factory, monkeypatch):
    for entry in whole:
        if entry.event.ledger.startswith("llms") or entry.kind in MOVES:
            home = tmp_path_factory.mktemp("cut")
            LADDERED.run(home, monkeypatch, dies_after=entry.seq)
            assert LADDERED.run(home, monkeypatch).hashes == [each.hash for each in whole], entry.seq
