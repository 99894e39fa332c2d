"""Nautilus's side of the market in a live node: instants come in as data, instruments are made of their names."""

from collections.abc import Mapping, Sequence

from nautilus_trader.common.providers import InstrumentProvider
from nautilus_trader.data.messages import RequestInstrument, SubscribeData
from nautilus_trader.live.data_client import LiveMarketDataClient
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import CustomData, DataType
from nautilus_trader.model.identifiers import InstrumentId

from allusr_sdk.execution.beats import MARKET, Beat
from allusr_sdk.execution.instruments import named


class Contracts(InstrumentProvider):
    """Makes shares, contracts and combos of their names, in which all their terms stand: nobody is asked."""

    async def load_ids_async(
        self, instrument_ids: Sequence[InstrumentId], filters: Mapping[str, object] | None = None
    ) -> None:  # fmt: skip
        """Make what is not made yet."""
        for identifier in instrument_ids:
            if self.find(identifier) is None:
                self.add(named(identifier))


class Market(LiveMarketDataClient):
    """Hands on what the run's market says; views hold the quotes, so there is nothing else to subscribe to."""

    def __init__(self, node: TradingNode, contracts: Contracts) -> None:
        kernel = node.kernel
        super().__init__(
            loop=kernel.loop, client_id=MARKET, venue=None, msgbus=kernel.msgbus, cache=kernel.cache,
            clock=kernel.clock, instrument_provider=contracts,
        )  # fmt: skip

    def hand(self, event: Beat) -> None:
        """Let an instant in."""
        self._handle_data(CustomData(DataType(type(event)), event))

    # --- nautilus calls ---

    async def _connect(self) -> None:
        """The market is the run's: there is nothing to connect to."""

    async def _disconnect(self) -> None:
        """Nor to leave."""

    async def _subscribe(self, command: SubscribeData) -> None:
        """Instants come whether they are asked for or not."""

    async def _request_instrument(self, request: RequestInstrument) -> None:
        await self._instrument_provider.load_async(request.instrument_id)
        found = self._instrument_provider.find(request.instrument_id)
        self._handle_instrument(found, request.id, request.start, request.end, request.params)
