"""The process: the protocol on one loopback port, a test's hand on another, and a state that outlives a kill."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic

import msgspec

from allusr_sdk.testing.channel.calls import Answer, Question, answered, called
from allusr_sdk.testing.channel.line import Ports
from allusr_sdk.testing.channel.places import bound, write
from allusr_sdk.testing.tws.answers import ANSWERS
from allusr_sdk.testing.tws.codec import decode, frame, unframed
from allusr_sdk.testing.tws.deeds import LOOKING, Deeds
from allusr_sdk.testing.tws.records import Violation
from allusr_sdk.testing.tws.requests import REQUESTS
from allusr_sdk.testing.tws.session import STRIKES, Rate, Session
from allusr_sdk.testing.tws.world import World

VERSION = 178
LONGEST = 1 << 22
"""Bytes of a message."""
BEAT = 0.05
"""Seconds between two moves of a clock that has a pace."""
VALUED = timedelta(minutes=3)
"""Virtual time between two tellings of account values that did not change by a trade."""
NOTICES = (
    (2104, "Market data farm connection is OK:usfarm"), (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)  # fmt: skip
CHANGING = frozenset({"placeOrder", "cancelOrder", "reqGlobalCancel", "exerciseOptions", "reqAutoOpenOrders"})


type Came = asyncio.Queue[tuple[float, bytes] | None]


class Server:
    """Serves one world until it is told to stop, or nobody has been connected for a while.

    Args:
        world: what is served.
        state: file that it is kept in after each change.
        seconds: without any client until it ends by itself.
        speed: virtual seconds a second; 0 where only the control moves the clock.
    """

    def __init__(self, world: World, state: Path, seconds: float, speed: float) -> None:
        self.world, self._state, self._seconds, self.speed = world, state, seconds, speed
        self.sessions: list[Session] = []
        self.rates: list[Rate] = []
        self.silent = self.muted = False
        self.up = True
        self.ending = asyncio.Event()
        self._deeds = Deeds(self)
        self._port: socket.socket | None = None
        self._listening: asyncio.Server | None = None
        self._seen = self._saved = self._beaten = monotonic()
        self._valued = world.state.now
        self._hands = 0

    async def serve(self, port: int, ready: Callable[[Ports], None]) -> None:
        """Listen, say where, and go on until the end."""
        self._port = bound(port)
        clients = self._port.getsockname()[1]
        await self._arrange()
        hand = await asyncio.start_server(self._hand, sock=bound(0), limit=LONGEST)
        self.save()
        ready(Ports(clients, hand.sockets[0].getsockname()[1]))
        while not self.ending.is_set():
            await self._beat()
        self.save()
        hand.close()
        if self._listening is not None:
            self._listening.close()
        for session in [*self.sessions]:
            session.cut()

    async def _beat(self) -> None:
        """Wait a moment, then move the clock if it has a pace."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ending.wait(), BEAT)
        passed, self._beaten = monotonic() - self._beaten, monotonic()
        if self.speed:
            self.world.advance(self.world.state.now + timedelta(seconds=passed * self.speed))
            self.publish(changed=monotonic() - self._saved > 1.0)
        if self.sessions or self._hands:
            self._seen = monotonic()
        elif monotonic() - self._seen > self._seconds:
            self.ending.set()

    # --- clients ---

    async def _client(self, reader: StreamReader, writer: StreamWriter) -> None:
        session = Session(self.world, writer)
        session.muted = self.muted
        self.sessions.append(session)
        reading: asyncio.Task[None] | None = None
        try:
            await self._greeted(session, reader)
            came: Came = asyncio.Queue()
            reading = asyncio.create_task(_read(reader, came))
            while not session.gone and (met := await came.get()) is not None:
                self._request(session, unframed(met[1]), met[0])
                await writer.drain()
                await asyncio.sleep(0)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client is gone
        except ValueError as why:
            self.violation(session, str(why))
        except Exception as why:  # a fault of ours must not look like a client that went away
            self.violation(session, f"the simulator failed: {type(why).__name__}: {why}")
            raise
        finally:
            if reading is not None:
                reading.cancel()
            if session in self.sessions:
                self.sessions.remove(session)
            self.rates.append(session.rate)
            writer.close()

    async def _greeted(self, session: Session, reader: StreamReader) -> None:
        """Exchange versions. Raises `ValueError` where they do not fit."""
        if await reader.readexactly(4) != b"API\0":
            raise ValueError("a client that does not begin with API")
        versions = (await _body(reader)).decode().split(" ")[0].removeprefix("v")
        first, _, last = versions.partition("..")
        while self.silent:
            await asyncio.sleep(BEAT)
        if not int(first) <= VERSION <= int(last or first):
            raise ValueError(f"a client of versions v{versions}: only {VERSION} is spoken")
        session.raw(frame((str(VERSION), f"{self.world.clock:%Y%m%d %H:%M:%S %Z}")))
        session.flush()

    def _request(self, session: Session, fields: list[str], at: float) -> None:
        if session.met(at):
            session.error(100, "Max rate of messages per second has been exceeded:max=50 rec=51 (1)")
            if session.strikes >= STRIKES:
                session.cut()
                return
        layout = REQUESTS.get(int(fields[0])) if fields[0].isdigit() else None
        if layout is None:
            self.violation(session, f"request {fields[0]} is not understood")
            return
        message, wrong = decode(layout, fields[1:])
        for why in wrong:
            self.violation(session, why)
        fault = self.world.faulted(message.name, session.client, told=False)
        deed = fault.deed if fault is not None else ""
        if deed == "cut":
            session.cut()
        if deed in ("cut", "drop"):
            return
        if message.name == "startApi":
            self._start(session, message.number("clientId"))
        else:
            for _ in range(2 if deed == "duplicate" else 1):
                ANSWERS[message.name](session, message)
        if deed == "cut_after":
            session.cut()
        self.publish(changed=message.name in CHANGING or bool(wrong), quotes=False)

    def _start(self, session: Session, client: int) -> None:
        state = self.world.state
        if client in state.held_ids or any(each.client == client for each in self.sessions):
            session.error(326, "Unable to connect as the client id is already in use. Retry with a unique client id.")
            session.cut()
            return
        session.client = client
        session.send("managedAccounts", accounts=",".join(state.accounts))
        session.send("nextValidId", orderId=state.highest.get(client, 0) + 1)
        for code, text in NOTICES:
            session.error(code, text)

    def violation(self, session: Session, why: str) -> None:
        """Keep that a client broke the protocol."""
        self.world.state.violations.append(Violation(at=self.world.state.now, client_id=session.client, why=why))

    # --- the test's hand ---

    async def _hand(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._hands += 1
        try:
            while line := await reader.readline():
                answer = await self._told(msgspec.json.decode(line, type=Question))
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (OSError, msgspec.MsgspecError):
            pass  # the hand is gone
        finally:
            self._hands -= 1
            writer.close()

    async def _told(self, question: Question) -> Answer:
        if question.verb.startswith("_") or not hasattr(Deeds, question.verb):
            return Answer(error=f"{question.verb}: nothing that a control can do")
        try:
            answer = answered(lambda: called(Deeds, self._deeds, question))
            self.publish(changed=question.verb not in LOOKING)
            await self._arrange()
        except Exception as why:  # a fault of ours, which the test is told
            return Answer(error=f"{question.verb}: the simulator failed: {type(why).__name__}: {why}")
        return answer

    # --- what both bring about ---

    def renew(self) -> None:
        """Clients are cut off and forgotten."""
        for session in self.sessions:
            session.cut()
        self.sessions, self.up, self._valued = [], True, self.world.state.now
        self.rates.clear()

    def publish(self, *, changed: bool, quotes: bool = True) -> None:
        """Keep what changed on disk, then tell it to all whom it concerns; `quotes` too, which no client moves."""
        world = self.world
        if changed or world.out:
            self.save()
        if world.state.link == "up":
            told, world.out = world.out, []
            for session in self.sessions:
                for each in told:
                    session.hear(each)
            for account, names in world.changed().items():
                world.state.accounts[account].check()
                for session in self.sessions:
                    session.moved(account, names)
            valued = world.state.now - self._valued >= VALUED
            self._valued = world.state.now if valued else self._valued
            for session in self.sessions:
                if quotes:
                    session.show_all()
                if valued:
                    session.show_values()
        for session in self.sessions:
            session.flush()

    def save(self) -> None:
        """Keep the state."""
        write(self._state, msgspec.json.encode(self.world.state))
        self._saved = monotonic()

    async def _arrange(self) -> None:
        """Listen, or do not, as is wished."""
        if self.up and self._port is not None:
            self._listening = await asyncio.start_server(self._client, sock=self._port, limit=LONGEST)
            self._port = None
        elif not self.up and self._listening is not None:
            port = self._listening.sockets[0].getsockname()[1]
            self._listening.close()
            self._listening, self._port = None, bound(port)


async def _read(reader: StreamReader, came: Came) -> None:
    """Put each message with the instant at which it came, and None at the end."""
    with suppress(OSError, asyncio.IncompleteReadError, ValueError):
        while True:
            body = await _body(reader)
            came.put_nowait((monotonic(), body))
    came.put_nowait(None)


async def _body(reader: StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > LONGEST:
        raise ValueError(f"a message of {length} bytes")
    return await reader.readexactly(length)
