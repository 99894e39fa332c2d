"""Checks of broker connections: made without connecting, one order where one is sent twice, and honest silence."""

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import cast

from allusr_sdk.contracts.broker import Broker
from allusr_sdk.errors import BrokerSilent
from allusr_sdk.model.broker import Part, Statement, Ticket, reference
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.testing.checks.barriers import watched
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.network import cut_off
from allusr_sdk.testing.checks.outcome import Broken, Unfit
from allusr_sdk.testing.checks.trial import Trial

METHODS = ("identity", "statement", "submit", "reprice", "cancel", "news", "close")
"""What a connection is asked for."""
_AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
_PUT = Contract("SPY", date(2026, 2, 13), Right.PUT, Decimal(690))
_TICKET = Ticket(
    reference=reference("check.260212.150000.SPY.sell-v1"), limit=Decimal("2.00"), until=_AT + timedelta(hours=6),
    legs=(Part(_PUT.osi, -1, Decimal("2.00"), Decimal("2.04")),),
)  # fmt: skip
_QUESTIONS: Mapping[str, Callable[[Broker], object]] = {
    "identity": lambda broker: broker.identity(),
    "statement": lambda broker: broker.statement(_AT),
    "submit": lambda broker: broker.submit(_TICKET),
    "reprice": lambda broker: broker.reprice(_TICKET.reference, Decimal("2.02")),
    "cancel": lambda broker: broker.cancel(_TICKET.reference),
    "news": lambda broker: broker.news(_AT),
}


def _made(trial: Trial) -> Broker:
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
    return cast("Broker", maker(**trial.subject.settings))


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
    """An order that is submitted twice works and is executed for its own quantity at most."""
    made = _made(trial)
    try:
        if made.identity().live:
            raise Unfit("it reaches a live account, to which a check sends nothing: let it reach a paper one")
        made.submit(_TICKET)
        made.submit(_TICKET)
        taken = _taken(made.statement(_AT))
        made.cancel(_TICKET.reference)
        made.close()
    except BrokerSilent as silent:
        raise Unfit(f"no broker answers: {silent}") from None
    if not taken:
        raise Unfit("its broker took no order from the check, so whether it takes one twice was not seen")
    if taken > (asked := abs(_TICKET.legs[0].quantity)):
        raise Broken(f"an order of {asked} submitted twice as {_TICKET.reference} was taken for {taken}")
    return 1


def _taken(known: Statement) -> int:
    """Contracts of the check's order that were executed or are about to be."""
    replaced = {each.corrects for each in known.executions}
    done = [each for each in known.executions if each.id not in replaced]
    return sum(abs(each.quantity) for each in done if each.reference == _TICKET.reference) + sum(
        abs(each.left) for each in known.orders if each.reference == _TICKET.reference
    )


def silence(trial: Trial) -> int:
    """With every connection refused, each question raises `BrokerSilent`; what needs no connection may answer."""
    for name, ask in _QUESTIONS.items():
        made = _made(trial)
        with cut_off() as tried:
            try:
                ask(made)
            except BrokerSilent:
                continue
            except Exception as error:
                raise Broken(f"{name} without a broker raised {type(error).__name__}: {error}") from None
            finally:
                made.close()
        if tried:
            raise Broken(f"{name} answered though nobody was reached ({tried[0]})")
    return len(_QUESTIONS)


CHECKS_OF_BROKERS: tuple[Check, ...] = (
    Check(
        101, ("broker",), "it makes a connection that can be asked for all that the kernel needs",
        "What is missing is found out when the first order has to leave.",
        f"Give the object {', '.join(METHODS[:-1])} and {METHODS[-1]}.",
        loads,
    ),
    Check(
        201, ("broker",), "making it connects to nothing",
        "Plugins are made to be listed and checked; a connection then would log in where nobody trades.",
        "Connect when the first question comes, not in __init__.",
        unconnected,
    ),
    Check(
        502, ("broker",), "an order that is sent twice under one reference is one order",
        "After a lost acknowledgement the kernel asks and may send again: two fills would be twice the risk (ORD-2).",
        "Remember references, or pass them on as the broker's own order reference, and submit each of them once.",
        once,
    ),
    Check(
        503, ("broker",), "a question that nobody answers raises BrokerSilent",
        "An empty statement in the place of an unknown one says that everything was lost: the books are frozen, or "
        "worse, believed to be flat (RULE-0).",
        "Catch what your library raises for timeouts and lost connections, and raise BrokerSilent from it.",
        silence,
    ),
)  # fmt: skip
