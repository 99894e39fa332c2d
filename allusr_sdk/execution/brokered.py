"""A venue that is a broker: the same desk and the same steps of time, orders and fills by a connection."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from allusr_sdk.contracts.broker import Broker
from allusr_sdk.execution.line import Line
from allusr_sdk.execution.node.bridge import Bridge
from allusr_sdk.execution.node.host import Node
from allusr_sdk.execution.node.hosted import HostedDesk
from allusr_sdk.execution.venue import Ears
from allusr_sdk.model.broker import Statement
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook


class BrokerVenue(Node):
    """One account at a broker. Its positions and its cash are what the broker says, and nothing is simulated."""

    def __init__(self, ears: Ears, rules: Rulebook, broker: Broker, book: Callable[[], Book]) -> None:
        super().__init__()
        self._ears, self._rules, self._broker, self._book = ears, rules, broker, book
        self.bridge: Bridge | None = None

    def build(self, positions: Sequence[Position], cash: Decimal) -> None:
        """Begin anew, without what has expired; a node whose orders still work goes on."""
        if self.bridge is not None and self.desk.working:
            return
        node = self.fresh()
        self.bridge = Bridge(self._broker, self, self._rules)
        node.kernel.exec_engine.register_client(self.bridge)
        self.open(HostedDesk(
            self, self.clock,
            decide=self._ears.decide, heard=self._ears.heard, settled=self._ears.settled, rules=self._rules,
            opposite=Line(self.bridge, self._rules, lambda: self.desk.close, self._book),
        ))  # fmt: skip

    @property
    def worn(self) -> bool:
        """A node is always worth being built anew."""
        return True

    def settle(self, view: MarketView, prices: Mapping[str, Decimal], contracts: Sequence[Contract]) -> None:
        """The broker settles; what became of an expiry is read from its next statement (B10)."""

    def statement(self, at: datetime) -> Statement | None:
        """What the broker says of the account, after all that it had to say of orders; None where nobody answers."""
        bridge = self._bridge
        bridge.hear(at)
        bridge.strays.clear()
        return bridge.statement(at)

    def end(self, key: str) -> None:
        """Ask for the end of an order, of this engine or not."""
        self._bridge.end(key)

    @property
    def answers(self) -> bool:
        """Whether the last question was answered."""
        return not self._bridge.silent

    @property
    def _bridge(self) -> Bridge:
        assert self.bridge is not None
        return self.bridge

    def dispose(self) -> None:
        """End the node; the broker keeps what it has."""
        super().dispose()
        self.bridge = None
