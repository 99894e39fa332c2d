"""The tree of accounts as it stands: what each has, its age, and what it made of what it began with (FK-3, FK-4)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger.journal import Run
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.nodes import Node
from allusr_sdk.model.positions import Book


@frozen(kw_only=True)
class Branch:
    """An account of the tree.

    Attributes:
        node: the account.
        depth: accounts above it.
        equity: of all its ledgers at last marks, less tax reserves and what is set aside for forks, dollars.
        multiple: equity over the amount with which it began; of an archived one as it was merged, None where unknown.
        days: its age, to the day on which it was archived.
    """

    node: Node
    depth: int
    equity: Decimal
    multiple: Decimal | None
    days: int


def lineage(run: Run) -> tuple[Branch, ...]:
    """The accounts of a run after its last entry, each behind its parent, siblings in the order in which they began."""
    return branches(run.book, run.instant.astimezone(NEW_YORK).date())


def branches(book: Book, day: date) -> tuple[Branch, ...]:
    """The accounts of some books as of a New York date."""
    return tuple(_below("", 0, book, day))


def _below(parent: str, depth: int, book: Book, day: date) -> Iterator[Branch]:
    for node in book.nodes.values():
        if node.parent == parent:
            yield _branch(node, depth, book, day)
            yield from _below(node.id, depth + 1, book, day)


def _branch(node: Node, depth: int, book: Book, day: date) -> Branch:
    held = (book.ledgers[name].own_equity for name in node.ledgers if name in book.ledgers)
    equity = usd(sum(held, ZERO))
    now = price(equity / node.amount) if node.amount else None
    return Branch(
        node=node, depth=depth, equity=equity, multiple=now if node.active else node.multiple,
        days=((node.closed_at or day) - node.funded_at).days,
    )  # fmt: skip
