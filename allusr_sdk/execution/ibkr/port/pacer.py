"""How fast messages leave: so many within any second at most, whatever a machine is late with."""

from collections import deque
from collections.abc import Callable

SECOND = 1.0
"""Width of the window in which messages are counted, seconds."""
MOMENT = 0.001
"""Seconds by which a message comes after its second, so that it need not look twice."""


class Pacer:
    """Lets messages go in their order, at most so many within any second of the sender's clock.

    Each counts from the instant behind its writing, and is followed by the next but `most` more than a second later: so
    more than a second lies between the writing of any message and that of the `most`-th behind it, however long the
    loop was held up in between.

    Args:
        most: messages within a second.
        write: puts a message on the socket.
        clock: seconds of a clock that nobody sets.
        later: calls something after so many seconds.
    """

    def __init__(
        self, most: int, write: Callable[[bytes], None], clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:  # fmt: skip
        self._write, self._clock, self._later = write, clock, later
        self._left: deque[float] = deque([float("-inf")] * most, maxlen=most)
        self._waiting: deque[bytes] = deque()
        self._called = False

    def send(self, message: bytes) -> None:
        """Let a message go, now or when it is its turn."""
        self._waiting.append(message)
        self._go()

    def _go(self) -> None:
        while self._waiting and self._clock() - self._left[0] > SECOND:
            self._write(self._waiting.popleft())
            self._left.append(self._clock())
        if self._waiting and not self._called:
            self._called = True
            self._later(max(self._left[0] + SECOND - self._clock(), 0.0) + MOMENT, self._again)

    def _again(self) -> None:
        self._called = False
        self._go()
