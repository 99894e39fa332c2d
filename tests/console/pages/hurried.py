"""The command `allusr` by a clock a thousand times as fast as ours, and as fast while an order works by a position.

So an engine at the wall clock's pace can be met with an order that works, and be told something by a person.
"""

import time
from types import SimpleNamespace

from allusr_sdk.cli import main
from allusr_sdk.execution import run
from allusr_sdk.ledger import Run

FAST = 1000.0


class Clock:
    """Seconds that only rise, at a speed that may be another one from now on."""

    def __init__(self):
        self._speed, self._shown, self._at = FAST, 0.0, time.monotonic()

    def monotonic(self):
        return self._shown + (time.monotonic() - self._at) * self._speed

    def at(self, speed):
        self._shown, self._at = self.monotonic(), time.monotonic()
        self._speed = speed


def hurry():
    """Have the engine wait by such a clock."""
    clock, append = Clock(), Run.append

    def appended(self, event, **more):
        made = append(self, event, **more)
        clock.at(1.0 if met(self.book) else FAST)
        return made

    Run.append = appended
    run.time = SimpleNamespace(monotonic=clock.monotonic, sleep=lambda seconds: time.sleep(min(seconds, 0.02)))


def met(book):
    """Whether an order works beside a position."""
    return bool(book.positions) and any(ledger.working for ledger in book.ledgers.values())


if __name__ == "__main__":
    hurry()
    main()
