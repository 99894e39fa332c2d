"""What a fork rule decides on, and what it answers: the tree of accounts, forks and merges (FK-1 to FK-6)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.model.intents import Numbers
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.nodes import Node
from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.rulebook import Rulebook


@frozen
class Tree:
    """All accounts of a user and their books, at the morning on which a week is final.

    Attributes:
        on: the New York date of that morning.
        week: the ISO week that is final (``2026-W07``).
        nodes: accounts by id in the order in which they began, archived ones too (FK-4).
        ledgers: books by name; each says by `style` and `node` which sleeve runs it and whose it is, and by `surplus`
            what it has over its base (FK-1).
        rules: in force.
    """

    on: date
    week: str
    nodes: Mapping[str, Node]
    ledgers: Mapping[str, LedgerBook]
    rules: Rulebook

    def of(self, node: str) -> tuple[LedgerBook, ...]:
        """The books of an account's ledgers."""
        return tuple(book for book in self.ledgers.values() if book.node == node)

    def equity(self, node: str) -> Decimal:
        """Dollars that an account has, its tax reserve taken out (FK-3)."""
        return sum((book.own_equity for book in self.of(node)), ZERO)

    def style(self, ledger: str) -> str:
        """Name of the sleeve that runs a ledger."""
        return self.ledgers[ledger].style or ledger


@frozen(kw_only=True)
class Fork:
    """A new account that a ledger funds out of its surplus.

    Attributes:
        ledger: name of the ledger whose surplus it is.
        form: MINI, which neither forks nor reinvests and is merged again, or FULL.
        amount: dollars, to the cent.
        shares: what each sleeve of the new account begins with, as (sleeve, dollars); they add up to `amount`.
        rule: the rules it rests on; `why` in words, and the `numbers` it was decided on.
    """

    ledger: str
    form: str
    amount: Decimal
    shares: tuple[tuple[str, Decimal], ...]
    rule: str
    why: str = ""
    numbers: Numbers = Factory(dict)


@frozen(kw_only=True)
class Merge:
    """A mini account that is to be wound down into the root's compounding ledger.

    Attributes:
        node: its id.
        cause: ``3x``, ``3 years``, or whatever the rule calls it.
        rule: the rules it rests on; `why` in words, and the `numbers` it was decided on.
    """

    node: str
    cause: str
    rule: str
    why: str = ""
    numbers: Numbers = Factory(dict)
