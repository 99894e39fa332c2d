"""The other side of a simulated desk: whether an order arrives, is acknowledged, and fills in a step of its ladder."""

from datetime import datetime

from nautilus_trader.cache.cache import Cache
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import ClientOrderId

from allusr_sdk.execution.faults import Wire
from allusr_sdk.execution.fills import Draws, InsideSpread
from allusr_sdk.execution.legs import touches
from allusr_sdk.execution.live import Live
from allusr_sdk.execution.showing import Showing


class Crowd:
    """Who trades against the simulated venue's orders, at the far end of a wire that may have faults."""

    def __init__(self, draws: Draws, model: InsideSpread, wire: Wire) -> None:
        self._draws, self._model, self._wire = draws, model, wire

    def meet(self, showing: Showing, cache: Cache) -> None:
        """Take the place opposite a desk that starts."""
        self._showing, self._cache = showing, cache

    def turn(self) -> None:
        """Nothing is heard that was not caused."""

    def takes(self, live: Live, now: datetime) -> bool:
        """Whether an order that is sent now arrives."""
        order = live.order
        self._showing.quote(order, self._showing.instrument(order), touches(order)[0])
        return self._wire.carries(order.key, now)

    def refuses(self, live: Live) -> str:
        """Why an order that arrives is not accepted; empty where it is."""
        return "rejected by the venue" if self._wire.faults.rejects(live.order.key) else ""

    def silences(self, live: Live) -> bool:
        """Whether the acknowledgement of an order is lost."""
        return self._wire.faults.silences(live.order.key)

    def repeats(self, execution: str) -> bool:
        """Whether an execution is told twice."""
        return self._wire.faults.repeats(execution)

    def cut(self, now: datetime) -> bool:
        """Whether nothing passes."""
        return self._wire.cut(now)

    def arrived(self, live: Live) -> bool:
        """Whether an order is on the other side."""
        return self._cache.order(ClientOrderId(live.order.key)) is not None

    def knows(self, live: Live, now: datetime, *, cut: bool) -> bool | None:
        """The same, asked; None while nobody answers and its ladder has time left."""
        if cut and now < live.until:
            return None
        found = self._cache.order(ClientOrderId(live.order.key))
        return found is not None and found.venue_order_id is not None

    def trade(self, live: Live, *, end_of_day: bool) -> None:
        """A step of a ladder is over: draw whether it fills; end-of-day data fills at the touch alone (CAD-14)."""
        order = live.order
        near, far = touches(order)
        price = order.prices[live.rung]
        if end_of_day or not self._draws.fills(order.key, live.rung, price=price, near=near, far=far):
            return
        self._model.granted.add(order.key)
        self._showing.quote(order, self._showing.instrument(order), price)
        self._model.granted.discard(order.key)

    def insist(self, live: Live) -> None:
        """A simulated venue ends at once what is cancelled."""

    def name(self, live: Live, event: OrderFilled) -> str:
        """Executions are counted, order by order."""
        return f"{live.order.key}#{live.executions}"
