"""What drives the engine: instants of the market and beats between them."""

from datetime import datetime

from nautilus_trader.core.data import Data
from nautilus_trader.model.identifiers import ClientId

from allusr_sdk.model.calendar import UTC
from allusr_sdk.model.views import MarketView

MARKET = ClientId("MARKET")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Beat(Data):  # type: ignore[misc]
    """An instant at which time passes and nothing is decided."""

    def __init__(self, ts: int) -> None:
        self._ts = ts

    @property
    def ts_event(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        return self._ts

    @property
    def ts_init(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        return self._ts


class Instant(Beat):
    """One instant of the market as one event: its view holds a columnar chain for each underlying."""

    def __init__(self, view: MarketView, ts: int) -> None:
        super().__init__(ts)
        self.view = view
