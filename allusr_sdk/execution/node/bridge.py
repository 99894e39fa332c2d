"""A broker's connection as nautilus knows it: orders go out to it, and what it tells of them comes in as events."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import CancelOrder, ModifyOrder, SubmitOrder
from nautilus_trader.live.execution_client import LiveExecutionClient
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.enums import AccountType, LiquiditySide, OmsType, OrderSide, OrderStatus, OrderType
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import AccountId, ClientId, ClientOrderId, TradeId, VenueOrderId
from nautilus_trader.model.objects import AccountBalance, Money, Price, Quantity
from nautilus_trader.model.orders import Order

from allusr_sdk.contracts.broker import Broker
from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.beats import EPOCH
from allusr_sdk.execution.combos import Combo
from allusr_sdk.execution.instruments import OPTION_PLACES, SHARE_PLACES, VENUE, contract_id
from allusr_sdk.execution.node.host import Node
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.broker import Execution, Report, Statement, Ticket, key_of, reference
from allusr_sdk.model.money import usd
from allusr_sdk.rulebook import Rulebook

_UNUSED = Money(1_000_000_000, USD)  # the account is the broker's; nautilus only wants to have one


class Bridge(LiveExecutionClient):
    """Takes a desk's orders to a broker. Whatever no order of this engine explains is kept apart, in `strays`.

    Attributes:
        silent: whether the last question was not answered; then nothing is known of what came of it.
        strays: reports and executions of orders that this engine did not send, and corrections.
    """

    def __init__(self, broker: Broker, node: Node, rules: Rulebook) -> None:
        kernel = node.node.kernel
        super().__init__(
            loop=kernel.loop, client_id=ClientId(VENUE.value), venue=VENUE, oms_type=OmsType.NETTING,
            account_type=AccountType.MARGIN, base_currency=USD, instrument_provider=node.contracts,
            msgbus=kernel.msgbus, cache=kernel.cache, clock=kernel.clock,
        )  # fmt: skip
        self._set_account_id(AccountId(f"{VENUE}-001"))
        self._broker, self._rules, self._book, self._bus = broker, rules, kernel.cache, kernel.msgbus
        self._node, self._market_clock = node, node.clock
        self.silent = False
        self.strays: list[Report | Execution] = []
        self._tickets: dict[str, Ticket] = {}
        self._taken: set[str] = set()
        self._combos: dict[str, Combo] = {}

    # --- questions, each of which may stay without an answer ---

    def statement(self, at: datetime | None = None) -> Statement | None:
        """The account at an instant, now where none is named; None where nobody answers."""
        return self._ask(lambda broker: broker.statement(at or self._at))

    def hear(self, at: datetime | None = None) -> None:
        """Take up what happened since the last time."""
        for item in self._ask(lambda broker: tuple(broker.news(at or self._at))) or ():
            self._tell(item)

    def expect(self, key: str, ticket: Ticket) -> None:
        """The ticket of an order that is about to be submitted."""
        self._tickets[key] = ticket

    def took(self, key: str) -> bool:
        """Whether the broker answered when the order was handed in."""
        return key in self._taken

    def end(self, key: str) -> None:
        """Ask for an order's end."""
        self._did(lambda broker: broker.cancel(reference(key)))
        self.hear()

    def _ask[T](self, question: Callable[[Broker], T]) -> T | None:
        try:
            answer = question(self._broker)
        except BrokerSilent:
            self.silent = True
            return None
        self.silent = False
        return answer

    def _did(self, deed: Callable[[Broker], None]) -> bool:
        """Whether the broker answered that it heard what it is to do."""
        self._ask(deed)
        return not self.silent

    # --- nautilus calls ---

    async def _connect(self) -> None:
        """The broker is first asked when the run asks; nautilus is told of an account that nothing of ours looks at."""
        self.generate_account_state([AccountBalance(_UNUSED, Money(0, USD), _UNUSED)], [], True, 0)

    async def _disconnect(self) -> None:
        """The connection is the run's."""

    async def _submit_order(self, command: SubmitOrder) -> None:
        order = command.order
        self.generate_order_submitted(order.strategy_id, order.instrument_id, order.client_order_id, self._now())
        self._node.later(lambda: self._hand_in(order.client_order_id.value))

    async def _modify_order(self, command: ModifyOrder) -> None:
        key, limit = command.client_order_id.value, command.price.as_decimal()
        self._node.later(lambda: self._reprice(key, limit))

    async def _cancel_order(self, command: CancelOrder) -> None:
        self._node.later(lambda: self.end(command.client_order_id.value))

    # --- what comes of that, outside nautilus's loop ---

    def _hand_in(self, key: str) -> None:
        if self._did(lambda broker: broker.submit(self._tickets[key])):
            self._taken.add(key)
        self.hear()

    def _reprice(self, key: str, limit: Decimal) -> None:
        self._did(lambda broker: broker.reprice(reference(key), limit))
        self.hear()

    # --- what the broker tells ---

    def _tell(self, item: Report | Execution) -> None:
        key = key_of(item.reference)
        order = self._book.order(ClientOrderId(key)) if key else None
        if order is None or (isinstance(item, Execution) and _beyond(order, item)):
            self.strays.append(item)
        elif isinstance(item, Execution):
            self._executed(order, item)
        elif not order.is_closed:
            _REPORTS[item.status](self, order, item)
        self._node.drain()  # what comes next meets the order as this left it

    def _accepted(self, order: Order, report: Report) -> None:
        if order.status == OrderStatus.SUBMITTED:
            self.generate_order_accepted(*_names(order), self._now())

    def _repriced(self, order: Order, report: Report) -> None:
        limit = Price(report.limit, order.price.precision) if report.limit is not None else order.price
        self.generate_order_updated(*_names(order), order.quantity, limit, None, self._now())

    def _canceled(self, order: Order, report: Report) -> None:
        self.generate_order_canceled(*_names(order), self._now())

    def _expired(self, order: Order, report: Report) -> None:
        self.generate_order_expired(*_names(order), self._now())

    def _rejected(self, order: Order, report: Report) -> None:
        self.generate_order_rejected(
            order.strategy_id, order.instrument_id, order.client_order_id, report.reason, self._now()
        )

    def _kept(self, order: Order, report: Report) -> None:
        tell = (
            self.generate_order_cancel_rejected
            if order.status == OrderStatus.PENDING_CANCEL
            else self.generate_order_modify_rejected
        )
        tell(*_names(order), report.reason, self._now())

    def _executed(self, order: Order, item: Execution) -> None:
        key = order.client_order_id.value
        legs = self._tickets[key].legs
        if len(legs) == 1:
            places = OPTION_PLACES if contract_of(item.instrument) else SHARE_PLACES
            self._fill(order, TradeId(item.id), abs(item.quantity), Price(item.price, places), self._fee(item))
            return
        combo = self._combos.setdefault(key, Combo(legs))
        for count, net, parts in combo.add(item):
            self._fill(order, TradeId(f"{parts[0].id}+"), count, Price(net, OPTION_PLACES), Decimal(0))
            for part in parts:
                self._leg(order, part)

    def _fill(self, order: Order, trade: TradeId, count: int, price: Price, fee: Decimal) -> None:
        self.generate_order_filled(
            *_names(order), None, trade, order.side, OrderType.LIMIT, Quantity.from_int(count), price, USD,
            Money(fee, USD), LiquiditySide.TAKER, self._now(),
        )  # fmt: skip

    def _leg(self, order: Order, item: Execution) -> None:
        """A combo's leg, which no order of its own stands behind."""
        contract = contract_of(item.instrument)
        assert contract is not None
        name = f"{order.client_order_id.value}-LEG-{item.instrument.replace(' ', '')}"
        self._bus.send(endpoint="ExecEngine.process", msg=OrderFilled(
            order.trader_id, order.strategy_id, contract_id(contract), ClientOrderId(name), VenueOrderId(name),
            self.account_id, TradeId(item.id), None, OrderSide.SELL if item.quantity < 0 else OrderSide.BUY,
            OrderType.LIMIT, Quantity.from_int(abs(item.quantity)), Price(item.price, OPTION_PLACES), USD,
            Money(self._fee(item), USD), LiquiditySide.TAKER, UUID4(), self._now(), self._now(),
        ))  # fmt: skip

    def _fee(self, item: Execution) -> Decimal:
        """What the broker took; FEE-1's estimate while it has not told: a difference is corrected later (B08)."""
        if item.fee is not None:
            return item.fee
        rate = self._rules.money("FEE-1.option" if contract_of(item.instrument) else "FEE-1.share")
        return usd(rate * abs(item.quantity))

    def _now(self) -> int:
        return int(self._market_clock.timestamp_ns())

    @property
    def _at(self) -> datetime:
        return EPOCH + timedelta(microseconds=self._now() // 1000)


_REPORTS: dict[str, Callable[[Bridge, Order, Report], None]] = {
    "accepted": Bridge._accepted,
    "repriced": Bridge._repriced,
    "canceled": Bridge._canceled,
    "expired": Bridge._expired,
    "rejected": Bridge._rejected,
    "kept": Bridge._kept,
}

_DEAD = (OrderStatus.REJECTED, OrderStatus.DENIED, OrderStatus.EXPIRED)


def _beyond(order: Order, item: Execution) -> bool:
    """Whether an execution fits no more into an order as nautilus keeps it; reconciliation books it (B06, B08)."""
    if item.corrects or order.status in _DEAD:
        return True
    return int(order.filled_qty) + abs(item.quantity) > int(order.quantity)


def _names(order: Order) -> tuple[object, object, object, VenueOrderId]:
    """Strategy, instrument, and both names of an order."""
    number = order.venue_order_id or VenueOrderId(reference(order.client_order_id.value))
    return order.strategy_id, order.instrument_id, order.client_order_id, number
