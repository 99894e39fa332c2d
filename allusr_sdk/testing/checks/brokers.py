"""Checks of broker connections: made without connecting, and one order where one key is sent twice."""

import inspect
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from allusr_sdk.kernel.orders import Leg, Order
from allusr_sdk.model.calendar import UTC
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.testing.checks.barriers import watched
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Broken, Unfit
from allusr_sdk.testing.checks.trial import Trial

METHODS = ("account", "quote", "submit", "cancel", "executions")
"""What a connection is asked for."""
_AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)


def _made(trial: Trial) -> object:
    """A connection with its defaults; whoever cannot be made without arguments is made from its settings."""
    maker = trial.subject.maker
    wanted = inspect.signature(maker).parameters.values()
    empty = inspect.Parameter.empty
    missing = [
        p.name
        for p in wanted
        if p.default is empty and p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in trial.subject.settings
    ]
    if missing:
        raise Unfit(f"its maker wants {', '.join(missing)}: give them as settings={{...}}")
    return maker(**trial.subject.settings)


def loads(trial: Trial) -> int:
    """A usable name, and a connection that has every method."""
    if not trial.subject.name.isidentifier():
        raise Broken(f"its name {trial.subject.name!r} is no name of letters, digits and _")
    made = _made(trial)
    if lacking := [name for name in METHODS if not callable(getattr(made, name, None))]:
        raise Broken(f"{type(made).__name__} has no {', '.join(lacking)}")
    return len(METHODS)


def unconnected(trial: Trial) -> int:
    """Nothing outside is touched while it is made."""
    with watched() as deeds:
        _made(trial)
    if deeds:
        raise Broken(f"making it did {deeds[0]}")
    return 1


def once(trial: Trial) -> int:
    """An order submitted twice under its key is executed for its own quantity at most."""
    made, order = _made(trial), _order()
    submit, executions = (cast("Callable[..., object]", getattr(made, name)) for name in ("submit", "executions"))
    submit(order)
    submit(order)
    mine = [fill for fill in cast("Iterable[object]", executions(_AT)) if getattr(fill, "key", "") == order.key]
    filled = sum(abs(int(getattr(fill, "quantity", 0))) for fill in mine)
    if filled > order.quantity:
        raise Broken(f"an order of {order.quantity} sent twice under the key {order.key} was filled for {filled}")
    return 1


def _order() -> Order:
    contract = Contract("SPY", date(2026, 2, 13), Right.PUT, Decimal(690))
    leg = Leg(contract, -1, Decimal("2.00"), Decimal("2.04"))
    return Order(
        key="check:1", ledger="check", symbol="SPY", legs=(leg,), prices=(Decimal("2.02"), Decimal("2.00")),
        mid=Decimal("2.02"), step_seconds=10, opening=True, rule="CAD-4", cause="entry", reserve=contract.notional,
    )  # fmt: skip


CHECKS_OF_BROKERS: tuple[Check, ...] = (
    Check(
        101, ("broker",), "it makes a connection that can be asked for all that the kernel needs",
        "What is missing is found out when the first order has to leave.",
        "Give the object account, quote, submit, cancel and executions.",
        loads,
    ),
    Check(
        201, ("broker",), "making it connects to nothing",
        "Plugins are made to be listed and checked; a connection then would log in where nobody trades.",
        "Connect when the first question comes, not in __init__.",
        unconnected,
    ),
    Check(
        502, ("broker",), "an order that is sent twice under one key is one order",
        "After a lost acknowledgement the kernel asks and may send again: two fills would be twice the risk (ORD-2).",
        "Remember keys, or pass them on as the broker's own order reference, and submit each of them once.",
        once,
    ),
)  # fmt: skip
