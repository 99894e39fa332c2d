"""An asyncio loop in a thread of its own: questions are put to it from outside, each with an end."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress

LATE = 2.0
"""Seconds behind its own end after which a question is given up though the loop said nothing."""


class Loop:
    """A loop that is started by the first question and ended by `close`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def ask[T](self, question: Coroutine[object, object, T], seconds: float) -> T:
        """The answer to a question. Raises `TimeoutError` where it takes longer, else what the question raises."""
        waiting = self.begin(self._bounded(question, seconds))
        try:
            return waiting.result(seconds + LATE)
        except TimeoutError:
            waiting.cancel()
            raise

    def begin[T](self, question: Coroutine[object, object, T]) -> Future[T]:
        """Start something, in the loop's thread."""
        return asyncio.run_coroutine_threadsafe(question, self._running())

    def close(self) -> None:
        """End everything that goes on in it, and the thread."""
        if self._loop is None or self._thread is None:
            return
        if threading.current_thread() is self._thread:  # whoever had it is gone, and nobody else saw it
            self._loop.stop()
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_ended(), self._loop).result(LATE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LATE)
        self._loop = self._thread = None

    @staticmethod
    async def _bounded[T](question: Coroutine[object, object, T], seconds: float) -> T:
        async with asyncio.timeout(seconds):
            return await question

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(self._loop,), name=self._name, daemon=True)
            self._thread.start()
        return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _ended() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
