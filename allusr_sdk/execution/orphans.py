"""Orders of an engine's earlier life: each is ended before anything new is sent, none works on unattended (RULE-2)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.model.broker import Execution, Statement, reference
from allusr_sdk.model.events import OrderChanged, Paged
from allusr_sdk.model.positions import Working

if TYPE_CHECKING:
    from allusr_sdk.execution.brokered import BrokerVenue


def died(kernel: Kernel) -> None:
    """A simulated venue dies with its process, and every order that worked there."""
    for order in _working(kernel):
        _say(kernel, order, "canceled", "its simulated venue died with the engine")


def orphans(kernel: Kernel, venue: "BrokerVenue", before: Mapping[str, int], at: datetime) -> dict[str, int]:
    """End what works no more at the broker, and ask for the end of what does; returns those still alive, with tries."""
    found = venue.statement(at)
    if found is None:
        return dict(before)
    alive = {order.reference for order in found.orders}
    for order in _working(kernel):
        if order.key in before and reference(order.key) in alive:
            venue.end(order.key)
    found = venue.statement(at)
    if found is None:
        return dict(before)
    left = {order.reference for order in found.orders}
    working = {order.key: order for order in _working(kernel) if order.key in before}
    for key, order in working.items():
        if reference(key) not in left:
            _over(kernel, order, found, ended=reference(key) in alive)
    return {key: _asked(kernel, working[key], before[key] + 1) for key in working if reference(key) in left}


def _over(kernel: Kernel, order: Working, found: Statement, *, ended: bool) -> None:
    """An order that nobody works any more, or that was `ended` just now; what fills it whole needs no other end."""
    mine = [fill for fill in found.executions if fill.reference == reference(order.key)]
    new = [fill for fill in mine if not kernel.scribe.journal.booked(order.key, fill.id)]
    if mine and _filled(new, order):
        return
    gone = "works no more at the broker" if mine else "is not known to the broker"
    known = "worked there on, and was ended" if ended else gone
    _say(kernel, order, "canceled", f"asked after a restart: it {known}, and is decided anew")


def _filled(fills: Iterable[Execution], order: Working) -> bool:
    name = order.contract.osi if order.contract else order.symbol
    return sum(abs(fill.quantity) for fill in fills if fill.instrument == name) >= order.quantity


def _asked(kernel: Kernel, order: Working, tries: int) -> int:
    """One more time that an order did not end when it was asked to; after three a person is called (KS-6)."""
    if tries == kernel.rules.integer("KS-6.cancel_tries"):
        why = f"CANCEL_UNCONFIRMED: asked {tries} times after a restart; nothing is sent before it has ended"
        kernel.heard(OrderChanged(
            ledger=order.ledger, symbol=order.symbol, rule="KS-6", key=order.key, status="unconfirmed", reason=why,
        ))  # fmt: skip
        kernel.heard(Paged(ledger=order.ledger, symbol=order.symbol, rule="KS-6", subject=order.key, why=why))
    return tries


def _say(kernel: Kernel, order: Working, status: str, why: str) -> None:
    kernel.heard(OrderChanged(
        ledger=order.ledger, symbol=order.symbol, rule="RULE-2", key=order.key, status=status, reason=why,
    ))  # fmt: skip


def _working(kernel: Kernel) -> tuple[Working, ...]:
    return tuple(order for ledger in kernel.book.ledgers.values() for order in ledger.working.values())
