"""The one nautilus Strategy of an account: it hosts the kernel, works its orders and tells it what happened."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from attrs import evolve
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import DataType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.events import (
    OrderAccepted,
    OrderCanceled,
    OrderCancelRejected,
    OrderDenied,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModifyRejected,
    OrderRejected,
    OrderUpdated,
)
from nautilus_trader.model.identifiers import ClientOrderId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from allusr_sdk.execution.beats import EPOCH, MARKET, Instant, utc
from allusr_sdk.execution.legs import places, requoted, width
from allusr_sdk.execution.live import Live, Slices, filled
from allusr_sdk.execution.opposite import Opposite
from allusr_sdk.execution.showing import RESTORED, Showing
from allusr_sdk.kernel.orders import Order, next_version
from allusr_sdk.model.events import Event, OrderChanged, Paged
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
    OrderCancelRejected: "kept",
    OrderModifyRejected: "kept",
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
        opposite: Opposite,
        positions: Iterable[Position] = (),
    ) -> None:
        super().__init__(StrategyConfig(strategy_id="KERNEL-001", log_events=False))
        self._decide, self._heard, self._settled = decide, heard, settled
        self._rules, self._opposite, self._restore = rules, opposite, tuple(positions)
        self._live: dict[str, Live] = {}
        self._open: dict[str, Live] = {}  # those that had no end when the last instant began, and what came since
        self._slices: dict[str, Slices] = {}
        self._view: MarketView | None = None
        self.close, self._end_of_day = EPOCH, False

    # --- nautilus calls ---

    def on_start(self) -> None:
        """Subscribe to the market and take up the positions that the books hold."""
        self._showing = Showing(self._show, self.clock.timestamp_ns)
        self._opposite.meet(self._showing, self.cache)
        self.subscribe_data(DataType(Instant), client_id=MARKET)
        for number, position in enumerate(self._restore):
            self._showing.take_up(position, number, self.trader_id, self.id)

    def _show(self, endpoint: str, message: object) -> None:
        self.msgbus.send(endpoint=endpoint, msg=message)

    def on_data(self, data: Instant) -> None:
        """An instant: its orders leave at once, slices each at its own instant (LQ-3)."""
        for order in self.see(data.view) if data.orders is None else data.orders:
            self._take(order)

    def on_order_event(self, event: OrderEvent) -> None:
        """Translate what the venue says."""
        if isinstance(event, OrderFilled):
            self._on_fill(event)
        elif type(event) in _STATUS and (live := self._live.get(event.client_order_id.value)):
            self._on_status(live, _STATUS[type(event)], event)

    # --- sending ---

    def see(self, view: MarketView) -> Sequence[Order]:
        """One pass of the kernel: what it wants to be sent."""
        self._opposite.turn()
        self._open = {key: live for key, live in self._open.items() if not live.over}
        self._view, self.close = view, view.session.close.astimezone(UTC)
        self._end_of_day = view.grain is Grain.EOD
        return tuple(self._decide(view))

    @property
    def working(self) -> bool:
        """Whether any order has no end yet, slices that have not left included."""
        return any(not live.over for live in self._open.values())

    def _take(self, order: Order) -> None:
        now, lasts = self._now(), order.delay + order.step_seconds * len(order.prices)
        self._live[order.key] = self._open[order.key] = live = Live(order, now, now + timedelta(seconds=lasts))
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
        side = OrderSide.SELL if order.selling else OrderSide.BUY
        live.venue = self.order_factory.limit(
            instrument.id, side, Quantity.from_int(order.quantity), Price(order.prices[0], places(order)),
            client_order_id=ClientOrderId(order.key),
        )  # fmt: skip
        if self._opposite.takes(live, self._now()):
            if why := self._opposite.refuses(live):
                self._end(live, "ORD-1", why, status="rejected")
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
        known = self._opposite.knows(live, self._now(), cut=self._cut)
        if known is None:
            self._listen(live)  # nobody answers: it is not known that the venue does not know it
            return
        live.heard = True
        if known:
            self._say(live, "accepted", self._now(), rule="ORD-2", why="not acknowledged; asked, the venue knows it")
        elif live.leaving:
            self._end(live, *live.leaving)
        else:
            self._resend(live)

    def _resend(self, live: Live) -> None:
        """End the version that was lost, then journal and send the next: reserves never count twice (RULE-2)."""
        order, now = live.order, self._now()
        waited = self._rules.integer("ORD-2.acknowledge_seconds")
        silent = f"not acknowledged in {waited} s, and the venue does not know it"
        self._end(live, "ORD-2", silent, status="denied")
        if self._shut or now >= live.until:
            return
        again = evolve(order, key=next_version(order.key), parent=order.group, delay=0)
        why = f"{order.key} was {silent}: sent again"
        self._heard(again.intent(again.action, why, {"version of": order.key}), now)
        self._live[again.key] = self._open[again.key] = renewed = Live(again, live.decided, live.until)
        self._send(renewed)

    # --- walking ---

    def _wait(self, live: Live) -> None:
        if not live.over:
            self._alert(f"{live.order.key}/{live.rung}", live.order.step_seconds, lambda _: self._pulse(live))

    def _pulse(self, live: Live) -> None:
        """The end of a rung: it fills, or walks on. What the venue cannot hear or never got stands still."""
        if live.over:
            return
        if self._cut or not (self._opposite.arrived(live) or self._shut):
            self._wait(live)
        elif live.leaving:
            self._cancel(live, *live.leaving)
        else:
            self._opposite.trade(live, end_of_day=self._end_of_day)
            self._wait(live) if live.canceling else self._walk(live)

    def _walk(self, live: Live) -> None:
        """One rung on, else cancel; nothing works beyond the close."""
        order = live.order
        if live.over:
            return
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

    def _alert(self, name: str, seconds: int, act: Callable[[object], None]) -> None:
        """Act some seconds from now, at the close at the latest; once a name."""
        if name in self.clock.timer_names:
            return
        now = self._now()
        when = now + timedelta(seconds=seconds)
        self.clock.set_time_alert(name, min(when, self.close) if now < self.close else when, act)

    # --- ending ---

    def cancel(self, reasons: Mapping[str, tuple[str, str]]) -> None:
        """Cancel working orders by key, each by the kernel's rule and for its reason (KS-6, PE-7, CAD-7)."""
        for key, (rule, why) in reasons.items():
            live = self._live.get(key)
            if live is not None and not live.over:
                self._cancel(live, rule, why)

    def _cancel(self, live: Live, rule: str, why: str) -> None:
        """Cancel at the venue, once it can be reached; what never got there, or has not left yet, just ends."""
        if live.canceling:
            return
        live.rule, live.why = rule, why
        arrived = self._opposite.arrived(live) if live.venue is not None else False
        if arrived is False:
            self._end(live, rule, why)
        elif self._cut or arrived is None:
            live.leaving = (rule, why)
        else:
            live.leaving, live.canceling = (), True
            self.cancel_order(live.venue)
            self._confirm(live, 1)

    def _confirm(self, live: Live, tries: int) -> None:
        """Look for the end of an order that was asked for (KS-6)."""
        if not live.over:
            when = self._now() + timedelta(seconds=self._rules.integer("KS-6.confirm_seconds"))
            name = f"{live.order.key}/confirm{tries}"
            self.clock.set_time_alert(name, when, lambda _: self._unconfirmed(live, tries))
            self._wait(live)

    def _unconfirmed(self, live: Live, tries: int) -> None:
        """Still no end: ask for it again, three times, then a person is called; what fills meanwhile is booked."""
        if live.over:
            return
        most = self._rules.integer("KS-6.cancel_tries")
        if tries <= most:
            self._opposite.insist(live)  # nautilus passes on no second request for an end
            self._confirm(live, tries + 1)
            return
        why = f"CANCEL_UNCONFIRMED: no end of it in {most + 1} x {self._rules.integer('KS-6.confirm_seconds')} s"
        self._say(live, "unconfirmed", self._now(), rule="KS-6", why=why)
        order = live.order
        paged = Paged(ledger=order.ledger, symbol=order.symbol, rule="KS-6", subject=order.key, why=why)
        self._heard(paged, self._now())

    def _end(self, live: Live, rule: str, why: str, *, status: str = "canceled") -> None:
        live.ended, live.rule = True, rule
        self._say(live, status, self._now(), rule=rule, why=why)

    # --- what the venue says ---

    def _on_status(self, live: Live, status: str, event: OrderEvent) -> None:
        if status == "accepted" and self._opposite.silences(live):
            return
        live.heard = True
        rule, why = live.rule, getattr(event, "reason", "") or (live.why if status == "canceled" else "")
        if status == "expired":
            rule, why = "KS-9" if live.order.opening else "CAD-1", "its time was over: the broker ended it by itself"
        self._say(live, status, utc(event.ts_event), rule=rule, why=str(why))

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
        execution, at = filled(live, event, self._opposite.name(live, event)), utc(event.ts_event)
        self._heard(execution, at)
        if self._opposite.repeats(execution.execution):
            self._heard(execution, at)

    def _got(self, live: Live, event: OrderFilled) -> None:
        live.heard = True
        self._open[live.order.key] = live  # a part that fills behind a cancel opens the order again
        self._slices[live.order.group].take(event.last_px.as_decimal(), int(event.last_qty))

    # --- time ---

    def _now(self) -> datetime:
        return utc(self.clock.timestamp_ns())

    @property
    def _cut(self) -> bool:
        """Whether the venue cannot be reached; orders for the day end with the session, reached or not."""
        return not self._shut and self._opposite.cut(self._now())

    @property
    def _shut(self) -> bool:
        """Whether the session is over; end-of-day data has no other instant (CAD-14)."""
        return self._now() >= self.close and not self._end_of_day
