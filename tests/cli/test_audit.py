"""`allusr audit`: what it shows and asks for, with an engine that answers, one that does not, and none."""

import json
import os
import socket
import sqlite3
from contextlib import closing
from datetime import timedelta
from shutil import copytree

import pytest
from attrs import evolve

from allusr_sdk.ledger import clocks, open_ledger
from allusr_sdk.ledger.heartbeat import Heartbeat
from allusr_sdk.ledger.hearts import heart_at
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.model.events import Broken, Decided, Paged, StateChanged

PUT = "AAPL  260213P00270000"
SHARES = Broken(
    rule="B01", subject="SPY", symbol="SPY", action="SYMBOL", what="SPY: the broker holds it, the books do not",
    ours="0", theirs="100", cause="no execution explains it",
)  # fmt: skip
CONTRACT = evolve(SHARES, rule="B03", subject=PUT, symbol="AAPL", what=f"{PUT}: in another number", ours="-1")
CASH = evolve(SHARES, rule="B09", subject="cash", symbol="", action="ACCOUNT", what="cash", theirs="+250.00", cause="")
ANN = ("--by", "Ann", "--reason", "my own shares", "--wait", "0")


@pytest.fixture
def home(allusr, ran, tmp_path):
    """A home with one backtest that has ended, and a way to write and say things to it."""
    folder = copytree(ran.home, tmp_path / "home")

    class Home:
        path = folder

        @staticmethod
        def told(*arguments):
            return allusr(*arguments, "--home", folder)

        @staticmethod
        def journal(*events, minutes=0):
            with open_ledger(folder, create=False) as ledger:
                run = ledger.latest()
                for event in events:
                    at = run.instant + timedelta(minutes=minutes)
                    run.append(event, at=at, cycle=run.book.cycle, state="AUDIT", rulebook="")

        @property
        def wishes(self):
            with open_ledger(folder, create=False) as ledger:
                return [(w.event.action, w.event.about, w.event.actor) for w in Inbox(ledger).wishes]

    return Home()


@pytest.fixture
def engine(home, monkeypatch):
    """An engine that beats; whenever somebody waits for it, it takes up what waits and answers as it was told to."""
    heart, now, pid = heart_at(str(home.path)), clocks.reading(), os.getpid()
    heart.write(Heartbeat(pid=pid, born=clocks.born(pid), host=socket.gethostname(), at=now.wall))
    heart.close()

    class Engine:
        says: str | None = ""
        finds = ()

        def look(self, seconds):
            with open_ledger(home.path, create=False) as ledger:
                inbox, run = Inbox(ledger), ledger.latest()
                for wish in (w for w in inbox.wishes if w.waiting and self.says is not None):
                    inbox.hear(wish, run.id, run.instant)
                    home.journal(*self.finds)
                    inbox.answer(wish, run.id, self.says)

    made = Engine()
    monkeypatch.setattr("allusr_sdk.office.telling.time.sleep", made.look)
    return made


# --- no engine -----------------------------------------------------------------------------------------------------


def test_with_no_engine_the_books_are_verified_and_it_is_said_that_no_broker_was_asked(home):
    done = home.told("audit")
    assert (done.code, done.err) == (0, "")
    engine, asked, agrees = done.out.splitlines()
    assert engine.startswith("engine not running: ")
    assert asked.startswith("no broker was asked, for no engine runs: the journal and the books' own sums are verified")
    assert agrees == "no break is open in the journal"
    assert home.wishes == []


def test_an_open_break_is_shown_with_both_sides_what_follows_age_and_cause_and_ends_with_four(home):
    home.journal(SHARES)
    home.journal(Paged(rule="B01", symbol="SPY", subject="SPY", why="open for 31 minutes"), minutes=31)
    home.journal(CASH, minutes=14)
    done = home.told("audit")
    assert done.code == 4
    assert done.err == (
        "error: RECON: 2 open: B01 SPY, B09 cash: mend it, or sign it with `allusr audit --explain`\n"
    )  # fmt: skip
    assert done.out.splitlines()[2:] == [
        "B01 unknown position: SPY",
        "    SPY: the broker holds it, the books do not",
        "    ours 0, theirs 100",
        "    SYMBOL: no order goes out in its symbol",
        "    open for 45 min, a person was called",
        "    cause: no execution explains it",
        "B09 cash: cash",
        "    cash",
        "    ours 0, theirs +250.00",
        "    ACCOUNT: the account is SAFE",
        "    open for 0 s, nobody was called yet",
        "    cause: unknown",
    ]


def test_json_has_the_same(home):
    home.journal(CONTRACT)
    done = home.told("audit", "--json")
    assert done.code == 4
    told = json.loads(done.out)
    assert (told["run"], told["compared"], told["wish"], told["engine"]["life"]) == (1, False, None, "ended")
    (found,) = told["breaks"]
    assert found == {
        "code": "B03", "name": "quantity", "subject": PUT, "symbol": "AAPL", "action": "SYMBOL",
        "what": f"{PUT}: in another number", "ours": "-1", "theirs": "100", "cause": "no execution explains it",
        "opened": told["at"], "age": 0, "paged": False,
    }  # fmt: skip


def test_a_journal_that_was_altered_is_no_answer(home):
    with closing(sqlite3.connect(home.path / "ledger.db")) as database, database:
        database.execute("UPDATE entries SET symbol = 'QQQ' WHERE seq = 9")
    done = home.told("audit")
    assert (done.code, done.out) == (4, "")
    assert "its content does not give its hash" in done.err


