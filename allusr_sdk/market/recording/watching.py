"""Watching a market while a run walks it: what is shown and what is looked at goes into a recording."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from allusr_sdk.errors import DataError
from allusr_sdk.market.recording.frames import Frame, Head, Pass, encoded
from allusr_sdk.market.recording.looking import Log
from allusr_sdk.market.recording.store import Store, Stored, place
from allusr_sdk.model.views import MarketSource, Step


class Recorder:
    """Records one run's views in a folder. Where that fails the run goes on: orders may be working."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store: Store | None = None
        self._frame: Frame | None = None
        self._log = Log()
        self._behind: date | None = None

    @property
    def problem(self) -> str:
        """Why the recording ends before the run; empty while it is whole."""
        return self._log.problem

    def begin(self, run: int, head: Head, *, behind: date | None = None) -> None:
        """Make the file of a run, before its first step is over.

        A run that is taken up again after a restart goes on in its own file: `behind` is the last session that counts
        as recorded, and what comes after it is recorded anew.

        Raises:
            DataError: the file to go on with is another run's, or damaged.
        """
        self._behind, path = behind, place(self._folder, run)
        if behind is None:
            self._log.guarded(self._open, path, head)
        elif path.is_file():
            kept = self._kept(path, head, behind)
            self._log.guarded(self._go_on, path, kept)
        else:
            self._log.problem = "the run began without a recording of its views, so that none is made now"

    def watch(self, source: MarketSource, first: date, last: date) -> Iterator[Step]:
        """The steps of a source, watched but for those that are behind."""
        for step in source.steps(first, last):
            behind = self._behind is not None and step.view.session.day <= self._behind
            if not behind:
                self._log.guarded(self._begin_frame, step)
            yield step if behind or self.problem else self._log.watched(step)
            self._finish()

    def passed(self, what: str, after: int, last: int) -> None:
        """Note which entries of the journal the kernel wrote by itself."""
        if self._frame is not None:
            self._frame.passes.append(Pass(what, after, last))

    def close(self) -> None:
        """Write what there is of the running step, and close the file."""
        self._finish()
        if self._store is not None:
            self._log.guarded(self._store.settle)
            self._store.close()

    def _open(self, path: Path, head: Head) -> None:
        self._store = Store(path)
        self._store.add(encoded(head))

    def _go_on(self, path: Path, kept: int) -> None:
        self._store = Store(path, kept)

    def _kept(self, path: Path, head: Head, behind: date) -> int:
        """How many bytes of a run's file are of sessions that are behind; snapshots are numbered on from them."""
        stored = Stored(path)
        records = stored.records()
        first = next(records, None)
        if first is None or msgspec.msgpack.decode(first, type=Head).first != head.first:
            raise DataError(f"{path.name} holds the views of another run: move it away, or go on with --no-record")
        kept = stored.whole
        for record in records:
            frame = msgspec.msgpack.decode(record, type=Frame)
            if frame.day > behind:
                break
            kept, self._log.count = stored.whole, max((self._log.count, *(one.number for one in frame.shown)))
        return kept

    def _begin_frame(self, step: Step) -> None:
        self._frame = self._log.frame(step)

    def _finish(self) -> None:
        frame, self._frame = self._frame, None
        if frame is not None:
            self._log.guarded(self._write, frame)

    def _write(self, frame: Frame) -> None:
        self._log.fill(frame)
        if self._store is not None:
            self._store.add(encoded(frame))
            if frame.closing:
                self._store.settle()
