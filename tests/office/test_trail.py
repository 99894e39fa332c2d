"""The audit trail of a home."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from allusr_sdk.errors import KernelError, StateRefusal
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import ConsoleUsed
from allusr_sdk.office import trail as trails
from allusr_sdk.office.proposals import approve
from allusr_sdk.office.telling import tell
from allusr_sdk.office.trail import note, trail
from tests.office.homes import at, propose

LOGIN = ConsoleUsed(action="login", actor="ann", outcome="done", origin="127.0.0.1")


def test_a_wish_stands_in_the_trail_with_its_scope_and_what_came_of_it(home):
    tell(home, "pause", "gen_acc", by="Ann", reason="earnings week", wait=0)
    with open_ledger(home, create=False) as ledger:
        inbox = Inbox(ledger)
        inbox.hear(inbox.wishes[0], 1, at("12 10:30"))
        inbox.answer(inbox.wishes[0], 1)
    obeyed, heard, asked = trail(home)
    assert (asked.actor, asked.action, asked.scope, asked.outcome, asked.text) == (
        "Ann", "pause", "gen_acc", "asked", "earnings week",
    )  # fmt: skip
    assert (obeyed.actor, obeyed.action, obeyed.scope, obeyed.outcome) == ("engine", "pause", "gen_acc", "obeyed")
    assert heard.about == obeyed.about == asked.number


def test_logins_approvals_and_wishes_stand_in_one_trail_the_newest_first(home):
    approve(home, propose(home, "0.10"), by="Grace", reason="seen")
    note(home, LOGIN)
    tell(home, "halt", "account", by="Ann", reason="too hot", wait=0)
    assert [(h.chain, h.actor, h.action) for h in trail(home, limit=3)] == [
        ("operator", "Ann", "halt"), ("console", "ann", "login"), ("rules", "Grace", "approve"),
    ]  # fmt: skip
    assert trail(home)[1].text == "from 127.0.0.1"


def test_notes_stand_behind_each_other_in_a_chain_that_verifies(home):
    assert [note(home, LOGIN), note(home, LOGIN)] == [1, 2]
    with open_ledger(home, create=False) as ledger:
        assert all(report.ok for report in verify_all(ledger))


def test_a_database_that_is_held_takes_no_note_and_says_so(home, monkeypatch):
    monkeypatch.setattr(trails, "_LOCK", 0.05)
    with closing(sqlite3.connect(next(Path(home).glob("*.db")), isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        with pytest.raises(KernelError, match="held by a process that hangs"):
            note(home, LOGIN)


def test_what_is_refused_before_it_is_a_wish_leaves_no_wish(home):
    tell(home, "halt", "account", by="Ann", reason="too hot", wait=0)
    with pytest.raises(StateRefusal):
        tell(home, "resume", "account", by="Ann", reason="cooler", wait=0)
    assert [h.action for h in trail(home)] == ["halt"]
