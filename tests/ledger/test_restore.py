"""Restores: a home that goes on, whole or up to an entry; nothing is overwritten, nothing damaged comes back."""

import sqlite3

import pytest

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.verify import verify, verify_all
from tests.ledger.copies import earlier, ends, note, opened_from, tell


def test_a_restored_home_goes_on(told, tmp_path, story):
    back_up(told, tmp_path / "copy.db")
    with opened_from(tmp_path / "copy.db", tmp_path / "new") as again:
        story.tell(again.latest(), note(story, "goes on"))
        assert tell(again, story).id == 4
        assert all(report.ok for report in verify_all(again))


@pytest.mark.parametrize("entry", [1, 3, 4, 9])
def test_restoring_up_to_any_entry_gives_the_books_after_it(entry, told, tmp_path, story):
    back_up(told, tmp_path / "copy.db")
    with opened_from(tmp_path / "copy.db", tmp_path / "new", (1, entry)) as again:
        run = again.run(1)
        assert verify(run).ok
        assert [e.hash for e in run.entries()] == [e.hash for e in told.run(1).entries()][:entry]
        assert [info.id for info in again.runs()] == [1]
        assert again.chain("rules") is not None
        story.tell(run, note(story, "another future"))
        assert run.seq == entry + 1


def test_an_intent_behind_the_entry_may_be_journaled_again(told, tmp_path, story):
    back_up(told, tmp_path / "copy.db")
    with opened_from(tmp_path / "copy.db", tmp_path / "new", (3, 2)) as again:
        story.tell(again.run(3), story.intent("k1", (story.PUT, -2)))
        assert [info.id for info in again.runs()] == [1, 3]


@pytest.mark.parametrize("at", [(1, 10), (1, 0), (2, 1), (9, 1)])
def test_an_entry_that_the_backup_has_not_is_refused_and_nothing_restored(at, told, tmp_path):
    back_up(told, tmp_path / "copy.db")
    with pytest.raises(InputError, match=r"the backup has run 1 with entries 1 to 9, run 3 with entries 1 to 9"):
        restore(tmp_path / "copy.db", str(tmp_path / "new"), at)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_ledger_is_never_overwritten(told, tmp_path, target, story):
    back_up(told, tmp_path / "copy.db")
    before = ends(told)
    with pytest.raises(
        InputError, match=r"is there already: nothing is overwritten|has a ledger: restore into an empty"
    ):
        restore(tmp_path / "copy.db", str(target))
    assert ends(told) == before


@pytest.mark.parametrize("older", [False, True], ids=["of this version", "of an earlier one"])
def test_a_damaged_backup_restores_nothing_unless_up_to_an_entry_before_the_damage(older, told, tmp_path):
    back_up(told, tmp_path / "copy.db")
    if older:
        earlier(tmp_path / "copy.db")
    connection = sqlite3.connect(tmp_path / "copy.db")
    with connection:
        connection.execute("UPDATE entries SET payload = replace(payload, '1.69', '1.79') WHERE run = 1 AND seq = 4")
    connection.close()
    with pytest.raises(BreakError, match=r"run 1, entry 4 \(Filled\).*; nothing was restored"):
        restore(tmp_path / "copy.db", str(tmp_path / "new"))
    assert list((tmp_path / "new").iterdir()) == []
    with opened_from(tmp_path / "copy.db", tmp_path / "new", (1, 3)) as again:
        assert again.run(1).seq == 3


def test_what_is_no_backup_is_refused_by_its_own_name(tmp_path):
    with pytest.raises(InputError, match=r"no backup at .*none.db"):
        restore(tmp_path / "none.db", str(tmp_path / "new"))
    connection = sqlite3.connect(tmp_path / "recipes.db")
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(InputError, match=r"recipes.db"):
        restore(tmp_path / "recipes.db", str(tmp_path / "new"))
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at\n" * 30)
    with pytest.raises(InputError, match=r"text.db cannot be read: file is not a database"):
        restore(tmp_path / "text.db", str(tmp_path / "new"))


def test_a_live_ledgers_own_file_can_be_restored_with_what_is_only_in_its_log(tmp_path, story):
    with open_ledger(tmp_path / "home") as ledger:
        run = tell(ledger, story)
        with opened_from(tmp_path / "home" / FILE, tmp_path / "new") as again:
            assert again.latest().head == run.head


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///x.db", "mysql://host/name"])
def test_a_place_that_is_neither_folder_nor_server_is_refused(url, memory, tmp_path):
    (tmp_path / "copy.db").write_text("")
    with pytest.raises(InputError, match="restore into a folder or a PostgreSQL database"):
        restore(tmp_path / "copy.db", url)


def test_a_backup_goes_into_an_empty_database_of_a_server_and_its_runs_go_on_numbering(postgres_url, tmp_path, story):
    with open_ledger(tmp_path / "home") as ledger:
        tell(ledger, story)
        tell(ledger, story, seed=8)
        back_up(ledger, tmp_path / "copy.db")
        restore(tmp_path / "copy.db", postgres_url)
        with open_ledger(postgres_url, create=False) as again:
            assert ends(again) == ends(ledger)
            assert tell(again, story).id == 3


def test_a_server_out_of_reach_takes_no_backup_and_keeps_its_password_to_itself(tmp_path):
    (tmp_path / "copy.db").write_text("")
    with pytest.raises(InputError, match="cannot be opened") as no:
        restore(tmp_path / "copy.db", "postgresql://user:secret@127.0.0.1:1/name")
    assert "secret" not in str(no.value)
