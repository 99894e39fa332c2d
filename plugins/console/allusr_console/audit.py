"""Writes into the homes who used the console: behind the request, in order, tried again while a database is held."""

import logging
from collections import deque
from collections.abc import Iterable
from threading import Condition, Lock, Thread
from time import monotonic

from allusr_console.house import House
from allusr_sdk.errors import AllusrError, InputError
from allusr_sdk.model.events import ConsoleUsed
from allusr_sdk.office.trail import note

_LOG = logging.getLogger("allusr.console")
_MOST = 1000  # notes that wait while a database is held
_AGAIN = 2.0  # seconds
_LONGEST = 300  # characters of a reason


class Audit:
    """Has notes written into the homes of a house.

    Args:
        house: whose accounts are written to.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()

    def note(
        self, names: Iterable[str] | None, *, action: str, actor: str, outcome: str, why: str = "", origin: str = "",
        ledger: str = "",
    ) -> None:  # fmt: skip
        """Have it written to some accounts, or to all of them; it stands in the log at once."""
        _LOG.info("%s %s", action, outcome, extra={"actor": actor, "why": why, "origin": origin})
        event = ConsoleUsed(
            ledger=ledger, action=action, actor=actor, outcome=outcome, why=" ".join(why.split())[:_LONGEST],
            origin=origin,
        )  # fmt: skip
        for name in self._house.accounts if names is None else names:
            self._line(name).add(event)

    def settle(self, seconds: float = 5.0) -> bool:
        """Wait until all is written; whether it was."""
        end = monotonic() + seconds
        settled = [line.settle(end - monotonic()) for line in tuple(self._lines.values())]
        return all(settled)

    def stop(self, seconds: float = 3.0) -> None:
        """Write what waits, and end."""
        self.settle(seconds)
        for line in tuple(self._lines.values()):
            line.stop()

    def _line(self, name: str) -> "_Line":
        with self._lock:
            if name not in self._lines:
                self._lines[name] = _Line(name, self._house.home(name))
            return self._lines[name]


class _Line:
    """What waits for one home, and the thread that writes it."""

    def __init__(self, name: str, home: str) -> None:
        self._name, self._home = name, home
        self._waiting: deque[ConsoleUsed] = deque()
        self._turn, self._ended = Condition(), False
        self._thread = Thread(target=self._run, name=f"notes for {name}", daemon=True)
        self._thread.start()

    def add(self, event: ConsoleUsed) -> None:
        with self._turn:
            if len(self._waiting) >= _MOST:
                self._complain(logging.ERROR, "a note is lost: too many wait", event)
                return
            self._waiting.append(event)
            self._turn.notify_all()

    def settle(self, seconds: float) -> bool:
        end = monotonic() + seconds
        with self._turn:
            while self._waiting and (left := end - monotonic()) > 0:
                self._turn.wait(left)
            return not self._waiting

    def stop(self) -> None:
        with self._turn:
            self._ended = True
            self._turn.notify_all()

    def _run(self) -> None:
        while (event := self._next()) is not None:
            written = self._write(event)
            with self._turn:
                if written:
                    self._waiting.popleft()
                    self._turn.notify_all()
                elif not self._ended:
                    self._turn.wait(_AGAIN)

    def _next(self) -> ConsoleUsed | None:
        with self._turn:
            while not self._waiting and not self._ended:
                self._turn.wait()
            return None if self._ended else self._waiting[0]

    def _write(self, event: ConsoleUsed) -> bool:
        """Whether it is done with: written, or its home is gone."""
        try:
            note(self._home, event)
        except InputError as why:
            self._complain(logging.ERROR, f"a note is lost: {why}", event)
        except AllusrError as why:
            self._complain(logging.WARNING, f"a note waits: {why}", event)
            return False
        return True

    def _complain(self, level: int, text: str, event: ConsoleUsed) -> None:
        _LOG.log(level, text, extra={"account": self._name, "action": event.action, "actor": event.actor})
