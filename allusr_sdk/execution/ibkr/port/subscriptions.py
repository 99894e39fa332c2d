"""Values that stream: each subscription has a queue of its own, and is asked for again when it was lost."""

# mypy: disable-error-code="no-untyped-call"

from collections import deque
from collections.abc import Iterator

from attrs import Factory, define

from allusr_sdk.execution.ibkr.port import wording
from allusr_sdk.execution.ibkr.port.gateway import Gateway
from allusr_sdk.execution.ibkr.records import Asset, Tick

MOST = 10_000
"""Ticks that wait in one queue; the oldest go first."""


@define(eq=False)
class Subscription:
    """One market data line.

    Attributes:
        generics: generic tick types, as `100,101,106`.
        number: of the request that feeds it now; what an earlier one says is not listened to.
        asked: how often it was asked for; another connection may give the same number again.
    """

    asset: Asset
    generics: str
    number: int = -1
    asked: int = 0
    ticks: deque[Tick] = Factory(lambda: deque(maxlen=MOST))

    def taken(self) -> Iterator[Tick]:
        """What came since the last time, oldest first."""
        while self.ticks:
            yield self.ticks.popleft()


class Subscriptions:
    """All lines of a port; used in the loop's thread alone."""

    def __init__(self) -> None:
        self._all: list[Subscription] = []
        self._fed: dict[int, Subscription] = {}

    def add(self, line: Subscription, gateway: Gateway) -> None:
        """Ask for a new line."""
        self._all.append(line)
        self._ask(line, gateway)

    def drop(self, line: Subscription, gateway: Gateway) -> None:
        """Cancel a line; one that is not there any more is left."""
        if line in self._all:
            self._all.remove(line)
            self._fed.pop(line.number, None)
            gateway.client.cancelMktData(line.number)

    def renew(self, line: Subscription, gateway: Gateway) -> None:
        """Ask again for a line that TWS feeds no more, under a new number."""
        if line in self._all:
            self._fed.pop(line.number, None)
            line.ticks.clear()
            self._ask(line, gateway)

    def again(self, gateway: Gateway) -> None:
        """All lines were lost: ask for each under a new number, with nothing of before in its queue."""
        self._fed.clear()
        for line in self._all:
            line.ticks.clear()
            self._ask(line, gateway)

    def ticked(self, number: int, tick: Tick) -> None:
        """A value came."""
        if number in self._fed:
            self._fed[number].ticks.append(tick)

    def _ask(self, line: Subscription, gateway: Gateway) -> None:
        line.number, line.asked = gateway.client.getReqId(), line.asked + 1
        self._fed[line.number] = line
        gateway.client.reqMktData(line.number, wording.contract_of(line.asset), line.generics, False, False, [])
