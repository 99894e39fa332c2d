"""The other side of a desk whose orders go to a broker: nothing is simulated, everything is asked."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from nautilus_trader.cache.cache import Cache
from nautilus_trader.model.events import OrderFilled

from allusr_sdk.execution.live import Live
from allusr_sdk.execution.node.bridge import Bridge
from allusr_sdk.execution.showing import Showing
from allusr_sdk.kernel.case import explained
from allusr_sdk.kernel.shadow import named
from allusr_sdk.model.broker import Part, Statement, Ticket, reference
from allusr_sdk.model.positions import Book
from allusr_sdk.rulebook import Rulebook


class Line:
    """A line to a broker. Unknown is what the broker was not heard to have taken, until it was asked."""

    def __init__(
        self, bridge: Bridge, rules: Rulebook, close: Callable[[], datetime], book: Callable[[], Book]
    ) -> None:  # fmt: skip
        self._bridge, self._rules, self._close, self._book = bridge, rules, close, book

    def meet(self, showing: Showing, cache: Cache) -> None:
        """Nothing is shown to a broker."""

    def turn(self) -> None:
        """Hear what happened since the last instant."""
        self._bridge.hear()

    def takes(self, live: Live, now: datetime) -> bool:
        """Write the order's ticket; entries end by themselves after some minutes, others with the session (KS-9)."""
        order, close = live.order, self._close()
        soon = now + timedelta(minutes=self._rules.integer("KS-9.entry_minutes"))
        self._bridge.expect(order.key, Ticket(
            reference=reference(order.key), limit=order.prices[live.rung],
            legs=tuple(Part(leg.name, leg.quantity, leg.bid, leg.ask) for leg in order.legs),
            until=min(soon, close) if order.opening else close,
        ))  # fmt: skip
        return True

    def refuses(self, live: Live) -> str:
        """A broker says so by itself."""
        return ""

    def silences(self, live: Live) -> bool:
        """Whatever the broker says is heard."""
        return False

    def repeats(self, execution: str) -> bool:
        """A broker repeats by itself, under the execution's id."""
        return False

    def cut(self, now: datetime) -> bool:
        """Whether the broker answers nothing; one that fell silent is asked again."""
        if self._bridge.silent:
            self._bridge.hear()
        return self._bridge.silent

    def arrived(self, live: Live) -> bool | None:
        """Whether the broker took the order or said anything of it; None where that is unknown."""
        return True if live.heard or self._bridge.took(live.order.key) else None

    def knows(self, live: Live, now: datetime, *, cut: bool) -> bool | None:
        """Ask for the account, and look for the order's reference among its orders and executions (RULE-2).

        Where it is at neither, and what it trades is held otherwise than the books say, it may have filled and its
        execution not be told yet: that is unknown, and no reason to send it again.
        """
        found = None if cut else self._bridge.statement()
        if found is None:
            return None
        self._bridge.hear()
        name = reference(live.order.key)
        orders, fills = (one.reference for one in found.orders), (one.reference for one in found.executions)
        if live.heard or name in {*orders, *fills}:
            return True
        return None if self._moved(live, found) else False

    def _moved(self, live: Live, found: Statement) -> bool:
        book, legs = self._book(), {leg.name for leg in live.order.legs}
        ours, theirs = Counter[str](), Counter[str]()
        for position in book.positions:
            ours[position.contract.osi if position.contract else position.symbol] += position.quantity
        for holding in found.holdings:
            theirs[named(holding.instrument)] += holding.quantity
        return any(theirs[leg] not in (ours[leg], ours[leg] + explained(book, leg)) for leg in legs)

    def trade(self, live: Live, *, end_of_day: bool) -> None:
        """Hear what happened."""
        self._bridge.hear()

    def insist(self, live: Live) -> None:
        """Ask once more for an order's end (KS-6)."""
        self._bridge.end(live.order.key)

    def name(self, live: Live, event: OrderFilled) -> str:
        """The broker's own id."""
        return str(event.trade_id.value)
