"""Capital between ledgers: forks, merges, transfers, appropriations, revaluations (FK-1 to FK-7, LG-2).

What concerns two ledgers is two entries or more, each balanced in its own ledger. The first says all that the others
will; who finds it alone, after a stop, writes the rest once. `key` is the same in all of them.
"""

from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Share:
    """A ledger that a fork funds: its name, the sleeve that runs it, and dollars."""

    ledger: str
    style: str
    amount: Decimal


@frozen(kw_only=True)
class Moved:
    """A lot that changes ledger in kind: dates and amount stay (FK-3)."""

    instrument: str
    quantity: int
    amount: Decimal
    price: Decimal
    opened: date
    execution: str = ""


@frozen(kw_only=True)
class ForkIntended(Event):
    """A fork's first phase, in the parent's ledger: `amount` is set aside (3020 to 2900).

    Attributes:
        key: of the fork: ledger, ISO week and count (FK-6).
        node: id of the account that begins, ``m1`` or ``f1``; `form` is MINI or FULL.
        parent, root: ids of the accounts above it; the first account of a user is ``root``.
        generation: 1 for forks of the root.
        shares: the ledgers that it will have.
    """

    key: str
    node: str
    form: str
    amount: Decimal
    week: str
    parent: str
    root: str
    generation: int
    shares: tuple[Share, ...]


@frozen(kw_only=True)
class ForkPaid(Event):
    """The parent's cash has left (2900 to 1010)."""

    key: str
    node: str
    amount: Decimal


@frozen(kw_only=True)
class ForkFunded(Event):
    """A ledger of a fork begins with its capital (1010 to 3020); the fork is done when all of its shares are."""

    key: str
    node: str
    style: str
    amount: Decimal


@frozen(kw_only=True)
class ForkCapped(Event):
    """A fork that was due and refused: so many are active already; the surplus stays where it is (FK-5)."""

    key: str
    active: int
    amount: Decimal


@frozen(kw_only=True)
class MergeIntended(Event):
    """An account is to be merged: its entries freeze, its shorts run off, and the ledger `target` takes it (FK-3).

    `cause` is `3x` or `3 years`.
    """

    key: str
    node: str
    target: str
    cause: str
    equity: Decimal


@frozen(kw_only=True)
class MergeSent(Event):
    """A ledger of a merged account gives all it has: cash (1010), lots in kind (1100), against 3030."""

    key: str
    node: str
    target: str
    cash: Decimal
    lots: tuple[Moved, ...] = ()


@frozen(kw_only=True)
class MergeTaken(Event):
    """The target has what a ledger gave (against 3030)."""

    key: str
    node: str
    source: str
    cash: Decimal
    lots: tuple[Moved, ...] = ()


@frozen(kw_only=True)
class NodeClosed(Event):
    """An account is archived after its merge; `multiple` is what it gave, at marks, over what it was funded with."""

    key: str
    node: str
    target: str
    multiple: Decimal


@frozen(kw_only=True)
class TransferSent(Event):
    """Cash, or lots in kind, leave for another ledger of the account (1900 against 1010, 1200); `budget` pays for it.

    `budget` is `contracts`, `leaps` or empty; what it pays is released from 3510 or 3520.
    """

    key: str
    to: str
    amount: Decimal
    budget: str = ""
    lots: tuple[Moved, ...] = ()


@frozen(kw_only=True)
class TransferTaken(Event):
    """Cash, or lots in kind, arrive from another ledger of the account (against 2900)."""

    key: str
    source: str
    amount: Decimal
    lots: tuple[Moved, ...] = ()


@frozen(kw_only=True)
class Reinvested(Event):
    """A finished quarter's net gain is appropriated (3100 to 3500, 3510, 3520; FK-7, TX-8); dollars."""

    quarter: str
    gain: Decimal
    reserve: Decimal
    contracts: Decimal
    leaps: Decimal


@frozen(kw_only=True)
class BudgetSpent(Event):
    """A budget paid for what its own ledger bought (3510 or 3520 back to 3100; FK-7); dollars.

    `budget` is `contracts` or `leaps`; `key` names what was paid, e.g. the order.
    """

    key: str
    budget: str
    amount: Decimal


@frozen(kw_only=True)
class DividendAccrued(Event):
    """A dividend on its ex-date, for the shares held before it (1300 to 4200); `per_share` and `cash` in dollars.

    `pay_day` is None where only its payment will tell it, as over a broker whose market does not know.
    """

    shares: int
    per_share: Decimal
    cash: Decimal
    pay_day: date | None = None


@frozen(kw_only=True)
class DividendReceived(Event):
    """An accrued dividend is paid (1010 to 1300).

    `ex_day` names the accrual, the oldest of the symbol's where it is None; `line` the line of the broker's account
    that paid it, where one did.
    """

    cash: Decimal
    ex_day: date | None = None
    line: str = ""


@frozen(kw_only=True)
class Revalued(Event):
    """A position at its mark at the end of a week: the unrealised result (6010/2190, 6020/1290), dollars.

    `amount` is what value at the mark has over the book value, of what is owed the other way round: a loss is negative.
    With `undone` the same is taken back, as at the next week's beginning or before it ends.
    """

    position: str
    mark: Decimal
    amount: Decimal
    undone: bool = False
