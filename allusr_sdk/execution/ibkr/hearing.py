"""What is heard put where it belongs, and everything asked for again where something may have been missed."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from time import monotonic
from typing import Any

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.execution.ibkr.contracts import Contracts
from allusr_sdk.execution.ibkr.errors import Context, Meaning, meaning
from allusr_sdk.execution.ibkr.executions import Executions
from allusr_sdk.execution.ibkr.link import quiet
from allusr_sdk.execution.ibkr.orders import Orders, Tracked
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import (
    Alarm,
    Charged,
    Executed,
    Garbled,
    Joined,
    Moved,
    OrderSeen,
    Said,
    StatusSeen,
)
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.model.broker import Execution, Report, key_of

VITAL = frozenset({3, 5, 11, 59, 61})
"""Messages that are asked for again where one cannot be read: statuses, orders, executions, fees, positions."""
MARGIN_WARNING = 2148
CURRENCY = "USD"
LINK, PACE = "LINK", "pace"
"""What alarms are about: the connection, as the switch of that name (RULE-0), and how fast we ask."""
LOG = logging.getLogger("allusr.ibkr")
ALARMS = 1000


class Hearing:
    """Everything that is known of one account.

    Attributes:
        orders, executions, contracts: what was heard of them.
        held: signed holdings by instrument, as they were told last.
        references: of all orders that IBKR has today.
        alarms: what a person had to look at, newest last; `raised` are those that nobody has taken yet.
    """

    def __init__(self, port: Port, settings: Ibkr, account: str) -> None:
        self.port, self.settings = port, settings
        self.contracts = Contracts(port)
        self.executions = Executions()
        self.orders = Orders(settings.client_id, settings.grace)
        self.held: dict[str, int] = {}
        self.references: set[str] = set()
        self.alarms: deque[Alarm] = deque(maxlen=ALARMS)
        self.raised: deque[Alarm] = deque(maxlen=ALARMS)
        self._standing: dict[str, set[str]] = {}
        self._wanted = settings.account or account
        self._account = ""
        self._read, self._joins, self._missed = 0, 0, False
        self._first: dict[str, float] = {}
        self._restart = _clock(settings.restart)

    @property
    def account(self) -> str:
        """The account that is traded.

        Raises:
            InputError: the login does not have it, or has several and none is named.
            BrokerSilent: IBKR did not answer.
        """
        if not self._account:
            theirs = self.port.accounts()
            wanted = self._wanted or (theirs[0] if len(theirs) == 1 else "")
            if wanted not in theirs:
                raise InputError(f"ibkr.account {wanted!r}: the login has {', '.join(theirs)}: name one of them")
            self._account = wanted
        return self._account

    def refresh(self) -> None:
        """Be connected, take up all that was told, and ask for everything where something may be missing."""
        _ = self.account
        self.port.time()
        self.drain()
        if self._missed or self._read != self.port.link.reads or any(each.unsure for each in self.orders):
            self.reread()

    def reread(self) -> None:
        """Ask for orders, completed orders and executions, in this order: an order that ends meanwhile is in both."""
        reads, unsure = self.port.link.reads, [each for each in self.orders if each.unsure]
        working = {each.reference for each in self.port.open_orders() if isinstance(each, OrderSeen)}
        ended = [each for each in self.port.completed() if self._ours(each)]
        found = self.port.executions(self.account)
        self.drain()
        for each in ended:
            self.orders.seen(each, monotonic())
        over = {each.reference for each in ended}
        self.references |= working | over | {each.reference for each in found}
        for order in self.orders:
            if order.reference in working and order in unsure:
                self.orders.found(order)
            elif order.heard and order.works and order.reference not in working | over:
                self._vanished(order, certain=order in unsure)
        if self._joins != self.port.link.joins:
            self._lost_on_the_way(working)
        self._read, self._missed, self._joins = reads, False, self.port.link.joins

    def drain(self) -> None:
        """Take up what was told."""
        for item in self.port.heard():
            _HANDLERS[type(item)](self, item)

    def alarm(self, what: str, about: str, rule: str = "RULE-0") -> None:
        """Something for a person to look at, told once until what it is about has changed."""
        standing = self._standing.setdefault(about, set())
        if what not in standing:
            standing.add(what)
            self._raise(Alarm(at=datetime.now(UTC), what=what, about=about, rule=rule))

    def _over(self, about: str, what: str) -> None:
        """What was told is over, which is told too."""
        if self._standing.pop(about, None):
            self._raise(Alarm(at=datetime.now(UTC), what=what, about=about, calls=False))

    def _raise(self, alarm: Alarm) -> None:
        self.alarms.append(alarm)
        self.raised.append(alarm)
        LOG.log(logging.WARNING if alarm.calls else logging.INFO, "%s: %s", self._account or "IBKR", alarm.what)

    def unpriced(self) -> bool:
        """Whether an execution that was not told yet may still get its fee in time."""
        return any(not self._ripe(each) for each in self.orders.waiting)

    def news(self, at: datetime) -> tuple[Report | Execution, ...]:
        """What may be told now: executions with their fees, or after those were waited for."""
        ripe = [each.id for each in self.orders.waiting if self._ripe(each)]
        told = self.orders.news(at, monotonic(), ripe)
        return tuple(self.executions.now(each.id) if isinstance(each, Execution) else each for each in told)

    def short(self) -> bool:
        """Whether executions of an order are missing that TWS counts as filled."""
        return any(order.short for order in self.orders)

    # --- inside ---

    def _ripe(self, execution: Execution) -> bool:
        heard = self._first.setdefault(execution.id, monotonic())
        free = not execution.reference  # assignments and the like may have none
        return free or self.executions.priced(execution.id) or monotonic() - heard >= self.settings.fees

    def _vanished(self, order: Tracked, *, certain: bool) -> None:
        over = order.sent is not None and order.sent.until <= self.port.time()
        if over:
            self.orders.lost(order, "expired", "its time was over while nobody listened", monotonic())
        elif certain:
            self.orders.lost(order, "rejected", order.why, monotonic())

    def _lost_on_the_way(self, working: set[str]) -> None:
        """What was asked of an order over a connection that is gone, and did not happen."""
        for order in self.orders:
            if order.reference in working:
                self.orders.unanswered(order)

    def _ours(self, told: OrderSeen) -> bool:
        return told.account == self.account and bool(key_of(told.reference))

    def _seen(self, told: OrderSeen) -> None:
        if self._ours(told):
            self.references.add(told.reference)
            self.orders.seen(told, monotonic())

    def _status(self, told: StatusSeen) -> None:
        self.orders.status(told, monotonic())

    def _executed(self, told: Executed) -> None:
        if told.account != self.account or told.asset.kind == "BAG":
            return
        if told.quantity is None or told.price is None:
            raise self._unbookable(told)
        order = self.orders.by(perm=told.perm_id)
        reference = told.reference or (order.reference if order else "")
        new = self.executions.take(Execution(
            id=told.id, reference=reference if key_of(reference) else "", instrument=self.contracts.met(told.asset),
            quantity=told.quantity, price=told.price, at=told.at,
        ))  # fmt: skip
        if new is not None:
            self.orders.executed(new, told.perm_id)
            self._taken(told, new.instrument)

    def _taken(self, told: Executed, instrument: str) -> None:
        """The broker may close what is held (LQ-8): a person is called, and the books find it as nobody's."""
        if told.liquidation:
            self.alarm(f"IBKR liquidated {told.quantity:+d} {instrument} at {told.price}", told.id)

    def _unbookable(self, told: Executed) -> BrokerSilent:
        name = told.asset.local_symbol or told.asset.symbol
        what = (
            f"execution {told.id} of {name} tells no whole number, or no price: it cannot be booked, and nothing is "
            "known of the account"
        )
        self.alarm(what, told.id)
        return BrokerSilent(f"IBKR: {what}")

    def _charged(self, told: Charged) -> None:
        """A fee in another currency is not known in dollars."""
        if told.currency == CURRENCY:
            self.executions.charge(told.execution, told.fee)
        else:
            what = f"the fee of execution {told.execution} is {told.fee} {told.currency or 'in no currency'}"
            self.alarm(what, told.execution)

    def _moved(self, told: Moved) -> None:
        """What is not told is not held: an order in it is asked for its margin."""
        if told.account == self.account:
            name = self.contracts.met(told.asset)
            if told.quantity is None:
                self.held.pop(name, None)
            else:
                self.held[name] = told.quantity

    def _said(self, told: Said) -> None:
        if told.number >= 0:
            self.orders.said(told, monotonic())
        means, what = meaning(told.code, Context.NONE), f"IBKR says {told.code} {told.text}"
        if means is Meaning.LOST:
            self._outage(what)
        elif means in (Meaning.RESTORED, Meaning.RESTORED_EMPTY):
            self._over(LINK, what)
        elif told.code == MARGIN_WARNING or means is Meaning.SLOWER:
            self.alarm(what, "margin" if told.code == MARGIN_WARNING else PACE)

    def _joined(self, told: Joined) -> None:
        if told.up:
            self._over(LINK, "connected to IBKR again")
            self._standing.pop(PACE, None)
        else:
            self._outage(f"no connection to IBKR: {told.why}")

    def _garbled(self, told: Garbled) -> None:
        self._missed |= told.message in VITAL
        self.alarm(f"message {told.message} of IBKR could not be read: {told.why}", "message")

    def _outage(self, what: str) -> None:
        """Not told in the daily restart."""
        if not quiet(datetime.now(UTC), self._restart, self.settings.restart_minutes, self.settings.zone):
            self.alarm(what, LINK)


_HANDLERS: Mapping[type, Callable[[Hearing, Any], None]] = {
    OrderSeen: Hearing._seen, StatusSeen: Hearing._status, Executed: Hearing._executed, Charged: Hearing._charged,
    Moved: Hearing._moved, Said: Hearing._said, Joined: Hearing._joined, Garbled: Hearing._garbled,
}  # fmt: skip


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InputError(f"ibkr.restart {text!r}: expected a time of day, as 23:45") from None
