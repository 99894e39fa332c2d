"""The home's inbox: several writers lose nothing, and what stands is what was last asked for and obeyed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.inbox import Inbox, due, standing
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import OperatorAsked, OperatorHeard

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
RUN, OTHER = 1, 2


@pytest.fixture
def inbox():
    """An inbox in memory."""
    with open_ledger("sqlite://") as ledger:
        yield Inbox(ledger)


def wish(action, ledger="", actor="Ann"):
    return OperatorAsked(rule="KS-7", action=action, ledger=ledger, actor=actor, reason="too hot")


def told(inbox, *words):
    """Ask and obey, one after the other; `(action, scope, outcome)` with `obeyed`, a refusal, or None for no answer."""
    for action, scope, outcome in words:
        made = inbox.ask(wish(action, scope))
        if outcome is not None:
            inbox.hear(made, RUN, AT)
            inbox.answer(made, RUN, "" if outcome == "obeyed" else outcome)


OBEYED, WAITS, REFUSED = "obeyed", None, "KS-7: no"

STANDS = {
    "a halt that nobody heard": ([("halt", "", WAITS)], {"": "halt"}),
    "a pause of a sleeve": ([("pause", "gen", OBEYED)], {"gen": "pause"}),
    "both, each in its scope": ([("pause", "gen", OBEYED), ("halt", "", WAITS)], {"gen": "pause", "": "halt"}),
    "a halt over a pause": ([("pause", "", OBEYED), ("halt", "", OBEYED)], {"": "halt"}),
    "a halt that a pause does not lighten": ([("halt", "", OBEYED), ("pause", "", OBEYED)], {"": "halt"}),
    "a halt whose re-arm waits": ([("halt", "", OBEYED), ("rearm", "", WAITS)], {"": "halt"}),
    "a halt whose re-arm was refused": ([("halt", "", OBEYED), ("rearm", "", REFUSED)], {"": "halt"}),
    "a halt that was only resumed": ([("halt", "", OBEYED), ("resume", "", OBEYED)], {"": "halt"}),
    "nothing after a re-arm": ([("halt", "", OBEYED), ("rearm", "", OBEYED)], {}),
    "nothing after a pause was resumed": ([("pause", "", OBEYED), ("resume", "", OBEYED)], {}),
    "nothing of a pause that no run could obey": ([("pause", "gone", REFUSED)], {}),
    "a sleeve's pause after the account's re-arm": (
        [("pause", "gen", OBEYED), ("halt", "", OBEYED), ("rearm", "", OBEYED)], {"gen": "pause"},
    ),
    "another halt behind a re-arm": ([("halt", "", OBEYED), ("rearm", "", OBEYED), ("halt", "", WAITS)], {"": "halt"}),
}  # fmt: skip


@pytest.mark.parametrize(("words", "stands"), STANDS.values(), ids=STANDS)
def test_what_stands(inbox, words, stands):
    told(inbox, *words)
    assert {scope: made.event.action for scope, made in standing(inbox.wishes).items()} == stands


def test_a_new_run_takes_up_what_stands_and_what_waits_and_one_that_knows_it_nothing(inbox):
    told(inbox, ("halt", "", OBEYED), ("rearm", "", OBEYED), ("pause", "gen", OBEYED), ("resume", "gen", WAITS))
    every = inbox.wishes
    assert [made.event.action for made in due(every, frozenset())] == ["pause", "resume"]
    assert due(every, {made.number for made in every}) == ()


NEEDLESS = {
    "a halt of a halted account": (["halt"], "halt", True),
    "a pause of a halted account": (["halt"], "pause", True),
    "a halt of a paused account": (["pause"], "halt", False),
    "a halt whose re-arm waits": (["halt", "rearm"], "halt", False),
    "a re-arm that waits": (["halt", "rearm"], "rearm", True),
    "a re-arm behind another halt": (["halt", "rearm", "halt"], "rearm", False),
}


@pytest.mark.parametrize(("before", "action", "needless"), NEEDLESS.values(), ids=NEEDLESS)
def test_what_needs_not_be_asked_again(inbox, before, action, needless):
    told(inbox, *((word, "", WAITS) for word in before))
    assert (inbox.asked(wish(action)) is not None) is needless
    assert inbox.asked(wish(action, "gen")) is None


def test_a_run_answers_once_and_another_for_itself(inbox):
    made = inbox.ask(wish("halt"))
    for run in (RUN, RUN, OTHER):
        inbox.answer(made, run)
    assert inbox.size == 3
    assert list(inbox.wishes[0].answers) == [RUN, OTHER]


def cut_back(home, tmp_path):
    """The home as it was before its newest run: what persons told it stays, and what that run answered."""
    with open_ledger(home) as ledger:
        back_up(ledger, tmp_path / "copy.db")
    restore(tmp_path / "copy.db", str(tmp_path / "again"), (1, 2))
    return tmp_path / "again"


@pytest.mark.parametrize("action", ["halt", "rearm"])
def test_a_run_that_has_the_number_of_one_that_is_gone_has_not_heard_what_that_one_heard(tmp_path, story, action):
    with open_ledger(tmp_path / "home") as ledger:
        story.begin(ledger)
        inbox = Inbox(ledger)
        made = inbox.ask(wish(action))
        gone = story.begin(ledger, seed=8)
        inbox.hear(made, gone.id, AT)
        inbox.answer(made, gone.id)
        assert inbox.wishes[0].heard == {gone.id: AT}
    with open_ledger(cut_back(tmp_path / "home", tmp_path)) as ledger:
        inbox = Inbox(ledger)
        assert (inbox.wishes[0].heard, inbox.wishes[0].answers, inbox.wishes[0].waiting) == ({}, {}, False)
        assert inbox.wishes[0].obeyed
        assert ("" in standing(inbox.wishes)) is (action == "halt")
        other = story.begin(ledger, seed=9)
        assert other.id == gone.id
        assert (inbox.wishes[0].heard, inbox.wishes[0].answers) == ({}, {})
        inbox.answer(inbox.wishes[0], other.id)
        assert list(inbox.wishes[0].answers) == [other.id]


def test_what_an_earlier_version_wrote_without_a_first_hash_goes_by_the_number(story):
    with open_ledger("sqlite://") as ledger:
        run, inbox = story.begin(ledger), Inbox(ledger)
        made = inbox.ask(wish("halt"))
        heard = OperatorHeard(rule="KS-8", wish=made.number, run=run.id, instant=AT)
        ledger.chain("operator").append(heard, at=AT, cycle=0, state="SAFE", rulebook="")
        assert inbox.wishes[0].heard == {run.id: AT}


def test_writers_that_meet_lose_nothing_and_the_chain_stays_whole(target):
    """Each has connections of its own, as processes have; the chain begins under all of them."""
    with open_ledger(target):
        pass

    def ask(number):
        with open_ledger(target, create=False) as ledger:
            return Inbox(ledger).ask(wish("pause", f"sleeve_{number}")).number

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(ask, range(24)))
    with open_ledger(target, create=False) as ledger:
        assert sorted(made.event.ledger for made in Inbox(ledger).wishes) == sorted(f"sleeve_{n}" for n in range(24))
        assert sorted(numbers) == [made.number for made in Inbox(ledger).wishes]
        assert all(report.ok for report in verify_all(ledger))


def test_an_engine_that_holds_the_home_and_one_who_asks_write_side_by_side(target, story):
    with open_ledger(target) as ours, open_ledger(target) as theirs, ours.lease():
        run = story.begin(ours)
        made = Inbox(theirs).ask(wish("halt"))
        (found,) = Inbox(ours).wishes
        Inbox(ours).hear(found, run.id, AT)
        Inbox(theirs).ask(wish("pause", "gen_acc"))
        Inbox(ours).answer(found, run.id)
        assert found.number == made.number
        assert Inbox(theirs).size == 4
        assert Inbox(theirs).wishes[0].obeyed
