"""Work outside of the event loop, on threads that keep no process from ending."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Full, Queue
from threading import Lock, Thread

from allusr_console.problems import Busy

_WAITING, _APART = 16, 16
_SLOW = 30.0  # seconds


class Worker:
    """One thread that does one thing after another, begun with the first.

    Args:
        name: of the thread.
        end: what the thread does last, once it was stopped: whatever it opened is closed there.
    """

    def __init__(self, name: str, end: Callable[[], None] = lambda: None) -> None:
        self._name, self._end = name, end
        self._queue: Queue[Callable[[], None] | None] = Queue(_WAITING)
        self._thread: Thread | None = None
        self._lock = Lock()

    async def do[T](self, work: Callable[[], T]) -> T:
        """What the work returns or raises. Raises `Busy` where too much waits, or it takes too long."""
        future: Future[T] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait(lambda: _do(work, future))
        except Full:
            raise Busy(f"{self._name}: {_WAITING} questions wait already") from None
        return await _within(future, self._name)

    def stop(self) -> None:
        """End the thread after what it does now; what waits is dropped."""
        with suppress(Exception):
            while True:
                self._queue.get_nowait()
        with suppress(Full):
            self._queue.put_nowait(None)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
        self._end()


class Apart:
    """Threads of their own for what must not wait behind anything else, a bounded number at once."""

    def __init__(self) -> None:
        self._running, self._lock = 0, Lock()

    async def do[T](self, name: str, work: Callable[[], T]) -> T:
        """What the work returns or raises. Raises `Busy` where too many run, or it takes too long."""
        with self._lock:
            if self._running >= _APART:
                raise Busy(f"{name}: {_APART} others are under way")
            self._running += 1
        future: Future[T] = Future()
        Thread(target=self._run, args=(work, future), name=name, daemon=True).start()
        return await _within(future, name)

    def _run[T](self, work: Callable[[], T], future: Future[T]) -> None:
        _do(work, future)
        with self._lock:
            self._running -= 1


def _do[T](work: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # the boundary of the thread: whoever awaits it is told
        future.set_exception(error)


async def _within[T](future: Future[T], name: str) -> T:
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), _SLOW)
    except TimeoutError:
        raise Busy(f"{name}: no answer within {_SLOW:.0f} s") from None