def test_a_home_without_a_run_is_named(allusr, tmp_path):
    with open_ledger(tmp_path):
        pass
    done = allusr("audit", "--home", tmp_path)
    assert done.code == 2
    assert "has no run yet" in done.err


# --- an engine -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("engine")
def test_an_engine_that_compares_and_agrees_says_so(home):
    done = home.told("audit", "--by", "Ann", "--reason", "curious")
    assert (done.code, done.err) == (0, "")
    engine, compared, agrees = done.out.splitlines()
    assert engine.startswith("engine alive: ")
    assert compared.startswith("compared by run 1 at ")
    assert agrees == "books and broker agree"
    assert home.wishes == [("audit", "", "Ann")]


def test_what_the_engine_found_is_shown(home, engine):
    engine.finds = (SHARES,)
    done = home.told("audit")
    assert done.code == 4
    assert "compared by run 1 at " in done.out
    assert "B01 unknown position: SPY" in done.out


def test_an_engine_that_refuses_is_quoted_and_what_its_journal_has_is_shown(home, engine):
    engine.says = "RULE-0: audit refused: the state is EMERGENCY"
    done = home.told("audit")
    assert (done.code, done.err) == (3, "error: RULE-0: audit refused: the state is EMERGENCY\n")
    assert done.out.splitlines()[1:] == [
        "not compared: RULE-0: audit refused: the state is EMERGENCY", "no break is open in the journal",
    ]  # fmt: skip
    home.journal(SHARES)
    assert home.told("audit").code == 4


def test_silence_is_no_agreement_and_a_second_audit_no_second_wish(home, engine):
    engine.says = None
    for _ in range(2):
        done = home.told("audit", "--wait", "0")
        assert done.code == 1
        assert done.err == "error: RECON: the engine has not answered: ask again, or look at `allusr status`\n"
        assert "books and broker agree" not in done.out
    assert home.wishes == [("audit", "", "operator")]


def test_a_broker_that_does_not_answer_its_engine_is_no_agreement_either(home, engine):
    silent = Decided(rule="RULE-0", verdict="hold", why="AUDIT: the broker does not answer", numbers={})
    engine.finds = (StateChanged(rule="RULE-0", before="SAFE", after="AUDIT", cause="asked for"), silent)
    done = home.told("audit")
    assert (done.code, done.out.splitlines()[1:]) == (
        1, ["not agreed: the broker does not answer", "no break is open in the journal"],
    )  # fmt: skip
    assert done.err == "error: RECON: the machine rests in AUDIT: the broker does not answer\n"
    assert json.loads(home.told("audit", "--json").out)["stuck"] == "the broker does not answer"


def test_an_audit_that_waits_neither_lifts_nor_hides_a_halt(home, engine):
    engine.says = None
    home.told("halt", *ANN)
    home.told("audit", "--wait", "0")
    assert home.told("halt", *ANN).out.startswith("stands already: halt of the account")
    engine.says = ""
    home.told("audit")
    assert "\nhalted: account by Ann " in home.told("status").out


# --- explanations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [PUT, "AAPL260213P00270000", "AAPL 260213P00270000"])
def test_an_explanation_waits_for_an_engine_and_names_its_break(home, subject):
    home.journal(CONTRACT)
    done = home.told("audit", "--explain", "B03", subject, *ANN)
    assert (done.code, done.err) == (0, "")
    first, _, waits = done.out.splitlines()
    assert first == f"explain asked for: B03 {PUT}, by Ann: my own shares (RECON)"
    assert waits.startswith("no engine to obey it: ")
    assert home.wishes == [("explain", f"B03 {PUT}", "Ann")]
    assert f"\nwaits for an engine: explain B03 {PUT} of account by Ann " in home.told("status").out
    again = home.told("audit", "--explain", "B03", subject, *ANN)
    assert again.out.startswith(f"stands already: explain of B03 {PUT} by Ann ")


@pytest.mark.usefixtures("engine")
def test_an_explanation_that_an_engine_obeys_says_so(home):
    home.journal(SHARES)
    done = home.told("audit", "--explain", "B01", "SPY", *ANN[:4])
    assert (done.code, done.out.splitlines()[0]) == (0, "explained: B01 SPY, by Ann: my own shares (RECON)")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (
            ("B01", "SPY", "--by", "Ann"),
            2,
            "RECON: an explanation needs a person's name (--by) and a reason (--reason)",
        ),
        (("B01", "SPY", "--by", " ", "--reason", "x"), 2, "RECON: an explanation needs a person's name"),
        (("B02", "SPY", *ANN), 3, "RECON: explain refused: no break B02 SPY is open: B01 SPY"),
    ],
)
def test_what_cannot_be_explained_is_one_line_and_not_written(home, words, code, says):
    home.journal(SHARES)
    done = home.told("audit", "--explain", *words)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"error: {says}")
    assert done.err.count("\n") == 1
    assert home.wishes == []


def test_an_explanation_is_kept_as_a_file_where_the_database_is_held(home, monkeypatch):
    home.journal(SHARES)
    monkeypatch.setattr("allusr_sdk.office.telling._LOCK", 0.1)
    with closing(sqlite3.connect(home.path / "ledger.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        done = home.told("audit", "--explain", "B01", "SPY", *ANN)
        assert "\nkept as a file, for a process that hangs holds the database: " in done.out
        database.execute("ROLLBACK")
    home.told("audit", "--explain", "B01", "SPY", *ANN)
    assert home.wishes == [("explain", "B01 SPY", "Ann")]
