"""Power cuts: whatever of the files a cut may leave, the ledger verifies and has every entry that was acknowledged.

A writer is stopped at arbitrary instants and its files are copied, without the shared memory that no cut leaves. What
was brought to the disk is kept; what was not may be cut off at any byte, be rubbish, or reach the disk in any order.
"""

import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.database import FILE
from allusr_sdk.ledger.verify import verify_all

JOB = Path(__file__).with_name("power_job.py")
WAL = f"{FILE}-wal"
INSTANTS = 24
CHECKPOINT = 60  # pages of the log: few, for many checkpoints in a short life
_HEADER, _FRAME = 32, 24


class Writer:
    """The writing process, stopped and let go on."""

    def __init__(self, home):
        self.home = home
        self._process = subprocess.Popen([sys.executable, str(JOB), str(home), str(CHECKPOINT)], stdout=subprocess.PIPE)
        self._heard, self._acknowledged = b"", int(self._process.stdout.readline())
        os.set_blocking(self._process.stdout.fileno(), False)

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def acknowledged(self):
        """The last entry that was said to be written."""
        self._heard += self._process.stdout.read() or b""
        whole, _, self._heard = self._heard.rpartition(b"\n")
        if whole:
            self._acknowledged = int(whole.split()[-1])
        return self._acknowledged

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class Copy:
    """The two files at an instant, and up to which byte of the log they were brought to the disk."""

    def __init__(self, home, acknowledged):
        self.acknowledged = acknowledged
        self.file, self.log = (home / FILE).read_bytes(), (home / WAL).read_bytes()

    @property
    def _page(self):
        return struct.unpack(">H", self.file[16:18])[0]

    def written(self, scratch):
        """The last entry in the files as they are, and the database's pages once its log is worked in."""
        put(scratch, self.file, self.log)
        with closing(sqlite3.connect(scratch / FILE)) as database:
            last = database.execute("SELECT max(seq) FROM entries").fetchone()[0]
            database.execute("PRAGMA wal_checkpoint")
        return last, (scratch / FILE).read_bytes()

    def synced(self, last):
        """Bytes of the log that a cut cannot take: up to the commit of the last entry that was acknowledged.

        A commit that makes the log long enough is followed by a checkpoint before it is acknowledged, and a checkpoint
        brings the log to the disk first.
        """
        commits = list(self._commits())
        if last > self.acknowledged and commits and commits[-1] < CHECKPOINT * self._page:
            commits = commits[:-1]
        return commits[-1] if commits else 0

    def _commits(self):
        if len(self.log) < _HEADER:
            return
        salt = self.log[16:24]
        for start in range(_HEADER, len(self.log), _FRAME + self._page):
            frame = self.log[start : start + _FRAME]
            if frame[8:16] != salt:
                return
            if frame[4:8] != bytes(4):
                yield start + _FRAME + self._page


def put(folder, file, log):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / FILE).write_bytes(file)
    (folder / WAL).write_bytes(log)


def in_any_order(before, after, chance, page=4096):
    """A file of which some pages were brought to the disk and others not."""
    mixed = bytearray(before.ljust(len(after), b"\0"))
    for start in range(0, len(after), page):
        if chance.random() < 0.5:
            mixed[start : start + page] = after[start : start + page]
    return bytes(mixed)


def left_by_a_cut(copy, last, worked_in, chance):
    """Files that a cut at this instant may leave."""
    safe = min(copy.synced(last), len(copy.log))
    cut = chance.randint(safe, len(copy.log))
    rubbish = copy.log[:cut] + chance.randbytes(len(copy.log) - cut)
    return {
        "as they are": (copy.file, copy.log),
        f"log cut at {cut} of {len(copy.log)}, {safe} safe": (copy.file, copy.log[:cut]),
        f"rubbish from {cut} on, {safe} safe": (copy.file, rubbish),
        "half-done checkpoint": (in_any_order(copy.file, worked_in, chance), copy.log),
    }


@pytest.fixture
def copies(tmp_path):
    """Copies of a writer's files at arbitrary instants."""
    chance = random.Random()
    writer = Writer(tmp_path / "home")
    try:
        made = []
        for _ in range(INSTANTS):
            time.sleep(chance.uniform(0.0, 0.05))
            writer.stop()
            made.append(Copy(writer.home, writer.acknowledged()))
            writer.go_on()
    finally:
        writer.end()
    return made


def test_no_power_cut_breaks_the_ledger_or_takes_an_acknowledged_entry(copies, tmp_path):
    chance = random.Random(7)
    for number, copy in enumerate(copies):
        last, worked_in = copy.written(tmp_path / "scratch")
        assert copy.acknowledged <= last <= copy.acknowledged + 1
        for how, files in left_by_a_cut(copy, last, worked_in, chance).items():
            put(tmp_path / "left", *files)
            with open_ledger(tmp_path / "left", create=False) as ledger:
                (report,) = verify_all(ledger)
            assert report.ok, f"instant {number}, {how}: {report.bad}"
            assert report.entries >= copy.acknowledged, f"instant {number}, {how}"
    assert copies[-1].acknowledged > copies[0].acknowledged


def test_a_log_cut_before_an_acknowledged_commit_does_lose_it_so_a_loss_would_be_seen(tmp_path, story):
    with open_ledger(tmp_path / "home") as ledger:
        acknowledged = story.begin(ledger).seq
        copy = Copy(tmp_path / "home", acknowledged)
    put(tmp_path / "left", copy.file, copy.log[: copy.synced(acknowledged) - 1])
    with open_ledger(tmp_path / "left", create=False) as ledger:
        (report,) = verify_all(ledger)
    assert (report.ok, report.entries) == (True, acknowledged - 1)
