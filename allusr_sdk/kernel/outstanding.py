"""Working orders on both sides: orders that the books do not know, and orders that the broker does not (B04, B05)."""

from collections.abc import Iterator
from datetime import timedelta

from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case
from allusr_sdk.kernel.shadow import named, symbol_of
from allusr_sdk.model.broker import OpenOrder, key_of
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import OrderChanged
from allusr_sdk.model.positions import Working


def orphans(case: Case) -> Iterator[Finding]:
    """B04: what works at the broker and not in the books; ours is cancelled, a foreign one is left alone."""
    working = {key for ledger in case.ours.book.ledgers.values() for key in ledger.working}
    for order in case.theirs.orders:
        key = key_of(order.reference)
        if key not in working:
            yield _orphan(order, case) if key else _foreign(order)


def _orphan(order: OpenOrder, case: Case) -> Finding:
    asked = case.ours.cancels.get(order.reference, 0)
    known = key_of(order.reference) in case.ours.intents
    stubborn = asked >= case.rules.integer("KS-6.cancel_tries")
    cause = "its acknowledgement or its end was lost" if known else "sent by an engine whose journal is not this one"
    return found(
        "B04", order.reference, worse=stubborn, symbol=symbol_of(order.instrument),
        what="an order of ours works at the broker and not in the books",
        ours="ended" if known else "unknown", theirs=_left(order),
        cause=f"{cause}; alive after {asked} cancels" if stubborn else cause,
    )  # fmt: skip


def _foreign(order: OpenOrder) -> Finding:
    name = f", reference {order.reference}" if order.reference else ""
    return found(
        "B04", order.number, worse=True, symbol=symbol_of(order.instrument), ours="none", theirs=_left(order),
        what=f"an order at the broker is none of ours{name}", cause="an order of another client",
    )  # fmt: skip


def _left(order: OpenOrder) -> str:
    return f"{order.left:+d} {named(order.instrument)}" + ("" if order.limit is None else f" at {order.limit}")


def lost(case: Case) -> Iterator[Finding]:
    """B05: what works in the books and not at the broker, once executions of it that were missing are booked."""
    there = {key_of(order.reference) for order in case.theirs.orders} | case.filled
    for ledger in case.ours.book.ledgers.values():
        for key, order in sorted(ledger.working.items()):
            if key not in there:
                yield from _lost(order, case)


def _lost(order: Working, case: Case) -> Iterator[Finding]:
    intent = case.ours.intents.get(order.key)
    leaves = (order.sent or case.theirs.at) + timedelta(seconds=intent.delay if intent else 0)
    over = order.sent is not None and case.over(leaves.astimezone(NEW_YORK).date())
    patience = timedelta(seconds=case.rules.integer("RECON.lost_seconds"))
    if not over and order.sent is not None and case.theirs.at - leaves <= patience:
        return
    why = "an order for the day, and its day is over"
    end = OrderChanged(
        ledger=order.ledger, symbol=order.symbol, rule="RECON B05", key=order.key, status="expired", reason=why
    )
    yield found(
        "B05", order.key, worse=over, symbol=order.symbol, what=f"order {order.key} works in the books alone",
        ours=f"{order.quantity} working", theirs="unknown", mends=[end] if over else [],
        cause=why if over else "it never arrived, or ended while nobody listened",
    )  # fmt: skip
