"""Backups: taken while a run writes, verified before they are called so, restored whole or up to an entry."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from allusr_sdk.errors import BreakError, DataError, InputError, KernelError
from allusr_sdk.ledger import backup as room
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.recordings import Recordings
from allusr_sdk.ledger.verify import verify, verify_all
from allusr_sdk.model.events import Noted, RulebookOpened
from tests.ledger.test_outage import no_file_over


def note(story, words):
    return Noted(ledger=story.SLEEVE, key="k", text=words)


def tell(ledger, story, seed=7, notes=5):
    run = story.begin(ledger, seed=seed)
    story.tell(
        run,
        story.intent("k1", (story.PUT, -2), reserve="54000.00"),
        story.fill(story.PUT, -2, "1.69", opening=True, key="k1"),
        *(note(story, str(i)) for i in range(notes)),
    )
    return run


@pytest.fixture
def told(ledger, story):
    """A ledger with two runs and the chain of a home's rulebook between them."""
    tell(ledger, story)
    ledger.start_chain("rules", RulebookOpened(rulebook="2.0.0+x"), story.at(0), rulebook="rb")
    tell(ledger, story, seed=8)
    return ledger


def opened_from(file, home, at=None):
    restore(file, str(home), at)
    return open_ledger(home, create=False)


def ends(ledger):
    return [(report.run, report.entries, report.head) for report in verify_all(ledger) if report.ok]


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


def test_a_damaged_backup_restores_nothing_unless_up_to_an_entry_before_the_damage(told, tmp_path):
    back_up(told, tmp_path / "copy.db")
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


# --- with the recorded views of a home -----------------------------------------------------------------------------


def whole(file, first):
    """Frames of these tests are lines; the first names the run, and one that says so is damaged."""
    lines = file.read_bytes().splitlines(keepends=True)
    if lines[0].decode().strip() != first or b"damaged\n" in lines:
        raise DataError(f"{file.name}: damaged")
    return sum(len(line) for line in lines if line.endswith(b"\n"))


@pytest.fixture
def viewed(tmp_path, story):
    """A home with two runs that were recorded and one that was not."""
    with open_ledger(tmp_path / "home") as ledger:
        for seed in (1, 2, 3):
            tell(ledger, story, seed=seed)
        recordings = Recordings(tmp_path / "home" / "views", whole)
        recordings.folder.mkdir()
        for run in (1, 3):
            first = next(ledger.run(run).entries()).hash
            recordings.file(run).write_bytes(f"{first}\n".encode() + b"frame\n" * (run * 100_000))
        yield ledger, recordings


def test_views_come_along_in_the_same_private_file_and_back_into_a_home(viewed, tmp_path):
    ledger, found = viewed
    made = back_up(ledger, tmp_path / "safe" / "copy.db", found)
    assert made.recordings == (1, 3)
    assert [path.name for path in (tmp_path / "safe").iterdir()] == ["copy.db"]
    assert stat.S_IMODE((tmp_path / "safe" / "copy.db").stat().st_mode) == 0o600
    assert restore(tmp_path / "safe" / "copy.db", str(tmp_path / "new"), None, whole).recordings == (1, 3)
    views = tmp_path / "new" / "views"
    assert {path.name: path.read_bytes() for path in views.iterdir()} == {
        found.file(run).name: found.file(run).read_bytes() for run in (1, 3)
    }
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (views, *views.iterdir())]
    assert modes == [0o700, 0o600, 0o600]
    with open_ledger(tmp_path / "new") as again, again.engine.connect() as connection:
        assert ends(again) == ends(ledger)
        assert not connection.dialect.has_table(connection, "recordings")


