"""Being asked to end: an interrupt or SIGTERM is noted when it comes and obeyed between two instants."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define

ASKS = (signal.SIGINT, signal.SIGTERM)


@define
class Stop:
    """Whether somebody asked this process to end."""

    asked: bool = False

    def look(self) -> None:
        """Raise `KeyboardInterrupt` if so; inside an engine, where nobody looks, it might be lost."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[Stop]:
    """Note interrupts and SIGTERM for the length of a `with` block, instead of what they do else."""
    stop = Stop()

    def note(number: int, frame: object) -> None:
        stop.asked = True

    before = {number: signal.signal(number, note) for number in ASKS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
