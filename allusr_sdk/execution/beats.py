"""What drives the engine: instants of the market and beats between them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nautilus_trader.core.data import Data
from nautilus_trader.model.identifiers import ClientId

from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.views import MarketView

MARKET = ClientId("MARKET")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(nanoseconds: int) -> datetime:
    """An instant that nautilus counts since the epoch."""
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


class Beat(Data):  # type: ignore[misc]
    """An instant at which time passes and nothing is decided."""

    # Slots stand in for the base's properties: the engine asks for the instant some ten times an event.
    __slots__ = ("ts_event", "ts_init")

    def __init__(self, ts: int) -> None:
        self.ts_event = self.ts_init = ts  # nanoseconds since the epoch, UTC


class Instant(Beat):
    """One instant of the market as one event: its view holds a columnar chain for each underlying.

    `orders` is what the kernel has decided on it; None where it has not seen it yet.
    """

    def __init__(self, view: MarketView, ts: int, orders: Sequence[Order] | None = None) -> None:
        super().__init__(ts)
        self.view, self.orders = view, orders
