"""The one nautilus Strategy of an account: it hosts the kernel, works its orders and tells it what happened."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import define
from nautilus_trader.config import StrategyConfig
from nautilus_trader.core.data import Data
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import DataType, QuoteTick
from nautilus_trader.model.enums import LiquiditySide, OrderSide, OrderType
from nautilus_trader.model.events import (
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderUpdated,
)
from nautilus_trader.model.identifiers import (
    AccountId,
    ClientId,
    ClientOrderId,
    InstrumentId,
    TradeId,
    VenueOrderId,
)
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from allusr_sdk.execution.fills import DEPTH, Draws, InsideSpread
from allusr_sdk.execution.instruments import OPTION_PLACES, SHARE_PLACES, VENUE, option, spread, underlying
from allusr_sdk.execution.legs import leg_prices, listed, places, touches
from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.calendar import UTC
from allusr_sdk.model.events import Event, Filled, OrderChanged
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.money import price as dollars
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Position
from allusr_sdk.model.views import Grain, MarketView

MARKET = ClientId("MARKET")
RESTORED = "RESTORE-LEG"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_STATUS = {
    OrderAccepted: "accepted",
    OrderUpdated: "repriced",
    OrderCanceled: "canceled",
    OrderExpired: "expired",
    OrderRejected: "rejected",
    OrderDenied: "denied",
}


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


@define
class Live:
    """A working order: ours and nautilus's.

    Attributes:
        rung: of its ladder.
        executions: how many it has had.
        net: what a combo's last execution cost per share.
        rule, why: of its cancellation.
    """

    order: Order
    venue: Any
    rung: int = 0
    executions: int = 0
    net: Decimal = ZERO
    rule: str = "ORD-1"
    why: str = ""


class Desk(Strategy):  # type: ignore[misc]
    """Works orders by their ladders and translates the venue's events. Keeps nothing that the journal does not."""

    def __init__(
        self,
        *,
        decide: Callable[[MarketView], Iterable[Order]],
        heard: Callable[[Event, datetime], None],
        settled: Callable[[OrderFilled, str], None],
        draws: Draws,
        model: InsideSpread,
        positions: Iterable[Position],
    ) -> None:
        super().__init__(StrategyConfig(strategy_id="KERNEL-001"))
        self._decide, self._heard, self._settled = decide, heard, settled
        self._draws, self._model, self._restore = draws, model, tuple(positions)
        self._live: dict[str, Live] = {}
        self._known: set[InstrumentId] = set()
        self._close, self._end_of_day = EPOCH, False

    # --- nautilus calls ---

    def on_start(self) -> None:
        """Subscribe to the market and take up the positions that the books hold."""
        self.subscribe_data(DataType(Instant), client_id=MARKET)
        for number, position in enumerate(self._restore):
            self._take_up(position, number)

    def on_data(self, data: Instant) -> None:
        """One pass of the kernel; its orders leave at once."""
        self._close = data.view.session.close.astimezone(UTC)
        self._end_of_day = data.view.grain is Grain.EOD
        for order in self._decide(data.view):
            self._send(order)

    def on_order_event(self, event: OrderEvent) -> None:
        """Translate what the venue says."""
        if isinstance(event, OrderFilled):
            self._on_fill(event)
        elif type(event) in _STATUS and (live := self._live.get(event.client_order_id.value)):
            self._report(live, _STATUS[type(event)], event)

    # --- orders ---

    @property
    def working(self) -> bool:
        """Whether any order has no end yet."""
        return any(not live.venue.is_closed for live in self._live.values())

    def _send(self, order: Order) -> None:
        instrument = self._instrument(order)
        self._quote(order, instrument, touches(order)[0])
        side = OrderSide.SELL if order.selling else OrderSide.BUY
        venue_order = self.order_factory.limit(
            instrument.id, side, Quantity.from_int(order.quantity), Price(order.prices[0], places(order)),
            client_order_id=ClientOrderId(order.key),
        )  # fmt: skip
        self._live[order.key] = Live(order, venue_order)
        self.submit_order(venue_order)
        self._wait(order)

    def _wait(self, order: Order) -> None:
        live = self._live[order.key]
        if live.venue.is_closed:
            return
        now = self.clock.utc_now()
        when = now + timedelta(seconds=order.step_seconds)
        until = min(when, self._close) if now < self._close else when
        self.clock.set_time_alert(f"{order.key}/{live.rung}", until, lambda _: self._pulse(order))

    def _pulse(self, order: Order) -> None:
        """The end of a rung: draw for a fill, else go one rung on, else cancel; nothing works beyond the close."""
        live = self._live[order.key]
        if live.venue.is_closed or self._drawn(live):
            return
        if self.clock.utc_now() >= self._close and not self._end_of_day:
            self._cancel(live, "CAD-1", "the session closed")
            return
        if live.rung + 1 == len(order.prices):
            self._cancel(live, "ORD-1", "ladder ended")
            return
        live.rung += 1
        self.modify_order(live.venue, price=Price(order.prices[live.rung], places(order)))
        self._wait(order)

    def _drawn(self, live: Live) -> bool:
        """Whether the draw for this rung ended the order; end-of-day data fills at the touch alone (CAD-14)."""
        order = live.order
        near, far = touches(order)
        price = order.prices[live.rung]
        if self._end_of_day or not self._draws.fills(order.key, live.rung, price=price, near=near, far=far):
            return False
        self._model.granted.add(order.key)
        self._quote(order, self._instrument(order), price)
        self._model.granted.discard(order.key)
        return bool(live.venue.is_closed)

    def cancel(self, keys: Iterable[str]) -> None:
        """Cancel working orders by key, as the kernel's switches and freezes ask (KS-6, PE-7)."""
        for key in keys:
            live = self._live.get(key)
            if live is not None and not live.venue.is_closed:
                self._cancel(live, "KS-6 PE-7", "stopped by a kill switch or a freeze")

    def _cancel(self, live: Live, rule: str, why: str) -> None:
        live.rule, live.why = rule, why
        self.cancel_order(live.venue)

    # --- instruments and quotes ---

    def _instrument(self, order: Order) -> Instrument:
        self._register(underlying(order.symbol))
        made = [self._register(listed(leg)) for leg in order.legs]
        if len(order.legs) == 1:
            return made[0]
        buy, sell = (leg.instrument for leg in order.legs)
        assert isinstance(buy, Contract)
        assert isinstance(sell, Contract)
        return self._register(spread(buy, sell))

    def _register(self, instrument: Instrument) -> Instrument:
        if instrument.id not in self._known:
            self._known.add(instrument.id)
            self.msgbus.send(endpoint="DataEngine.process", msg=instrument)
        return instrument

    def _quote(self, order: Order, instrument: Instrument, price: Decimal) -> None:
        """Show the venue the quote that an order was decided on, and its legs' prices if it fills at `price`."""
        if len(order.legs) == 1:
            leg = order.legs[0]
            self._show(self._tick(instrument.id, leg.bid, leg.ask, places(order)))
            return
        for leg, value in zip(order.legs, leg_prices(order, price), strict=True):
            # For the cache alone, from whose mids the venue prices legs: no resting order may meet it.
            self.msgbus.send(endpoint="DataEngine.process", msg=self._tick(listed(leg).id, value, value, OPTION_PLACES))
        near, far = touches(order)
        self._show(self._tick(instrument.id, far, near, OPTION_PLACES))

    def _tick(self, identifier: InstrumentId, bid: Decimal, ask: Decimal, digits: int) -> QuoteTick:
        now, size = self.clock.timestamp_ns(), Quantity.from_int(DEPTH)
        return QuoteTick(identifier, Price(bid, digits), Price(ask, digits), size, size, now, now)

    def _show(self, tick: QuoteTick) -> None:
        self.msgbus.send(endpoint=f"SimulatedExchange.process_new_quote.{VENUE}", msg=tick)
        self.msgbus.send(endpoint="DataEngine.process", msg=tick)

    # --- what the venue says ---

    def _report(self, live: Live, status: str, event: OrderEvent) -> None:
        order = live.order
        priced = status in ("accepted", "repriced")
        reason = getattr(event, "reason", "") or (live.why if status == "canceled" else "")
        self._heard(OrderChanged(
            ledger=order.ledger, symbol=order.symbol, rule=live.rule, key=order.key, status=status,
            price=order.prices[live.rung] if priced else None, reason=str(reason),
        ), _when(event))  # fmt: skip

    def _on_fill(self, event: OrderFilled) -> None:
        name = event.client_order_id.value
        if name.startswith(RESTORED):
            return
        if self.cache.instrument(event.instrument_id).is_spread():
            self._live[name].net = event.last_px.as_decimal()
            return
        key = name.split("-LEG-")[0]
        live = self._live.get(key)
        if live is None:
            tags = self.cache.order(event.client_order_id).tags or [""]
            self._settled(event, tags[0])
            return
        live.executions += 1
        self._heard(self._filled(live, event), _when(event))

    def _filled(self, live: Live, event: OrderFilled) -> Filled:
        order = live.order
        leg = next(leg for leg in order.legs if leg.name.replace(" ", "") == event.instrument_id.symbol.value)
        opening = order.opening if len(order.legs) == 1 else leg.quantity < 0
        sign = -1 if event.order_side == OrderSide.SELL else 1
        rolled = order.position if opening and len(order.legs) == 2 else None
        return Filled(
            ledger=order.ledger,
            symbol=order.symbol,
            rule=order.rule,
            key=order.key,
            execution=f"{order.key}#{live.executions}",
            instrument=leg.name,
            quantity=sign * int(event.last_qty),
            price=dollars(event.last_px.as_decimal()),
            fee=usd(event.commission.as_decimal()),
            touch=leg.bid if sign < 0 else leg.ask,
            opening=opening,
            cause=order.cause,
            rolls=order.rolls if rolled else 0,
            roll_debit=rolled.roll_debit + live.net if rolled else ZERO,
            first_credit=order.first_credit if rolled else ZERO,
        )

    # --- taking up positions ---

    def _take_up(self, position: Position, number: int) -> None:
        """Give the venue a position that the books hold, by a fill without an order."""
        share = underlying(position.symbol)
        self._register(share)
        instrument = self._register(option(position.contract)) if position.contract else share
        name = f"{RESTORED}-{number}"
        digits = OPTION_PLACES if position.contract else SHARE_PLACES
        self.msgbus.send(endpoint="ExecEngine.process", msg=OrderFilled(
            self.trader_id, self.id, instrument.id, ClientOrderId(name), VenueOrderId(name),
            AccountId(f"{VENUE}-001"), TradeId(name), None,
            OrderSide.SELL if position.short else OrderSide.BUY, OrderType.MARKET,
            Quantity.from_int(abs(position.quantity)), Price(restored_price(position), digits), USD, Money(0, USD),
            LiquiditySide.TAKER, UUID4(), self.clock.timestamp_ns(), self.clock.timestamp_ns(),
        ))  # fmt: skip


def _when(event: OrderEvent) -> datetime:
    return EPOCH + timedelta(microseconds=event.ts_event // 1000)


def restored_price(position: Position) -> Decimal:
    """The price at which a position is taken up: its average on the instrument's grid."""
    places = OPTION_PLACES if position.contract else SHARE_PLACES
    return position.price.quantize(Decimal(1).scaleb(-places))