def test_views_that_were_not_asked_for_stay_where_they_are(viewed, tmp_path):
    ledger, found = viewed
    assert back_up(ledger, tmp_path / "without.db").recordings == ()
    back_up(ledger, tmp_path / "with.db", found)
    for name in ("without", "with"):
        assert restore(tmp_path / f"{name}.db", str(tmp_path / name)).recordings == ()
        assert [path.name for path in (tmp_path / name).iterdir()] == [FILE]
    assert (tmp_path / "without.db").stat().st_size < 500_000 < (tmp_path / "with.db").stat().st_size


def test_a_recording_that_is_still_written_comes_along_up_to_its_last_whole_frame(viewed, tmp_path):
    ledger, found = viewed
    before = found.file(1).read_bytes()
    found.file(1).write_bytes(before + b"torn")
    back_up(ledger, tmp_path / "copy.db", found)
    restore(tmp_path / "copy.db", str(tmp_path / "new"), None, whole)
    assert (tmp_path / "new" / "views" / "1.views").read_bytes() == before


def test_views_of_runs_that_are_left_out_are_left_out(viewed, tmp_path):
    ledger, found = viewed
    back_up(ledger, tmp_path / "copy.db", found)
    assert restore(tmp_path / "copy.db", str(tmp_path / "new"), (2, 4), whole).recordings == (1,)
    assert [path.name for path in (tmp_path / "new" / "views").iterdir()] == ["1.views"]


@pytest.mark.parametrize("with_what", [b"damaged\n", b"other\nframe\n"], ids=["damaged", "of another run"])
def test_views_that_are_not_a_runs_own_give_no_backup(viewed, tmp_path, with_what):
    ledger, found = viewed
    found.file(3).write_bytes(with_what)
    with pytest.raises(DataError, match=r"3.views: damaged"):
        back_up(ledger, tmp_path / "safe" / "copy.db", found)
    assert list((tmp_path / "safe").iterdir()) == []


def test_a_backup_whose_views_were_cut_off_restores_nothing(viewed, tmp_path):
    ledger, found = viewed
    back_up(ledger, tmp_path / "copy.db", found)
    with sqlite3.connect(tmp_path / "copy.db") as database:
        database.execute(
            "UPDATE recordings SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE run = 3 AND piece = 1"
        )
    database.close()
    with pytest.raises(BreakError, match="the recording of run 3 was cut off in the backup"):
        restore(tmp_path / "copy.db", str(tmp_path / "new"), None, whole)
    assert list((tmp_path / "new").iterdir()) == []


def test_other_views_are_not_overwritten_and_a_restore_that_was_cut_off_is_done_again(viewed, tmp_path):
    ledger, found = viewed
    back_up(ledger, tmp_path / "copy.db", found)
    views = tmp_path / "new" / "views"
    views.mkdir(parents=True)
    (views / "3.views").write_text("mine")
    with pytest.raises(InputError, match=r"3.views is there already: nothing is overwritten"):
        restore(tmp_path / "copy.db", str(tmp_path / "new"), None, whole)
    assert (views / "3.views").read_text() == "mine"
    assert not (tmp_path / "new" / FILE).exists()
    (views / "3.views").unlink()
    restore(tmp_path / "copy.db", str(tmp_path / "new"), None, whole)
    assert sorted(path.name for path in views.iterdir()) == ["1.views", "3.views"]


@pytest.mark.parametrize("size", [100_000, 700_000, 1_500_000, 2_200_000])
def test_a_disk_that_fills_up_leaves_neither_backup_nor_home(viewed, tmp_path, size):
    ledger, found = viewed
    back_up(ledger, tmp_path / "copy.db", found)
    with no_file_over(size):
        with pytest.raises((KernelError, InputError)) as no:
            back_up(ledger, tmp_path / "safe" / "copy.db", found)
        assert "\n" not in str(no.value)
        with pytest.raises((KernelError, InputError)) as no:
            restore(tmp_path / "copy.db", str(tmp_path / "new"), None, whole)
        assert "\n" not in str(no.value)
    assert list((tmp_path / "safe").iterdir()) == []
    assert not (tmp_path / "new" / FILE).exists()
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
