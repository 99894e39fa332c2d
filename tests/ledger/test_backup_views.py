"""Backups with the recorded views of a home: one file, whole frames, nothing overwritten, nothing left half."""

import sqlite3
import stat

import pytest

from allusr_sdk.errors import BreakError, DataError, InputError, KernelError
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.recordings import Recordings
from tests.ledger.copies import ends, tell
from tests.ledger.disks import no_file_over


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
