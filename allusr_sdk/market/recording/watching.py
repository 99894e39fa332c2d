"""Watching a market while a run walks it: what is shown and what is looked at goes into a recording."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from allusr_sdk.market.recording.frames import Frame, Head, Pass
from allusr_sdk.market.recording.looking import Log
from allusr_sdk.market.recording.store import Store, place
from allusr_sdk.model.views import MarketSource, Step


class Recorder:
    """Records one run's views in a folder. Where that fails the run goes on, and `problem` says what is missing.

    Attributes:
        problem: why the recording ends before the run; empty while it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self.problem = ""
        self._folder = folder
        self._store: Store | None = None
        self._frame: Frame | None = None
        self._log = Log()

    def begin(self, run: int, head: Head) -> None:
        """Make the file of a run, before its first step is over."""
        self._guarded(lambda: self._open(place(self._folder, run), head))

    def watch(self, source: MarketSource, first: date, last: date) -> Iterator[Step]:
        """The steps of a source, watched."""
        for step in source.steps(first, last):
            self._frame = self._log.frame(step)
            yield self._log.watched(step)
            self._finish()

    def passed(self, what: str, after: int, last: int) -> None:
        """Note which entries of the journal the kernel wrote by itself."""
        if self._frame is not None:
            self._frame.passes.append(Pass(what, after, last))

    def close(self) -> None:
        """Write what there is of the running step, and close the file."""
        self._finish()
        if self._store is not None:
            self._guarded(self._store.settle)
            self._store.close()

    def _open(self, path: Path, head: Head) -> None:
        self._store = Store(path)
        self._store.add(msgspec.msgpack.encode(head))

    def _finish(self) -> None:
        frame, self._frame = self._frame, None
        if frame is not None:
            self._log.fill(frame)
            self._guarded(lambda: self._write(frame))

    def _write(self, frame: Frame) -> None:
        if self._store is not None:
            self._store.add(msgspec.msgpack.encode(frame))
            if frame.closing:
                self._store.settle()

    def _guarded(self, write: Callable[[], None]) -> None:
        """A full disk must not stop a run: orders may be working."""
        if self.problem:
            return
        try:
            write()
        except OSError as error:
            self.problem = f"the recording of views ended: {error.strerror}"
