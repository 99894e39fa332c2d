"""The engine's heartbeat: a thread that writes it as long as the loop goes on, and is silent when it hangs (KS-9)."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from attrs import evolve

from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.heartbeat import Heartbeat
from allusr_sdk.ledger.hearts import Heart
from allusr_sdk.model.views import Step

_ASKED = (KeyboardInterrupt, GeneratorExit)
"""By what a run ends that was asked to: itself, or another account of its engine."""

EVERY = 1.0  # seconds between two looks at the loop; KS-9 asks for a beat every ten at least


class Pulse:
    """The heartbeat of one home, for the length of a `with` block.

    Args:
        heart: where it is kept; None where that is nowhere, as for a ledger in memory.
        on_beat: called in the loop at each beat, between two instants; what it raises ends the run there.
    """

    def __init__(self, heart: Heart | None, on_beat: Callable[[], None] = lambda: None) -> None:
        self._heart, self._on_beat, self._stop = heart, on_beat, threading.Event()
        pid, now = os.getpid(), clocks.reading()
        self._beat = Heartbeat(
            pid=pid, born=clocks.born(pid), host=now.host, at=now.wall, boot=now.boot, uptime=now.uptime
        )
        self._seen = (0, 0, self._beat.instant)
        self._thread = threading.Thread(target=self._watch, name="allusr heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if kind is None or issubclass(kind, _ASKED):  # an engine that failed says no goodbye
            self._renew(ended=True)
        if self._heart is not None:
            self._heart.close()

    @property
    def stands(self) -> tuple[int, datetime | None]:
        """The run that is written, 0 before it is known, and the instant that the loop goes towards."""
        return self._seen[1:]

    def beat(self, instant: datetime, run: int | None = None) -> None:
        """The loop has gone on, towards an instant of the market; `run` is told once it is known."""
        progress, known, _ = self._seen
        self._seen = (progress + 1, known if run is None else run, instant)
        self._on_beat()

    def over(self, steps: Iterable[Step]) -> Iterator[Step]:
        """The steps of a market, each of them a beat: a restart passes over many before it takes one."""
        for step in steps:
            self.beat(step.view.at)
            yield step

    def look(self) -> None:
        """Write a heartbeat if the loop has gone on since the last."""
        if self._seen[0] != self._beat.progress:
            self._renew()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            self.look()

    def _renew(self, *, ended: bool = False) -> None:
        (progress, run, instant), now = self._seen, clocks.reading()
        self._beat = evolve(
            self._beat, at=now.wall, uptime=now.uptime, progress=progress, run=run, instant=instant, ended=ended
        )
        self._write()

    def _write(self) -> None:
        if self._heart is None:
            return
        with suppress(OSError):  # a heartbeat that cannot be written is a silence, and the watchdog acts on that
            self._heart.write(self._beat)
