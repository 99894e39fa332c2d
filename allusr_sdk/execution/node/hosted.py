"""The desk as a live node hosts it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from nautilus_trader.cache.base import CacheFacade
from nautilus_trader.common.component import Clock, MessageBus
from nautilus_trader.model.events import OrderEvent, OrderFilled
from nautilus_trader.model.identifiers import TraderId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Price
from nautilus_trader.model.orders import Order as VenueOrder
from nautilus_trader.portfolio.base import PortfolioFacade

from allusr_sdk.execution.beats import MARKET, Instant
from allusr_sdk.execution.desk import Desk
from allusr_sdk.execution.opposite import Opposite
from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.events import Event
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook


class Thread(Protocol):
    """What a run's thread does for those who live in a node."""

    def later(self, deed: Callable[[], None]) -> None:
        """Do it outside nautilus's loop, behind what waits already."""
        ...

    def drain(self) -> None:
        """Let the node take up everything that it was given, and do what comes of it."""
        ...


class HostedDesk(Desk):
    """The same desk. What it hears of in nautilus's loop it does outside, and what it sends is sent when it returns.

    Its clock is the market's: nautilus's own follows the wall, and no rule of ours asks for that.
    """

    def __init__(
        self,
        thread: Thread,
        market_clock: Clock,
        *,
        decide: Callable[[MarketView], Iterable[Order]],
        heard: Callable[[Event, datetime], None],
        settled: Callable[[OrderFilled, str], None],
        rules: Rulebook,
        opposite: Opposite,
    ) -> None:
        super().__init__(decide=decide, heard=heard, settled=settled, rules=rules, opposite=opposite)
        self._thread, self._market_clock = thread, market_clock

    def register(
        self, trader_id: TraderId, portfolio: PortfolioFacade, msgbus: MessageBus, cache: CacheFacade, clock: Clock
    ) -> None:
        """Nautilus puts the desk into its node."""
        super().register(trader_id, portfolio, msgbus, cache, self._market_clock)

    def on_data(self, data: Instant) -> None:
        """One pass of the kernel."""
        act = super().on_data
        self._thread.later(lambda: act(data))

    def on_order_event(self, event: OrderEvent) -> None:
        """Translate what the broker says."""
        act = super().on_order_event
        self._thread.later(lambda: act(event))

    def submit_order(self, order: VenueOrder) -> None:
        """Send an order."""
        super().submit_order(order)
        self._thread.drain()

    def modify_order(self, order: VenueOrder, price: Price) -> None:
        """Move an order's limit."""
        super().modify_order(order, price=price)
        self._thread.drain()

    def cancel_order(self, order: VenueOrder) -> None:
        """Ask for an order's end."""
        super().cancel_order(order)
        self._thread.drain()

    def _show(self, endpoint: str, message: Instrument) -> None:
        self.request_instrument(message.id, client_id=MARKET)
        self._thread.drain()
