"""Staying connected: connect with the one client id, ask whether it lives, wait longer after each failure."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Condition
from time import monotonic

from ib_async.ib import StartupFetchNONE

from allusr_sdk.execution.ibkr.errors import Context, meaning
from allusr_sdk.execution.ibkr.link import Link, Reach
from allusr_sdk.execution.ibkr.port.gateway import Gateway
from allusr_sdk.execution.ibkr.port.subscriptions import Subscriptions
from allusr_sdk.execution.ibkr.records import Heard, Joined, Said
from allusr_sdk.ibkr import Ibkr


class Staying:
    """A connection that is held. Everything but reading `link`, `events` and `heard` is the loop's thread's.

    Attributes:
        link: how far we reach now.
        events: what was heard and not taken yet, oldest first.
        heard: is notified with everything that is heard.
        trying: whether a connection is being made, so that it is worth waiting for.
    """

    def __init__(self, settings: Ibkr, client: int) -> None:
        self.settings = settings
        self.client = client
        self.link = Link()
        self.events: deque[Heard] = deque()
        self.heard = Condition()
        self.trying = True
        self.gateway: Gateway | None = None
        self.lines = Subscriptions()
        self._locks: dict[str, asyncio.Lock] = {}

    async def keep(self) -> None:
        """Connect, stay connected, and again, until cancelled."""
        wait = self.settings.retry
        try:
            while True:
                why = await self._connected()
                if not why:
                    wait, why = self.settings.retry, await self._lived()
                self._parted(why)
                await asyncio.sleep(wait)
                self.trying, wait = True, min(wait * 2, self.settings.retry_most)
        finally:
            self._let_go("closed")

    async def one[T](self, kind: str, ask: Callable[[], Awaitable[T]]) -> T:
        """A request that has no number: one of its kind at a time, for all share one slot for the answer."""
        async with self._locks.setdefault(kind, asyncio.Lock()):
            return await ask()

    def drop(self, gateway: Gateway) -> None:
        """Let a connection go that answered one question not at all: what it says later could be taken for another."""
        if self.gateway is gateway:
            self._let_go("a question was not answered")
        gateway.gone.set()

    async def _connected(self) -> str:
        """Connect; why not, or nothing."""
        gateway = Gateway(self._hear, self.lines.ticked, self.settings.zone)
        joining = asyncio.ensure_future(gateway.connectAsync(
            self.settings.host, self.settings.port, self.client, timeout=self.settings.seconds,
            raiseSyncErrors=True, fetchFields=StartupFetchNONE,
        ))  # fmt: skip
        gone = asyncio.ensure_future(gateway.gone.wait())
        await asyncio.wait({joining, gone}, timeout=self.settings.seconds, return_when=asyncio.FIRST_COMPLETED)
        came = joining.done() and not joining.cancelled() and joining.exception() is None
        if not came:
            joining.cancel()
        gone.cancel()
        ends: list[object] = [*await asyncio.gather(joining, gone, return_exceptions=True)]
        if came:
            self._joined(gateway)
            return ""
        gateway.close()
        return gateway.ear.refused or _words(ends[0])

    async def _lived(self) -> str:
        """Wait for the connection's end; why it ended."""
        gateway = self.gateway
        assert gateway is not None
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(gateway.gone.wait(), self.settings.heartbeat)
                return self.link.why if self.gateway is None else "the connection was cut"
            try:
                async with asyncio.timeout(self.settings.seconds):
                    await self.one("currentTime", gateway.reqCurrentTimeAsync)
            except (TimeoutError, OSError):
                return f"no answer to a heartbeat in {self.settings.seconds} s"

    def _joined(self, gateway: Gateway) -> None:
        self.gateway, self.link, self.trying = gateway, self.link.joined(), False
        self._locks.clear()
        self.lines.again(gateway)
        self._hear(Joined(up=True))

    def _parted(self, why: str) -> None:
        self._let_go(why)
        self.trying = False
        self._hear(Joined(up=False, why=why))

    def _let_go(self, why: str) -> None:
        self.link = self.link.parted(why)
        if self.gateway is not None:
            self.gateway.close()
            self.gateway = None

    def _hear(self, item: Heard) -> None:
        if isinstance(item, Said):
            before, self.link = self.link, self.link.told(meaning(item.code, Context.NONE), item.text)
            if self.gateway is not None and self.link.lines != before.lines:
                self.lines.again(self.gateway)
        self.events.append(item)
        with self.heard:
            self.heard.notify_all()

    # --- from outside ---

    def awaited(self, seconds: float, enough: Callable[[], bool]) -> bool:
        """Wait until something holds, looked at whenever anything is heard; whether it does."""
        end = monotonic() + seconds
        with self.heard:
            return self.heard.wait_for(enough, max(end - monotonic(), 0))

    @property
    def reached(self) -> bool:
        """Whether TWS answers."""
        return self.link.reach is not Reach.DOWN


def _words(failed: object) -> str:
    if isinstance(failed, asyncio.CancelledError | TimeoutError):
        return "no greeting came: is TWS or the gateway logged in?"
    return f"{failed}" if str(failed) else type(failed).__name__
