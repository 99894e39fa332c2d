"""What a broker says of the account of a world: the same as its books, but for what a test tells otherwise."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from allusr_sdk.model.broker import Execution, Holding, OpenOrder, Statement, reference
from tests.builders import AT


def later(minutes):
    return AT + timedelta(minutes=minutes)


def stated(world, minutes=5, *, more=(), less=(), cash="0", at=None, **told):
    """A statement some minutes on.

    Args:
        more: instruments and quantities that the broker has beyond the books, or has otherwise.
        less: instruments that it does not have.
        cash: dollars that it has more.
    """
    held = Counter()
    for position in world.book.positions:
        held[position.contract.osi if position.contract else position.symbol] += position.quantity
    for instrument, quantity in more:
        held[instrument] += quantity
    holdings = tuple(
        Holding(instrument=name, quantity=count) for name, count in sorted(held.items()) if count and name not in less
    )
    working = [w for book in world.book.ledgers.values() for w in book.working.values()]
    orders = tuple(
        OpenOrder(number=w.key, reference=reference(w.key), instrument=w.contract.osi if w.contract else w.symbol,
                  left=w.quantity)
        for w in working
    )  # fmt: skip
    return Statement(**{
        "at": at or later(minutes), "holdings": holdings, "orders": orders, "executions": (),
        "cash": sum(book.cash for book in world.book.ledgers.values()) + Decimal(cash), **told,
    })  # fmt: skip


def orphan(name="au-lost", instrument="AAPL", left=-1):
    """An order that works at the broker and in no books."""
    return OpenOrder(number="77", reference=name, instrument=instrument, left=left, limit=Decimal("1.00"))


def execution(order, name="x1", *, minutes=4):
    """An execution of a whole order, at its last limit."""
    (leg,) = order.legs
    return Execution(
        id=name, reference=reference(order.key), instrument=leg.name, quantity=leg.quantity, price=order.prices[-1],
        at=later(minutes), fee=Decimal("0.70") * order.quantity,
    )  # fmt: skip
