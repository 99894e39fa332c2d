"""`Session`: one client's connection: what it is told, with what goes wrong on the way, and how fast it asks."""

from asyncio import StreamWriter
from collections import deque
from collections.abc import Iterator
from time import monotonic

from attrs import define, field, frozen

from allusr_sdk.testing.tws import tell
from allusr_sdk.testing.tws.codec import Message, Value, Word, encode, frame
from allusr_sdk.testing.tws.lines import Line
from allusr_sdk.testing.tws.messages import MESSAGES
from allusr_sdk.testing.tws.world import World

GARBLED = "?"
"""All that is left of a message that nobody can read."""
STRIKES = 3
"""Times that a client may ask too fast until its connection ends."""
HISTORY, AGAIN = (60, 600.0), 15.0
"""Historical requests in so many seconds, and seconds between two that are the same."""


@frozen(kw_only=True)
class Rate:
    """How fast a client asked: its messages, the most within one second, and how often that was too many."""

    client: int
    messages: int
    peak: int
    strikes: int


@define
class Wants:
    """What a client has asked to hear.

    Attributes:
        positions: whether changes of positions are told.
        updates: account of reqAccountUpdates; empty for none.
        multis, summaries: accounts, and tags, by request.
        data_type: market data type that it wants.
    """

    positions: bool = False
    updates: str = ""
    multis: dict[int, str] = field(factory=dict)
    summaries: dict[int, tuple[str, ...]] = field(factory=dict)
    data_type: int = 1


