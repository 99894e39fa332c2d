"""The one nautilus Strategy of an account: it hosts the kernel, works its orders and tells it what happened."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from attrs import evolve
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import DataType
from nautilus_trader.model.enums import OrderSide
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
from nautilus_trader.model.identifiers import ClientOrderId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from allusr_sdk.execution.beats import EPOCH, MARKET, Instant
from allusr_sdk.execution.faults import Wire
from allusr_sdk.execution.fills import Draws, InsideSpread
from allusr_sdk.execution.legs import places, requoted, touches, width
from allusr_sdk.execution.live import Live, Slices, filled
from allusr_sdk.execution.showing import RESTORED, Showing
from allusr_sdk.kernel.orders import Order, next_version
from allusr_sdk.model.calendar import UTC
from allusr_sdk.model.events import Event, OrderChanged
from allusr_sdk.model.positions import Position
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook

_STATUS = {
    OrderAccepted: "accepted",
    OrderUpdated: "repriced",
    OrderCanceled: "canceled",
    OrderExpired: "expired",
    OrderRejected: "rejected",
    OrderDenied: "denied",
}


class Desk(Strategy):  # type: ignore[misc]
    """Works orders by their ladders and translates the venue's events. Keeps nothing that the journal does not."""

    def __init__(
        self,
        *,
        decide: Callable[[MarketView], Iterable[Order]],
        heard: Callable[[Event, datetime], None],
        settled: Callable[[OrderFilled, str], None],
        rules: Rulebook,
        draws: Draws,
        model: InsideSpread,
        positions: Iterable[Position],
        wire: Wire,
    ) -> None:
        super().__init__(StrategyConfig(strategy_id="KERNEL-001"))
        self._decide, self._heard, self._settled = decide, heard, settled
        self._rules, self._draws, self._model, self._restore = rules, draws, model, tuple(positions)
        self._wire = wire
        self._live: dict[str, Live] = {}
        self._slices: dict[str, Slices] = {}
        self._view: MarketView | None = None
        self._close, self._end_of_day = EPOCH, False

    # --- nautilus calls ---

    def on_start(self) -> None:
        """Subscribe to the market and take up the positions that the books hold."""
        self._showing = Showing(
            lambda endpoint, message: self.msgbus.send(endpoint=endpoint, msg=message), self.clock.timestamp_ns
        )
        self.subscribe_data(DataType(Instant), client_id=MARKET)
        for number, position in enumerate(self._restore):
            self._showing.take_up(position, number, self.trader_id, self.id)

    def on_data(self, data: Instant) -> None:
        """One pass of the kernel; its orders leave at once, slices each at its own instant (LQ-3)."""
        self._view = data.view
        self._close = data.view.session.close.astimezone(UTC)
        self._end_of_day = data.view.grain is Grain.EOD
        for order in self._decide(data.view):
            self._take(order)

    def on_order_event(self, event: OrderEvent) -> None:
        """Translate what the venue says."""
        if isinstance(event, OrderFilled):
            self._on_fill(event)
        elif type(event) in _STATUS and (live := self._live.get(event.client_order_id.value)):
            self._on_status(live, _STATUS[type(event)], event)

    # --- sending ---

    @property
    def working(self) -> bool:
        """Whether any order has no end yet, slices that have not left included."""
        return any(not live.over for live in self._live.values())

    def _take(self, order: Order) -> None:
        now = self._now()
        live = Live(order, now, now + timedelta(seconds=order.delay + order.step_seconds * len(order.prices)))
        self._live[order.key] = live
        self._slices.setdefault(order.group, Slices.of(order))
        if order.delay:
            self._alert(f"{order.key}/send", order.delay, lambda _: self._due(live))
        else:
            self._send(live)

    def _due(self, live: Live) -> None:
        """A slice's instant: it leaves unless the session, its parent or the market says otherwise (LQ-3)."""
        if live.over:
            return
        if self._shut:
            self._end(live, "CAD-1", "the session closed before it left")
        elif why := self._stopped(live):
            self._end(live, "LQ-3", why)
        else:
            self._send(live)

    def _stopped(self, live: Live) -> str:
        """Why a slice must not leave, or an empty text; what reduces risk is held by its parent alone (RULE-0)."""
        order = live.order
        parent = self._live.get(order.parent)
        if parent is not None and parent.over and parent.rule not in ("ORD-1", "ORD-2"):
            return f"its parent was stopped by {parent.rule}"
        if not order.opening:
            return ""
        live.order = requoted(order, self._view, live.decided)
        wide, most = width(live.order), self._rules.money("LQ-1.spread")
        if wide is None or wide > most:
            return f"spread {wide:.2%} > {most:.0%}" if wide is not None else "no sound quote of it any more"
        slipped, limit = self._slices[order.group].slippage, self._rules.money("LQ-3.slippage")
        return f"slippage {slipped:.2%} > {limit:.0%} of the first mid" if slipped > limit else ""

    def _send(self, live: Live) -> None:
        order = live.order
        instrument = self._showing.instrument(order)
        self._showing.quote(order, instrument, touches(order)[0])
        side = OrderSide.SELL if order.selling else OrderSide.BUY
        live.venue = self.order_factory.limit(
            instrument.id, side, Quantity.from_int(order.quantity), Price(order.prices[0], places(order)),
            client_order_id=ClientOrderId(order.key),
        )  # fmt: skip
        if self._wire.carries(order.key, self._now()):
            if self._wire.faults.rejects(order.key):
                self._end(live, "ORD-1", "rejected by the venue", status="rejected")
                return
            self.submit_order(live.venue)
        self._listen(live)
        self._wait(live)

    # --- silence (ORD-2) ---

    def _listen(self, live: Live) -> None:
        wait = timedelta(seconds=self._rules.integer("ORD-2.acknowledge_seconds"))
        self.clock.set_time_alert(f"{live.order.key}/ack", self._now() + wait, lambda _: self._unheard(live))

    def _unheard(self, live: Live) -> None:
        """Seconds after sending: where nothing was heard, ask the venue; only what it does not know is sent again."""
        if live.over or live.heard:
            return
        if self._cut and self._now() < live.until:
            self._listen(live)  # nobody answers: it is not known that the venue does not know it
            return
        live.heard = True
        if self._known(live):
            self._say(live, "accepted", self._now(), rule="ORD-2", why="not acknowledged; asked, the venue knows it")
        else:
            self._resend(live)

    def _known(self, live: Live) -> bool:
        found = self.cache.order(ClientOrderId(live.order.key))
        return found is not None and found.venue_order_id is not None

    def _resend(self, live: Live) -> None:
        """End the version that was lost, then journal and send the next: reserves never count twice (RULE-2)."""
        order, now = live.order, self._now()
        silent = (
            f"not acknowledged in {self._rules.integer('ORD-2.acknowledge_seconds')} s, and the venue does not know it"
        )
        self._end(live, "ORD-2", silent, status="denied")
        if self._shut or now >= live.until:
            return
        again = evolve(order, key=next_version(order.key), parent=order.group, delay=0)
        why = f"{order.key} was {silent}: sent again"
        self._heard(again.intent(again.action, why, {"version of": order.key}), now)
        self._live[again.key] = renewed = Live(again, live.decided, live.until)
        self._send(renewed)

    # --- walking ---

    def _wait(self, live: Live) -> None:
        if not live.over:
            self._alert(f"{live.order.key}/{live.rung}", live.order.step_seconds, lambda _: self._pulse(live))

    def _pulse(self, live: Live) -> None:
        """The end of a rung: draw for a fill, else walk on. What the venue cannot hear or never got stands still."""
        if live.over:
            return
        if self._cut or not (self._arrived(live) or self._shut):
            self._wait(live)
        elif live.leaving:
            self._cancel(live, *live.leaving)
        elif not self._drawn(live):
            self._walk(live)

    def _walk(self, live: Live) -> None:
        """One rung on, else cancel; nothing works beyond the close."""
        order = live.order
        if self._shut:
            self._cancel(live, "CAD-1", "the session closed")
            return
        if live.rung + 1 == len(order.prices):
            self._cancel(live, "ORD-1", "ladder ended")
            return
        live.rung += 1
        if order.prices[live.rung] != order.prices[live.rung - 1]:
            self.modify_order(live.venue, price=Price(order.prices[live.rung], places(order)))
        self._wait(live)

    def _drawn(self, live: Live) -> bool:
        """Whether the draw for this rung ended the order; end-of-day data fills at the touch alone (CAD-14)."""
        order = live.order
        near, far = touches(order)
        price = order.prices[live.rung]
        if self._end_of_day or not self._draws.fills(order.key, live.rung, price=price, near=near, far=far):
            return False
        self._model.granted.add(order.key)
        self._showing.quote(order, self._showing.instrument(order), price)
        self._model.granted.discard(order.key)
        return live.over

    def _alert(self, name: str, seconds: int, act: Callable[[object], None]) -> None:
        """Act some seconds from now, at the close at the latest."""
        now = self._now()
        when = now + timedelta(seconds=seconds)
        self.clock.set_time_alert(name, min(when, self._close) if now < self._close else when, act)

    # --- ending ---

    def cancel(self, reasons: Mapping[str, tuple[str, str]]) -> None:
        """Cancel working orders by key, each by the kernel's rule and for its reason (KS-6, PE-7, CAD-7)."""
        for key, (rule, why) in reasons.items():
            live = self._live.get(key)
            if live is not None and not live.over:
                self._cancel(live, rule, why)

    def _cancel(self, live: Live, rule: str, why: str) -> None:
        """Cancel at the venue, once it can be reached; what never got there just ends."""
        live.rule, live.why = rule, why
        if not self._arrived(live):
            self._end(live, rule, why)
        elif self._cut:
            live.leaving = (rule, why)
        else:
            self.cancel_order(live.venue)

    def _arrived(self, live: Live) -> bool:
        return self.cache.order(ClientOrderId(live.order.key)) is not None

    def _end(self, live: Live, rule: str, why: str, *, status: str = "canceled") -> None:
        live.ended, live.rule = True, rule
        self._say(live, status, self._now(), rule=rule, why=why)

    # --- what the venue says ---

    def _on_status(self, live: Live, status: str, event: OrderEvent) -> None:
        if status == "accepted" and self._wire.faults.silences(live.order.key):
            return
        live.heard = True
        reason = getattr(event, "reason", "") or (live.why if status == "canceled" else "")
        self._say(live, status, _when(event), rule=live.rule, why=str(reason))

    def _say(self, live: Live, status: str, at: datetime, *, rule: str, why: str) -> None:
        order = live.order
        self._heard(OrderChanged(
            ledger=order.ledger, symbol=order.symbol, rule=rule, key=order.key, status=status,
            price=order.prices[live.rung] if status in ("accepted", "repriced") else None, reason=why,
        ), at)  # fmt: skip

    def _on_fill(self, event: OrderFilled) -> None:
        name = event.client_order_id.value
        if name.startswith(RESTORED):
            return
        if self.cache.instrument(event.instrument_id).is_spread():
            self._live[name].net = event.last_px.as_decimal()
            self._got(self._live[name], event)
            return
        live = self._live.get(name.split("-LEG-")[0])
        if live is None:
            tags = self.cache.order(event.client_order_id).tags or [""]
            self._settled(event, tags[0])
            return
        if len(live.order.legs) == 1:
            self._got(live, event)
        live.executions += 1
        execution, at = filled(live, event), _when(event)
        self._heard(execution, at)
        if self._wire.faults.repeats(execution.execution):
            self._heard(execution, at)

    def _got(self, live: Live, event: OrderFilled) -> None:
        live.heard = True
        self._slices[live.order.group].take(event.last_px.as_decimal(), int(event.last_qty))

    # --- time ---

    def _now(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.clock.timestamp_ns() // 1000)

    @property
    def _cut(self) -> bool:
        """Whether the venue cannot be reached; orders for the day end with the session, reached or not."""
        return self._wire.cut(self._now()) and not self._shut

    @property
    def _shut(self) -> bool:
        """Whether the session is over; end-of-day data has no other instant (CAD-14)."""
        return self._now() >= self._close and not self._end_of_day


def _when(event: OrderEvent) -> datetime:
    return EPOCH + timedelta(microseconds=event.ts_event // 1000)
