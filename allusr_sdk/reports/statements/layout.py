"""What all statements are made of: columns of ledgers, accounts and the user, and rows of dollars."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.queries import Balance
from allusr_sdk.ledger.sums import homes
from allusr_sdk.model.money import ZERO

USER = "user"
Amounts = Mapping[tuple[str, str], Decimal]
"""Dollars by ledger and account of the chart, debits positive."""


@frozen
class Column:
    """Whose figures stand in a column: `kind` is ledger, account or user."""

    name: str
    kind: str
    ledgers: tuple[str, ...]


@frozen
class Row:
    """A line of a statement: dollars by column, None where they are unknown or mean nothing.

    `kind` is `line`, `total`, or `apart` for what is in no total.
    """

    key: str
    label: str
    kind: str
    amounts: tuple[Decimal | None, ...]


@frozen
class Statement:
    """A statement at the end of a New York date.

    Attributes:
        name: balance, income or cash.
        first: the first date of its period; None for the run's beginning, or where there is no period.
        at: the last date; None is the journal's end.
        unmarked: held and without a mark in the ten days before: `LEDGER:INSTRUMENT`.
    """

    name: str
    first: date | None
    at: date | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    unmarked: tuple[str, ...] = ()

    def amount(self, row: str, column: str = USER) -> Decimal | None:
        """Dollars of a row, by its key, in a column. Raises `KeyError` where there is none."""
        index = {each.name: i for i, each in enumerate(self.columns)}[column]
        return {each.key: each.amounts[index] for each in self.rows}[row]


def columns(run: Run, ledgers: Iterable[str]) -> tuple[Column, ...]:
    """A column a ledger, one an account where there are several, and the user's.

    Args:
        run: the run.
        ledgers: those that have postings.
    """
    posted, home = set(ledgers), homes(run)
    order = [*(name for name in home if name in posted), *sorted(posted - set(home))]
    nodes = {home.get(name, ""): None for name in order}
    each = [Column(name, "ledger", (name,)) for name in order]
    if len(nodes) > 1:
        each += [Column(node, "account", tuple(n for n in order if home.get(n, "") == node)) for node in nodes]
    return (*each, Column(USER, "user", tuple(order)))


def by_account(found: Iterable[Balance]) -> dict[tuple[str, str], Decimal]:
    """Balances by ledger and account."""
    return {(each.ledger, each.account): each.amount for each in found}


def less(now: Amounts, before: Amounts) -> dict[tuple[str, str], Decimal]:
    """What changed between two sets of balances."""
    return {key: now.get(key, ZERO) - before.get(key, ZERO) for key in now.keys() | before.keys()}


def total(amounts: Amounts, column: Column, accounts: Iterable[str], sign: int = 1) -> Decimal:
    """Dollars of some accounts in a column."""
    return sign * sum((amounts.get((name, a), ZERO) for a in accounts for name in column.ledgers), ZERO)


def line(key: str, label: str, kind: str, amounts: Sequence[Decimal | None]) -> Row:
    """A row; without the sign that a zero may have."""
    return Row(key, label, kind, tuple(None if amount is None else amount + ZERO for amount in amounts))
