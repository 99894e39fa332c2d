"""The process: two loopback ports, one for engines and one for the test's hand, and a state that outlives a kill."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from allusr_sdk.errors import AllusrError
from allusr_sdk.testing.brokerage.house import House, Unanswered
from allusr_sdk.testing.brokerage.line import Ports
from allusr_sdk.testing.brokerage.verbs import Answer, Question, control, engine
from allusr_sdk.testing.channel.places import bound
from allusr_sdk.testing.channel.places import write as write

LONGEST = 1 << 22
"""Bytes of a question."""

Answering = Callable[[Question], Awaitable[Answer | None]]


class Server:
    """Serves one house until it is told to stop, or nobody has been connected for a while.

    Args:
        house: what is served.
        state: file that it is kept in after each change.
        seconds: without any client until it ends by itself.
    """

    def __init__(self, house: House, state: Path, seconds: float) -> None:
        self._house, self._state, self._seconds = house, state, seconds
        self._clients: set[asyncio.StreamWriter] = set()
        self._engines: set[asyncio.StreamWriter] = set()
        self._done = asyncio.Event()
        self._idle: asyncio.TimerHandle | None = None
        self._reserved: socket.socket | None = None
        self._listening: asyncio.Server | None = None
        self._transport: dict[str, Callable[[], Awaitable[None]]] = {
            "stop": self._stop,
            "down": self._down,
            "up": self._up,
        }

    async def serve(self, port: int, ready: Callable[[Ports], None]) -> None:
        """Listen, say where, and go on until the end."""
        self._reserved = bound(port)
        engines = self._reserved.getsockname()[1]
        await self._up()
        hand = await asyncio.start_server(self._hand, sock=bound(0), limit=LONGEST)
        self._rest()
        ready(Ports(engines, hand.sockets[0].getsockname()[1]))
        await self._done.wait()
        hand.close()
        if self._listening is not None:
            self._listening.close()
        for writer in [*self._clients]:
            writer.transport.abort()

    async def _engine(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._engines.add(writer)
        try:
            await self._talk(reader, writer, self._asked)
        finally:
            self._engines.discard(writer)

    async def _hand(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._talk(reader, writer, self._told)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answered: Answering) -> None:
        self._clients.add(writer)
        self._rest()
        try:
            while line := await reader.readline():
                answer = await answered(msgspec.json.decode(line, type=Question))
                if answer is not None:
                    writer.write(msgspec.json.encode(answer) + b"\n")
                    await writer.drain()
        except (OSError, ValueError, Unanswered, msgspec.MsgspecError):
            pass  # the client is gone, or is to be let go
        finally:
            self._clients.discard(writer)
            self._rest()
            writer.close()

    async def _asked(self, question: Question) -> Answer | None:
        try:
            return self._answered(engine, question)
        except Unanswered as lost:
            self._save()
            if lost.cut:
                raise
            return None

    async def _told(self, question: Question) -> Answer | None:
        if question.verb not in self._transport:
            return self._answered(control, question)
        self._house.note("control", question.verb)
        self._save()
        await self._transport[question.verb]()
        return Answer()

    def _answered(self, verbs: Callable[[House, Question], object], question: Question) -> Answer:
        """What a question comes to; what it changed is on disk before it is said."""
        known = len(self._house.journal)
        try:
            value = msgspec.Raw(msgspec.json.encode(verbs(self._house, question)))
            if len(self._house.journal) != known:
                self._house.account.check()
                self._save()
        except AllusrError as why:
            return Answer(error=str(why))
        return Answer(value)

    def _save(self) -> None:
        write(self._state, msgspec.json.encode(self._house))

    async def _up(self) -> None:
        if self._reserved is not None:
            self._listening = await asyncio.start_server(self._engine, sock=self._reserved, limit=LONGEST)
            self._reserved = None

    async def _down(self) -> None:
        if self._listening is None:
            return
        port = self._listening.sockets[0].getsockname()[1]
        self._listening.close()
        self._listening = None
        for writer in [*self._engines]:
            writer.transport.abort()
        self._reserved = bound(port)

    async def _stop(self) -> None:
        asyncio.get_running_loop().call_later(0.05, self._done.set)

    def _rest(self) -> None:
        """Count the time without clients anew."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if not self._clients:
            self._idle = asyncio.get_running_loop().call_later(self._seconds, self._done.set)