class Session:
    """A client that is connected.

    Attributes:
        client: its id; -1 until it has said it.
        wants, lines: what it is told as it changes.
        muted: whether it is told nothing, with its connection as it is.
    """

    def __init__(self, world: World, writer: StreamWriter) -> None:
        self.world, self._writer = world, writer
        self.client = -1
        self.wants, self.lines = Wants(), dict[int, Line]()
        self.muted = self.gone = False
        self.messages = self.peak = self.strikes = 0
        self._times: deque[float] = deque()
        self._allowance, self._counted = float(world.state.manners.rate), monotonic()
        self._asked: deque[tuple[float, str]] = deque()
        self._buffer, self._held, self._behind = bytearray(), list[bytes](), list[bytes]()

    # --- telling ---

    def send(self, name: str, **values: Value) -> None:
        """Tell something, if nothing goes wrong with it."""
        if not (self.muted or self.gone):
            fault = self.world.faulted(name, self.client, told=True)
            deed = fault.deed if fault is not None else ""
            if fault is not None and deed == "change":
                values |= {fault.field: Word(fault.value)}
            words = encode(MESSAGES[name], values)
            self._pass(deed, frame((words[0], GARBLED) if deed == "garble" else words))

    def error(self, code: int, text: str, number: int = -1) -> None:
        """Tell an error about a request, or about none."""
        self.send("error", reqId=number, code=code, text=text)

    def hear(self, told: tell.Told) -> None:
        """Tell what is for everybody, or for this client."""
        if told.client in (None, self.client):
            self.send(told.name, **told.values)

    def flush(self) -> None:
        """Let what was told go out."""
        if self._buffer and not self._writer.is_closing():
            self._writer.write(bytes(self._buffer))
        self._buffer.clear()

    def cut(self) -> None:
        """End the connection behind what was told already."""
        self.flush()
        self.gone = True
        self._writer.close()

    def raw(self, data: bytes) -> None:
        """Send bytes as they are: the greeting, which is no message."""
        self._buffer += data

    def release(self, order: tuple[int, ...]) -> None:
        """Tell what faults held back: what stands at these places, from 0, first, and the rest behind it."""
        waiting, self._held = self._held, []
        chosen = [*order, *(i for i in range(len(waiting)) if i not in order)]
        for i in chosen:
            self._buffer += waiting[i]

    def _pass(self, deed: str, data: bytes) -> None:
        if deed == "drop":
            return
        if deed == "hold":
            self._held.append(data)
        elif deed == "swap":
            self._behind.append(data)
        elif deed == "cut":
            self.cut()
        else:
            self._buffer += data * (2 if deed == "duplicate" else 1) + b"".join(self._behind)
            self._behind.clear()
            if deed == "cut_after":
                self.cut()

    # --- what changes ---

    def show(self, line: Line) -> None:
        """Tell the ticks of a line that are new."""
        state = self.world.state
        if state.link != "up" or state.broken:
            return
        shown = self.world.shown(line.instrument)
        for name, values in line.ticks(shown, state.now, greeks=state.manners.greeks):
            self.send(name, **values)

    def show_all(self) -> None:
        """Tell the ticks of all lines that are new."""
        for line in list(self.lines.values()):
            self.show(line)

    def moved(self, account: str, instruments: list[str]) -> None:
        """Tell that holdings changed, as far as the client wants to hear of it."""
        books = self.world.state.accounts[account]
        if self.wants.positions:
            for name in instruments:
                self.hear(tell.position(account, books, name, self.world.registry))
        if self.wants.updates == account:
            self.show_account(account, instruments)
        for number, watched in self.wants.multis.items():
            if watched == account:
                self.show_multi(number, account)

    def show_values(self) -> None:
        """Tell the values of all accounts that are watched, as TWS does every three minutes."""
        if self.wants.updates:
            self.show_account(self.wants.updates)
        for number, account in self.wants.multis.items():
            self.show_multi(number, account)
        for number, tags in self.wants.summaries.items():
            self.show_summary(number, tags)

    def show_summary(self, number: int, tags: tuple[str, ...]) -> None:
        """Tell some values of all accounts to a request that watches them."""
        for account in self.world.state.accounts:
            for tag, value, currency in self.account_values(account):
                if tag in tags:
                    self.send("accountSummary", reqId=number, account=account, tag=tag, value=value, currency=currency)

    def show_account(self, account: str, moved: list[str] | None = None) -> None:
        """Tell an account's values and holdings."""
        for key, value, currency in self.account_values(account):
            self.send("accountValue", key=key, value=value, currency=currency, account=account)
        books, world = self.world.state.accounts[account], self.world
        for told in tell.portfolio(account, books, world.price, world.registry, moved or []):
            self.hear(told)
        self.send("accountTime", time=f"{world.clock:%H:%M}")

    def show_multi(self, number: int, account: str) -> None:
        """Tell an account's values to a request that watches it."""
        for key, value, currency in self.account_values(account):
            self.send("accountUpdateMulti", reqId=number, account=account, key=key, value=value, currency=currency)

    def account_values(self, account: str) -> Iterator[tuple[str, str, str]]:
        """Keys, values and currencies of an account."""
        yield "AccountCode", account, ""
        yield "AccountType", "INDIVIDUAL", ""
        worth = self.world.state.accounts[account].worth(self.world.price)
        for key, value in worth.values().items():
            yield key, f"{value:.2f}", "USD"

    # --- how fast it asks ---

    def met(self, now: float) -> bool:
        """Count a message that came at an instant; whether it was one too many.

        So many a second may come, as many at once: a machine that is late with reading makes nobody fast.
        """
        self._times.append(now)
        while self._times[0] <= now - 1.0:
            self._times.popleft()
        self.messages += 1
        self.peak = max(self.peak, len(self._times))
        allowed = self.world.state.manners.rate
        self._allowance = min(allowed, self._allowance + (now - self._counted) * allowed) - 1
        self._counted = now
        if self._allowance >= 0:
            return False
        self._allowance, self.strikes = 0.0, self.strikes + 1
        return True

    @property
    def rate(self) -> Rate:
        """How fast it asked until now."""
        return Rate(client=self.client, messages=self.messages, peak=self.peak, strikes=self.strikes)

    def paced(self, asked: Message) -> bool:
        """Whether a historical request comes too soon after others."""
        now, same = monotonic(), str({name: value for name, value in asked.raw.items() if name != "reqId"})
        while self._asked and self._asked[0][0] < now - HISTORY[1]:
            self._asked.popleft()
        again = any(at > now - AGAIN and text == same for at, text in self._asked)
        self._asked.append((now, same))
        return self.world.state.manners.history and (again or len(self._asked) > HISTORY[0])

    def lines_left(self) -> int:
        """How many more lines there may be."""
        return self.world.state.manners.lines - len(self.lines)
