"""Recordings to the byte: what goes into a backup's pieces, what comes out, and what is taken for the same file."""

import os

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import recordings
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.recordings import Recordings, pack, publish_all, unpack


@pytest.fixture
def made(tmp_path, story):
    """A copy of a ledger that has one run."""
    with open_ledger(tmp_path / "copy") as ledger:
        story.begin(ledger)
    return tmp_path / "copy" / FILE


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def first(size):
    """So many bytes of a recording are whole frames, where it has as many."""
    return lambda file, run: min(size, file.stat().st_size)


@pytest.mark.parametrize("size", [0, 1, 4, 5, 8, 9])
def test_whole_frames_go_in_piece_by_piece_and_come_out_to_the_byte(made, folder, tmp_path, monkeypatch, size):
    monkeypatch.setattr(recordings, "_PIECE", 4)
    found = Recordings(tmp_path, first(size))
    found.file(1).write_bytes(b"abcdefghi torn")
    assert pack(made, found) == (1,)
    assert unpack(made, folder, found.whole, drop=False) == ((1,) if size else ())
    assert [path.read_bytes() for path in folder.iterdir()] == ([b"abcdefghi"[:size]] if size else [])


def test_what_is_recorded_while_it_is_copied_stays_behind(made, folder, tmp_path, monkeypatch):
    found, fstat = Recordings(tmp_path, first(100)), os.fstat
    found.file(1).write_bytes(b"before")

    def grown(descriptor):
        size = fstat(descriptor)
        with found.file(1).open("ab") as more:
            more.write(b" and later")
        return size

    monkeypatch.setattr(os, "fstat", grown)
    pack(made, found)
    monkeypatch.undo()
    assert unpack(made, folder, found.whole, drop=True) == (1,)
    assert (folder / "1.views").read_bytes() == b"before"
    assert unpack(made, folder, found.whole, drop=False) == ()


@pytest.mark.parametrize("there", [b"the same", b"another!"])
def test_a_file_of_the_same_size_and_time_is_the_same_by_its_content_alone(folder, tmp_path, there):
    home = tmp_path / "views"
    home.mkdir()
    for path, content in ((folder / "1.views", b"the same"), (home / "1.views", there)):
        path.write_bytes(content)
        os.utime(path, (1, 1))
    if there == b"the same":
        publish_all(folder, (1,), home)
    else:
        with pytest.raises(InputError):
            publish_all(folder, (1,), home)
    assert (home / "1.views").read_bytes() == there
