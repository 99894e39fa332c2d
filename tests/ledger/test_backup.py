"""Backups: taken while a run writes, and verified before they are called so."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from allusr_sdk.errors import BreakError, InputError, KernelError
from allusr_sdk.ledger import backup as room
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import back_up
from allusr_sdk.ledger.database import FILE
from tests.ledger.copies import ends, note, opened_from, tell


def test_a_backup_holds_every_chain_and_names_entries_and_heads(told, tmp_path):
    made = back_up(told, tmp_path / "copy.db")
    assert [(r.run, r.entries, r.head) for r in made.chains] == ends(told)
    assert made.entries == 9 + 1 + 9
    with opened_from(tmp_path / "copy.db", tmp_path / "new") as again:
        assert ends(again) == ends(told)
        assert again.latest().book == told.latest().book


def test_a_folder_gets_a_file_named_by_the_instant(told, tmp_path):
    (tmp_path / "folder").mkdir()
    file = Path(back_up(told, tmp_path / "folder").place)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == [file.name]
    assert file.name.startswith("ledger-20")
    assert file.suffix == ".db"


def test_a_backup_is_one_private_file(told, tmp_path):
    back_up(told, tmp_path / "safe" / "copy.db")
    assert [path.name for path in (tmp_path / "safe").iterdir()] == ["copy.db"]
    assert stat.S_IMODE((tmp_path / "safe" / "copy.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "safe").stat().st_mode) == 0o700


def test_nothing_is_overwritten(told, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(InputError, match=r"copy.db is there already: nothing is overwritten"):
        back_up(told, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_backups_taken_while_a_run_writes_hold_a_beginning_of_it(ledger, story, tmp_path):
    run = story.begin(ledger)
    done = threading.Event()

    def write():
        while not done.is_set():
            run.append(note(story, "x" * 500), **story.stamp())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(ledger, tmp_path / f"{i}.db") for i in range(6)]
    finally:
        done.set()
        writer.join()
    heads = {entry.seq: entry.hash for entry in ledger.run(run.id).entries()}
    assert all(heads[report.entries] == report.head for backup in made for report in backup.chains)
    assert sorted(backup.entries for backup in made) == [backup.entries for backup in made]


def test_a_damaged_journal_gives_no_backup_and_the_first_bad_entry_is_named(told, tmp_path):
    with told.engine.begin() as connection:
        connection.execute(
            text("UPDATE entries SET payload = replace(payload, '1.69', '1.79') WHERE run = 1 AND seq = 4")
        )
    with pytest.raises(BreakError, match=r"run 1, entry 4 \(Filled\): .*; no backup was made"):
        back_up(told, tmp_path / "safe" / "copy.db")
    assert list((tmp_path / "safe").iterdir()) == []


def test_a_file_with_damaged_pages_gives_no_backup(tmp_path, story):
    home = tmp_path / "home"
    with open_ledger(home) as ledger:
        tell(ledger, story, notes=300)
    size = (home / FILE).stat().st_size
    with open(home / FILE, "r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 16384)
    with open_ledger(home) as ledger, pytest.raises(BreakError) as no:
        back_up(ledger, tmp_path / "copy.db")
    assert "\n" not in str(no.value)
    assert not (tmp_path / "copy.db").exists()


def test_a_disk_that_is_full_leaves_no_backup(tmp_path, story, monkeypatch):
    def full(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    with open_ledger(tmp_path / "home") as ledger:
        tell(ledger, story)
        monkeypatch.setattr(room, "seal", full)
        with pytest.raises(KernelError, match=r"copy.db: database or disk is full"):
            back_up(ledger, tmp_path / "safe" / "copy.db")
    assert list((tmp_path / "safe").iterdir()) == []
