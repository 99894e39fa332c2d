"""What persons tell a running engine: read between two instants, noted with its instant, obeyed, answered (KS-7).

A run's journal must come out the same however often the run was cut. So the instant at which a wish is obeyed stands in
the home's inbox before it is obeyed, and a restart that lives through the session again meets it there.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from attrs import frozen

from allusr_sdk.kernel.commands import Command
from allusr_sdk.ledger.home import FILE, SPOOL, folder_of, halt_file
from allusr_sdk.ledger.inbox import AUDIT, EXPLAIN, HALT, PAUSE, REARM, RESUME, Inbox, Wish, due
from allusr_sdk.ledger.journal import Run
from allusr_sdk.model.events import OperatorAsked

POLL = 0.25  # seconds between two looks at the inbox
MOMENT = timedelta(microseconds=1)
"""What a wish comes after the instant behind which it is obeyed."""

_SAID = {
    HALT: ("kill", False), PAUSE: ("kill", True), RESUME: ("resume", True), REARM: ("rearm", True),
    AUDIT: ("audit", True), EXPLAIN: ("explain", True),
}  # fmt: skip


@frozen
class Told:
    """A command and the wish that it comes from; None where the plan has it."""

    command: Command
    wish: Wish | None = None


class Ear:
    """The inbox of a home as one run hears it."""

    def __init__(self, run: Run) -> None:
        self._run, self._inbox, self._folder = run, Inbox(run.ledger), folder_of(run.ledger)
        self._files = (self._folder / FILE, self._folder / SPOOL) if self._folder is not None else ()
        self._looked, self._size = 0.0, -1
        self._filed, self._known = False, set[int]()

    def again(self, end: datetime) -> Iterator[Told]:
        """What the run took up before it was cut, each at its own instant.

        What was obeyed behind the `end` of its journal belongs to entries that a restored backup has no more. It is
        taken up anew where it still stands.
        """
        for wish in self._inbox.wishes:
            at = wish.heard.get(self._run.id)
            if at is not None and (at <= end or self._run.id not in wish.answers):
                self._known.add(wish.number)
                yield Told(_command(wish, at), wish)

    def undone(self, end: datetime) -> Iterator[Told]:
        """Over books that stand: what was taken up and has no answer is obeyed again; the rest is only known."""
        return (told for told in self.again(end) if told.wish and self._run.id not in told.wish.answers)

    def new(self) -> bool:
        """Whether there may be something to take up. Cheap: a look for two files, and at the inbox when it is time."""
        if any(os.access(file, os.F_OK) for file in self._files[self._filed :]):  # cheaper than `exists`
            return True
        now = time.monotonic()
        if now - self._looked < POLL:
            return False
        self._looked, before = now, self._size
        self._size = self._inbox.size
        return self._size != before

    def take(self, at: datetime, *, seen: bool) -> tuple[Told, ...]:
        """Take up what waits, for an instant of the market; each is noted before it is returned.

        Args:
            at: the instant.
            seen: whether a market was seen before it. Without one nothing is let go on, so what asks for that waits.
        """
        self._file()
        self._inbox.collect()
        waiting = due(self._inbox.wishes, self._known)
        taken = tuple(takewhile(lambda wish: seen or not wish.lifts, waiting))
        for wish in taken:
            self._inbox.hear(wish, self._run.id, at)
            self._known.add(wish.number)
        self._size = self._inbox.size
        if len(taken) < len(waiting):
            self._looked, self._size = 0.0, -1  # there is more at the next instant
        return tuple(Told(_command(wish, at), wish) for wish in taken)

    def answer(self, wish: Wish, why: str) -> None:
        """Say what came of a wish; with no `why` it was obeyed."""
        self._inbox.answer(wish, self._run.id, why)
        self._filed = self._filed and not wish.lifts  # a file that is still there after a re-arm halts again

    def _file(self) -> None:
        """A file HALT in the home is a wish as any other, once."""
        text = halt_file(self._folder) if self._folder is not None else None
        self._filed = text is not None
        if text is not None:
            event = OperatorAsked(rule="KS-7", action=HALT, actor="file", reason=text)
            if self._inbox.asked(event) is None:
                self._inbox.ask(event)


def _command(wish: Wish, at: datetime) -> Command:
    event = wish.event
    action, closes = _SAID[event.action]
    return Command(
        at=at, action=action, ledger=event.ledger, actor=event.actor, reason=event.reason, closes=closes,
        subject=event.about,
    )  # fmt: skip
