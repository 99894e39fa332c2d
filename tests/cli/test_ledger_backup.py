"""`allusr ledger backup` and `restore`."""

import json
import os
import shutil
import sqlite3
import stat

import pytest


@pytest.fixture
def home(ran, tmp_path):
    """A home of its own with the tiny market's ledger."""
    shutil.copytree(ran.home, tmp_path / "home")
    return tmp_path / "home"


def test_a_backup_says_where_it_is_how_many_entries_it_has_and_its_head(allusr, home):
    done = allusr("ledger", "backup", "--home", home)
    (file,) = (home / "backups").iterdir()
    assert done.code == 0
    assert f"backup: {file}, " in done.out
    verified = allusr("ledger", "verify", "--home", home).out
    assert verified.splitlines()[0] in done.out


def test_a_backup_goes_where_it_is_told_and_never_over_a_file(allusr, home, tmp_path):
    told = ("ledger", "backup", "--to", tmp_path / "copy.db", "--home", home, "--json")
    body = json.loads(allusr(*told).out)
    assert body["backup"] == str(tmp_path / "copy.db")
    assert body["entries"] == sum(run["entries"] for run in body["runs"])
    again = allusr(*told)
    assert (again.code, again.out) == (2, "")
    assert "copy.db is there already: nothing is overwritten" in again.err


def test_a_restored_home_tells_the_same_story(allusr, home, tmp_path):
    allusr("ledger", "backup", "--to", tmp_path / "copy.db", "--home", home)
    done = allusr("ledger", "restore", tmp_path / "copy.db", "--home", tmp_path / "new")
    assert (done.code, done.err) == (0, "")
    assert f"restored: {tmp_path / 'new'}, " in done.out
    for command in (("ledger", "show"), ("explain", "SPY"), ("ledger", "verify"), ("ledger", "balances")):
        told = [allusr(*command, "--home", place).out.replace(str(place), "HOME") for place in (home, tmp_path / "new")]
        assert told[0] == told[1]


def test_a_home_is_restored_up_to_an_entry(allusr, home, tmp_path):
    allusr("ledger", "backup", "--to", tmp_path / "copy.db", "--home", home)
    done = allusr("ledger", "restore", tmp_path / "copy.db", "--at", "1:4", "--home", tmp_path / "new")
    assert done.out.startswith("run 1: verified, 4 entries, head ")
    shown = allusr("ledger", "show", "--home", tmp_path / "new").out
    assert [line.split()[0] for line in shown.splitlines() if line.startswith("#")] == ["#1", "#2", "#3", "#4"]


@pytest.mark.parametrize("at", ["4", "1:x", "1:2:3", ""])
def test_an_entry_that_cannot_be_read_is_one_line(at, allusr, tmp_path):
    done = allusr("ledger", "restore", tmp_path / "copy.db", "--at", at, "--home", tmp_path / "new")
    assert done.code == 2
    assert "expected the numbers of a run and its entry as 1:120" in done.err


def test_views_come_along_where_that_is_asked_for_and_a_restored_home_replays(allusr, market, tmp_path):
    home, file = tmp_path / "home", tmp_path / "copy.db"
    assert allusr("run", *market.options("--record", "--home", home, "--json")).code == 0
    told = allusr("ledger", "backup", "--views", "--to", file, "--home", home)
    assert (told.code, told.err) == (0, "")
    assert told.out.endswith(" entries, views of 1 run\n")
    body = json.loads(allusr("ledger", "restore", file, "--home", tmp_path / "new", "--json").out)
    assert body["views"] == [1]
    replays = [allusr("replay", "1", "--home", place) for place in (home, tmp_path / "new")]
    assert (replays[0].code, replays[0].out) == (0, replays[1].out)


def test_damaged_views_give_no_backup_and_a_database_has_none(allusr, market, tmp_path):
    home = tmp_path / "home"
    assert allusr("run", *market.options("--record", "--home", home, "--json")).code == 0
    views = home / "views" / "1.views"
    kept = views.read_bytes()
    views.write_bytes(kept[:200] + b"\xff" + kept[201:])
    done = allusr("ledger", "backup", "--views", "--home", home)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: 1.views: damaged at byte ")
    assert done.err.count("\n") == 1
    assert list((home / "backups").iterdir()) == []
    assert allusr("ledger", "backup", "--home", home).code == 0
    done = allusr("ledger", "backup", "--views", "--home", "postgresql://me:secret@localhost/books")
    assert (done.code, done.err) == (2, "error: --views: a home that is a database has no recorded views\n")


def test_a_home_with_a_ledger_is_not_restored_into(allusr, home, tmp_path):
    allusr("ledger", "backup", "--to", tmp_path / "copy.db", "--home", home)
    done = allusr("ledger", "restore", tmp_path / "copy.db", "--home", home)
    assert (done.code, done.out) == (2, "")
    assert "ledger.db is there already: nothing is overwritten" in done.err


def test_a_damaged_ledger_gives_no_backup_and_exit_4_naming_the_entry(allusr, home):
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute("update entries set payload = replace(payload, '400000', '400001') where seq = 2")
    database.close()
    done = allusr("ledger", "backup", "--home", home)
    assert (done.code, done.out) == (4, "")
    assert "run 1, entry 2 (Funded)" in done.err
    assert done.err.count("\n") == 1
    assert list((home / "backups").iterdir()) == []


def test_every_file_of_a_home_is_private_whatever_the_process_permits(allusr, home, tmp_path):
    from allusr_sdk.ledger import open_ledger

    before = os.umask(0)
    try:
        allusr("ledger", "backup", "--to", tmp_path / "safe" / "copy.db", "--home", home)
        place = tmp_path / "a" / "new"
        allusr("ledger", "restore", tmp_path / "safe" / "copy.db", "--home", place)
        allusr("ledger", "backup", "--home", place)
        with open_ledger(place) as ledger, ledger.lease(), ledger.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM entries")
            files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*") if path.is_file()}
    finally:
        os.umask(before)
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "writer.lock"} < files.keys()
    assert set(files.values()) == {0o600}
    folders = (place.parent, place, place / "backups", tmp_path / "safe")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE((tmp_path / "safe" / "copy.db").stat().st_mode) == 0o600
