"""What is known of accounts, how questions are answered, and what happens where an answer does not come."""

import asyncio
from threading import Event

import pytest
from allusr_console import asking, threads
from allusr_console.asking import Asking, Under
from allusr_console.audit import Audit
from allusr_console.house import House
from allusr_console.problems import Busy, Unknown
from allusr_console.threads import Apart, Worker

from allusr_sdk.errors import InputError, KernelError
from allusr_sdk.ledger import open_ledger
from allusr_sdk.office.trail import trail
from tests.console.conftest import until
from tests.office import homes


@pytest.fixture
def home(tmp_path):
    return str(homes.write(tmp_path / "paper"))


@pytest.fixture
def house(home):
    """A house of one account that was read."""
    made = House(home)
    made.start()
    assert until(lambda: not made.snapshot("paper").problem)
    yield made
    made.stop()


def test_before_an_account_was_read_it_is_unknown_and_old(home):
    snapshot = House(home).snapshot("paper")
    assert (snapshot.status, snapshot.seq, snapshot.age, snapshot.problem) == (None, 0, None, "not read yet")
    assert snapshot.stale


def test_where_there_is_no_home_there_is_no_house(tmp_path):
    with pytest.raises(InputError):
        House(str(tmp_path))


def test_a_snapshot_follows_the_journal(house, home):
    version = house.version
    with open_ledger(home, create=False) as ledger:
        homes.append(ledger.latest(), [("12 10:30", homes.refused("one more"))])
    assert until(lambda: house.version > version)
    assert house.snapshot("paper").refusals[0].reasons[0].text == "one more"
    assert house.snapshot("paper").seen.keys() == {"gen_acc:AAPL  260213P00270000"}
    with pytest.raises(Unknown, match="there is no account 'live'"):
        house.snapshot("live")


def test_what_is_not_looked_at_any_more_is_old(house, monkeypatch):
    assert not house.snapshot("paper").stale
    monkeypatch.setattr("allusr_console.snapshots.STALE", -1.0)
    assert house.snapshot("paper").stale


# --- questions -----------------------------------------------------------------------------------------------------


def asked(home, *calls):
    """The answers to some questions, one after another."""
    made = Asking("paper", home)

    async def every():
        return [await call(made) for call in calls]

    try:
        return asyncio.run(every())
    finally:
        made.stop()


@pytest.mark.parametrize(("again", "same"), [(0, False), (10**6, True)])
def test_an_answer_that_took_long_is_given_again_with_the_entry_it_rests_on(home, monkeypatch, again, same):
    monkeypatch.setattr(asking, "_AGAIN", again)
    first, second = Under(), Under()

    async def grows(made):
        with open_ledger(home, create=False) as ledger:
            homes.append(ledger.latest(), [("12 10:30", homes.refused("one more"))])

    old, _, new = asked(home, lambda a: a.refused(under=first), grows, lambda a: a.refused(under=second))
    assert (first.seq, second.seq) == (10, 10 if same else 11)
    assert (old == new) is same


def test_a_question_that_fails_leaves_the_next_one_its_answer(home, monkeypatch):
    def fails(*args, **kwargs):
        raise KernelError("the database is out of reach")

    async def failed(made):
        with monkeypatch.context() as patch:
            patch.setattr(asking, "refused", fails)
            with pytest.raises(KernelError):
                await made.refused()

    _, found = asked(home, failed, lambda a: a.refused())
    assert len(found) == 2


def test_whoever_answers_no_more_gives_the_journals_connections_back(home, monkeypatch):
    closed = Event()
    monkeypatch.setattr(asking.Followed, "close", lambda followed: (followed.ledger.close(), closed.set()))
    asked(home, lambda a: a.warm())
    assert closed.wait(10)


def test_questions_that_wait_too_long_or_are_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(threads, "_SLOW", 0.02)
    monkeypatch.setattr(threads, "_WAITING", 1)
    held, worker, apart = Event(), Worker("answers"), Apart()

    async def ask():
        with pytest.raises(Busy, match="no answer within"):
            await worker.do(held.wait)
        with pytest.raises(Busy, match="no answer within"):
            await worker.do(held.wait)
        for _ in range(threads._WAITING):
            with pytest.raises(Busy):
                await worker.do(held.wait)
        monkeypatch.setattr(threads, "_APART", 1)
        with pytest.raises(Busy, match="no answer within"):
            await apart.do("halt", held.wait)
        with pytest.raises(Busy, match="1 others are under way"):
            await apart.do("halt", held.wait)

    asyncio.run(ask())
    held.set()
    worker.stop()


# --- notes ---------------------------------------------------------------------------------------------------------


def test_a_note_waits_while_a_database_is_held_and_is_written_then(house, home, monkeypatch):
    held = [True]

    def note(where, event):
        if held:
            held.pop()
            raise KernelError("held by a process that hangs")
        return trails_note(where, event)

    from allusr_console import audit as audits

    trails_note = audits.note
    monkeypatch.setattr(audits, "note", note)
    monkeypatch.setattr(audits, "_AGAIN", 0.01)
    made = Audit(house)
    made.note(None, action="login", actor="ann", outcome="done")
    made.note(("paper",), action="logout", actor="ann", outcome="done")
    assert made.settle()
    made.stop()
    assert [act.action for act in trail(home)] == ["logout", "login"]
