"""What the venue is shown: instruments when they are first needed, quotes that orders rest on, positions."""

from collections.abc import Callable
from decimal import Decimal

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import LiquiditySide, OrderSide, OrderType
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import (
    AccountId,
    ClientOrderId,
    InstrumentId,
    StrategyId,
    TradeId,
    TraderId,
    VenueOrderId,
)
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Money, Price, Quantity

from allusr_sdk.execution.fills import DEPTH
from allusr_sdk.execution.instruments import OPTION_PLACES, SHARE_PLACES, VENUE, option, spread, underlying
from allusr_sdk.execution.legs import leg_prices, places, touches
from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Position

RESTORED = "RESTORE-LEG"

type Traded = str | Contract | tuple[Contract, Contract]
"""What an instrument is of: a symbol, a contract, or a combo that buys the first and sells the second."""


class Showing:
    """Shows one venue instruments, quotes and positions; `send` takes an endpoint and a message, `now` gives UTC ns."""

    def __init__(self, send: Callable[[str, object], None], now: Callable[[], int]) -> None:
        self._send, self._now = send, now
        self._known: dict[Traded, Instrument] = {}

    def instrument(self, order: Order) -> Instrument:
        """What an order trades: its leg, or the combo of its two legs."""
        self.known(order.symbol)
        made = [self.known(leg.instrument) for leg in order.legs]
        if len(order.legs) == 1:
            return made[0]
        buy, sell = (leg.instrument for leg in order.legs)
        assert isinstance(buy, Contract)
        assert isinstance(sell, Contract)
        return self.known((buy, sell))

    def known(self, traded: Traded) -> Instrument:
        """An instrument, made and shown when it is first asked for."""
        if traded not in self._known:
            self._known[traded] = made = _made(traded)
            self._send("DataEngine.process", made)
        return self._known[traded]

    def quote(self, order: Order, instrument: Instrument, price: Decimal) -> None:
        """Show the quote that an order was decided on, and its legs' prices if it fills at `price`."""
        if len(order.legs) == 1:
            leg = order.legs[0]
            self._show(self._tick(instrument.id, leg.bid, leg.ask, places(order)))
            return
        for leg, value in zip(order.legs, leg_prices(order, price), strict=True):
            # For the cache alone, from whose mids the venue prices legs: no resting order may meet it.
            self._send("DataEngine.process", self._tick(self.known(leg.instrument).id, value, value, OPTION_PLACES))
        near, far = touches(order)
        self._show(self._tick(instrument.id, far, near, OPTION_PLACES))

    def _tick(self, identifier: InstrumentId, bid: Decimal, ask: Decimal, digits: int) -> QuoteTick:
        now, size = self._now(), Quantity.from_int(DEPTH)
        return QuoteTick(identifier, Price(bid, digits), Price(ask, digits), size, size, now, now)

    def _show(self, tick: QuoteTick) -> None:
        self._send(f"SimulatedExchange.process_new_quote.{VENUE}", tick)
        self._send("DataEngine.process", tick)

    def take_up(self, position: Position, number: int, trader: TraderId, strategy: StrategyId) -> None:
        """Give the venue a position that the books hold, by a fill without an order."""
        share = self.known(position.symbol)
        instrument = self.known(position.contract) if position.contract else share
        name = f"{RESTORED}-{number}"
        digits = OPTION_PLACES if position.contract else SHARE_PLACES
        self._send("ExecEngine.process", OrderFilled(
            trader, strategy, instrument.id, ClientOrderId(name), VenueOrderId(name),
            AccountId(f"{VENUE}-001"), TradeId(name), None,
            OrderSide.SELL if position.short else OrderSide.BUY, OrderType.MARKET,
            Quantity.from_int(abs(position.quantity)), Price(restored_price(position), digits), USD, Money(0, USD),
            LiquiditySide.TAKER, UUID4(), self._now(), self._now(),
        ))  # fmt: skip


def _made(traded: Traded) -> Instrument:
    match traded:
        case str():
            return underlying(traded)
        case Contract():
            return option(traded)
    return spread(*traded)


def restored_price(position: Position) -> Decimal:
    """The price at which a position is taken up: its average on the instrument's grid."""
    digits = OPTION_PLACES if position.contract else SHARE_PLACES
    return position.price.quantize(Decimal(1).scaleb(-digits))
