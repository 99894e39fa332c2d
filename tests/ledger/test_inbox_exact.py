"""What stands in a home's inbox to the letter: who asked first, which look waits, what each answer is written as."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.home import SPOOL, spool
from allusr_sdk.ledger.inbox import CHAIN, Inbox, standing
from allusr_sdk.model.events import Noted, OperatorAnswered, OperatorAsked, OperatorHeard

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
STAMP = {"at": AT, "cycle": 0, "state": "SAFE", "rulebook": ""}
RUN = 1


@pytest.fixture
def inbox(memory):
    return Inbox(memory)


def wish(action, **more):
    return OperatorAsked(**{"rule": "KS-7", "action": action, "actor": "Ann", "reason": "too hot"} | more)


def events(ledger):
    return [entry.event for entry in ledger.chain(CHAIN).entries()]


# --- what stands and what is needless -------------------------------------------------------------------------------


def test_nothing_is_written_before_the_first_wish(memory, inbox):
    assert (inbox.size, inbox.wishes, memory.chain(CHAIN)) == (0, (), None)
    assert inbox.asked(wish("halt")) is inbox.asked(wish("audit")) is None
    inbox.ask(wish("halt"))
    assert inbox.size == 1


@pytest.mark.parametrize("action", ["halt", "pause"])
def test_of_two_that_stop_alike_the_first_one_binds(inbox, action):
    for actor in ("Ann", "Bea"):
        inbox.ask(wish(action, actor=actor))
    assert standing(inbox.wishes)[""].event.actor == "Ann"


def test_a_look_is_needless_while_the_same_one_waits(inbox):
    audit, cash = inbox.ask(wish("audit")), inbox.ask(wish("explain", about="B14 cash"))
    assert inbox.asked(wish("audit", actor="Bea")) == audit
    assert inbox.asked(wish("explain", about="B14 cash")) == cash
    assert inbox.asked(wish("explain", about="B2 AAPL")) is None
    inbox.answer(audit, RUN)
    assert inbox.asked(wish("audit")) is None


# --- what is written ------------------------------------------------------------------------------------------------


def test_what_is_heard_and_answered_names_scope_rule_wish_run_and_its_first_entry(story, memory, inbox):
    with memory.engine.connect() as connection:  # no order but the one that is asked for
        connection.exec_driver_sql("PRAGMA reverse_unordered_selects = ON")
    run = story.begin(memory)
    first = next(run.entries()).hash
    made = inbox.ask(wish("pause", ledger="gen_acc"))
    inbox.hear(made, run.id, AT)
    inbox.answer(made, run.id, "KS-7: no")
    inbox.answer(made, 99)
    about = {"ledger": "gen_acc", "rule": "KS-8", "wish": 1}
    assert events(memory)[1:] == [
        OperatorHeard(**about, run=run.id, instant=AT, first=first),
        OperatorAnswered(**about, run=run.id, outcome="refused", why="KS-7: no", first=first),
        OperatorAnswered(**about, run=99, outcome="obeyed", why="", first=""),
    ]


def test_words_of_another_kind_in_the_chain_hide_no_wish_behind_them(memory, inbox):
    inbox.ask(wish("pause", ledger="gen_acc"))
    memory.chain(CHAIN).append(Noted(ledger="", key="k", text="t"), **STAMP)
    made = inbox.ask(wish("halt"))
    assert (made.number, [each.number for each in inbox.wishes]) == (3, [1, 3])


def test_a_halt_that_one_run_obeyed_stands_though_another_refused_it_and_both_are_gone(memory, inbox):
    made = inbox.ask(wish("halt"))
    answers = [
        OperatorAnswered(rule="KS-8", wish=made.number, run=run, outcome=outcome, first=f"{run}" * 64)
        for run, outcome in ((7, "obeyed"), (8, "refused"))
    ]
    for answer in answers:
        memory.chain(CHAIN).append(answer, **STAMP)
    (found,) = inbox.wishes
    assert (found.gone, found.answers, found.obeyed) == (tuple(answers), {}, True)
    assert standing(inbox.wishes) == {"": found}


# --- what was kept as files -----------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    with open_ledger(tmp_path) as ledger:
        yield ledger


def test_what_was_kept_as_files_is_written_in_its_order_and_the_files_are_gone(home, tmp_path):
    kept = [spool(tmp_path, wish(action)) for action in ("pause", "halt")]
    Inbox(home).collect()
    assert events(home) == kept
    assert not (tmp_path / SPOOL).exists()


def test_a_kept_wish_that_stands_already_is_not_written_and_its_file_is_gone(home, tmp_path):
    Inbox(home).ask(wish("halt"))
    spool(tmp_path, wish("halt", actor="Bea"))
    Inbox(home).collect()
    assert events(home) == [wish("halt")]
    assert not (tmp_path / SPOOL).exists()


def test_a_kept_wish_whose_file_outlived_entry_and_answer_is_written_once(home, tmp_path):
    made = Inbox(home).ask(spool(tmp_path, wish("rearm")))
    Inbox(home).answer(made, RUN)
    assert Inbox(home).asked(evolve(made.event, source="")) is None
    Inbox(home).collect()
    assert [type(event) for event in events(home)] == [OperatorAsked, OperatorAnswered]
    assert not (tmp_path / SPOOL).exists()


def test_a_ledger_without_a_folder_has_no_files_to_collect(memory, inbox):
    inbox.collect()
    assert memory.chain(CHAIN) is None
