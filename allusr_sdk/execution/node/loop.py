"""An event loop that is turned by hand, and knows when nothing is left to do in it."""

import asyncio
from collections.abc import Callable
from contextvars import Context


class Loop(asyncio.SelectorEventLoop):
    """Runs while it is told to. It takes no signals: those of the process are the run's (`cli.stopping`)."""

    def __init__(self) -> None:
        self._called = 0
        super().__init__()

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        """Count what is to be done."""
        self._called += 1
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:  # fmt: skip
        """Count what is to be done."""
        self._called += 1
        return super().call_soon_threadsafe(callback, *args, context=context)

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: object) -> None:
        """Signals are not the node's."""

    def rest(self) -> None:
        """Run until everything in it waits for something that is not in it."""
        self.run_until_complete(self._rest())

    async def _rest(self) -> None:
        before = -1
        while self._called != before + 1:  # this task's own turn is one call
            before = self._called
            await asyncio.sleep(0)
