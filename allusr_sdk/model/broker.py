"""What passes between an engine and a broker: tickets out, reports and executions back, statements when asked."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from attrs import Factory, frozen

PREFIX = "au-"
"""How the order references of every engine of ours begin at a broker: what lacks it is foreign (B04)."""


def reference(key: str) -> str:
    """An order's key as the broker's order reference (RULE-2)."""
    return PREFIX + key


def key_of(reference: str) -> str:
    """The key behind an order reference of ours; empty for a foreign one."""
    return reference.removeprefix(PREFIX) if reference.startswith(PREFIX) else ""


@frozen
class Part:
    """One leg of a ticket: OSI symbol, or share symbol, with signed quantity; `bid` and `ask` as it was decided on."""

    instrument: str
    quantity: int
    bid: Decimal
    ask: Decimal


@frozen(kw_only=True)
class Ticket:
    """An order as a broker takes it: a limit order for the day.

    Attributes:
        reference: of the order, carried by all that the broker says of it (RULE-2).
        legs: one leg, or the two of a combo, the one bought first.
        limit: dollars per share; of a combo what is paid for it, negative for a credit.
        until: aware instant at which the broker ends it by itself (KS-9).
    """

    reference: str
    legs: tuple[Part, ...]
    limit: Decimal
    until: datetime


@frozen(kw_only=True)
class Report:
    """What a broker says of an order: `accepted`, `repriced`, `canceled`, `expired`, `rejected`, `kept`.

    `kept` tells that a cancel or a new limit was refused and the order goes on as it was.
    """

    reference: str
    status: str
    at: datetime
    limit: Decimal | None = None
    reason: str = ""


@frozen(kw_only=True)
class Execution:
    """An execution as a broker tells it.

    Attributes:
        id: unique at the broker; a correction has a new one and names in `corrects` the id that it replaces.
        reference: of the order; empty where there was none, as in an assignment.
        instrument: OSI symbol, or share symbol; of a combo each leg has its own execution.
        quantity: signed contracts or shares, negative sells.
        price: dollars per share.
        fee: dollars; None while the broker has not told it.
        settles: day on which it settles, where the broker tells one.
    """

    id: str
    reference: str
    instrument: str
    quantity: int
    price: Decimal
    at: datetime
    fee: Decimal | None = None
    corrects: str = ""
    settles: date | None = None


@frozen(kw_only=True)
class OpenOrder:
    """An order that works at a broker; `left` is the signed quantity that its first leg still misses.

    `number` is the broker's own name of it: what a foreign order is cancelled by, by hand.
    """

    number: str
    reference: str
    instrument: str
    left: int
    limit: Decimal | None = None


@frozen(kw_only=True)
class Holding:
    """Contracts or shares of one kind in the account; `basis` in dollars where the broker tells it."""

    instrument: str
    quantity: int
    basis: Decimal | None = None


@frozen(kw_only=True)
class CashLine:
    """A line of the account that no execution explains: `kind` is `dividend`, `interest` or `fee`, `amount` signed."""

    id: str
    kind: str
    amount: Decimal
    on: date
    symbol: str = ""


@frozen(kw_only=True)
class Identity:
    """Whose account a connection reaches: what is checked before anything is sent (KS-11.15).

    `permissions` are words of the broker's for what the account may trade: `shares`, `options`, `spreads`.
    """

    account: str
    live: bool
    currency: str
    permissions: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Statement:
    """A broker account at an instant. Whatever is in it is known: a broker that cannot tell a part tells nothing.

    Attributes:
        at: aware instant that it speaks of.
        holdings: all positions other than zero.
        orders: all working orders, foreign ones too.
        executions: those of the session and of what the broker still remembers before it, oldest first.
        cash: dollars, settled and not.
        nav: net value of the account by the broker's own marks; None where it tells none.
        lines: dividends, interest and fees that it remembers.
        splits: shares for each old one by symbol, of splits since the session before.
    """

    at: datetime
    holdings: tuple[Holding, ...]
    orders: tuple[OpenOrder, ...]
    executions: tuple[Execution, ...]
    cash: Decimal
    nav: Decimal | None = None
    lines: tuple[CashLine, ...] = ()
    splits: Mapping[str, int] = Factory(dict)
