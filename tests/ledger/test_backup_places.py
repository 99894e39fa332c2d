"""Where backups and restores work, and what a restore into a server's database takes along."""

import tempfile
from pathlib import Path

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import backup as room
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import back_up, restore
from allusr_sdk.ledger.maintenance import pending
from allusr_sdk.ledger.recordings import Recordings
from allusr_sdk.ledger.verify import verify_all
from tests.ledger.copies import earlier, opened_from, tell

SERVER = "postgresql://ada@host/name"


class Views:
    """Recordings of a home, and where each was looked at."""

    def __init__(self, folder):
        self.looked = []
        self.found = Recordings(folder, self.whole)
        folder.mkdir()
        self.found.file(1).write_bytes(b"frame\n")

    def whole(self, file, first):
        self.looked.append(file)
        return file.stat().st_size


@pytest.fixture
def viewed(tmp_path, story):
    """A home with a run that was recorded."""
    with open_ledger(tmp_path / "home") as ledger:
        tell(ledger, story)
        yield ledger, Views(tmp_path / "home" / "views")


def test_views_are_looked_at_as_they_go_in_and_as_they_come_out_and_all_of_it_beside_the_backup(viewed, tmp_path):
    ledger, views = viewed
    assert back_up(ledger, tmp_path / "safe" / "copy.db", views.found).recordings == (1,)
    assert len(set(views.looked)) == 2
    assert all(tmp_path / "safe" in file.parents for file in views.looked)


def test_what_goes_into_a_servers_database_is_made_in_the_systems_temporary_folder_and_has_no_views(
    viewed, tmp_path, monkeypatch
):
    ledger, views = viewed
    back_up(ledger, tmp_path / "copy.db", views.found)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    brought = []

    def bring(made, target):
        with open_ledger(f"sqlite:///{made}", create=False) as again:
            brought.append((Path(made).parent.parent, target, verify_all(again)))

    monkeypatch.setattr(room, "vacant", lambda url: brought.append(url.database))
    monkeypatch.setattr(room, "bring", bring)
    restored = restore(tmp_path / "copy.db", SERVER, None, views.whole)
    assert brought == ["name", (tmp_path / "temporary", SERVER, restored.chains)]
    assert (restored.place, restored.recordings, restored.entries) == (SERVER, (), 9)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_backup_of_an_earlier_schema_is_said_to_be_kept_where_it_is(viewed, tmp_path):
    back_up(viewed[0], tmp_path / "copy.db")
    earlier(tmp_path / "copy.db")
    with opened_from(tmp_path / "copy.db", tmp_path / "new") as again:
        assert pending(again) == "the ledger was migrated from schema 0004 to 0005, kept as it was in copy.db"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "home", "new"]


def test_an_empty_file_is_no_backup(tmp_path):
    (tmp_path / "empty.db").touch()
    with pytest.raises(InputError, match=r"^no ledger in .*empty.db"):
        restore(tmp_path / "empty.db", str(tmp_path / "new"))
    assert list((tmp_path / "new").iterdir()) == []
