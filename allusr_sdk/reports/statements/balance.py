"""The balance sheet: what there is, what is owed, and whose the rest is; at cost, unrealised results apart."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.chart import CASH, DUE_FROM, DUE_TO, FORKED, MERGED, REALISED, RETAINED
from allusr_sdk.ledger.queries import balances
from allusr_sdk.ledger.sums import POSITIONS
from allusr_sdk.reports.statements.layout import (
    USER,
    Amounts,
    Column,
    Row,
    Statement,
    by_account,
    columns,
    line,
    total,
)
from allusr_sdk.reports.statements.unrealised import unrealised

# key, label, accounts of the chart. A year is not closed: what is realised is retained until it is appropriated.
_Lines = tuple[tuple[str, str, tuple[str, ...]], ...]
ASSETS: _Lines = (
    ("cash", "Cash", (CASH,)),
    ("stock", "Stock inventory (cost)", ("1100",)),
    ("options", "Long options (cost)", ("1200",)),
    ("receivable", "Dividends receivable", ("1300",)),
    ("due_from", "Due from other ledgers", (DUE_FROM,)),
)
LIABILITIES: _Lines = (
    ("premium", "Short option premium", ("2100",)),
    ("due_to", "Due to other ledgers", (DUE_TO,)),
)
EQUITY: _Lines = (
    ("contributed", "Contributed capital", ("3010",)),
    ("forks", "Fork capital", (FORKED,)),
    ("merges", "Merge capital", (MERGED,)),
    ("retained", "Retained earnings", (RETAINED, *sorted(REALISED))),
    ("tax_reserve", "Appropriated: tax reserve", ("3500",)),
    ("contracts", "Appropriated: contracts budget", ("3510",)),
    ("leaps", "Appropriated: LEAP budget", ("3520",)),
)
_SIDES = (("assets", "Assets", ASSETS, 1), ("liabilities", "Liabilities", LIABILITIES, -1),
          ("equity", "Equity", EQUITY, -1))  # fmt: skip


def balance_sheet(run: Run, at: date | None = None) -> Statement:
    """The balance sheet at the end of a New York date; in every column assets are liabilities and equity to the cent.

    Args:
        run: the run.
        at: the date; None is the journal's end.
    """
    amounts = by_account(balances(run, at))
    across = columns(run, (ledger for ledger, _ in amounts))
    rows = [row for key, label, lines, sign in _SIDES for row in _side(key, label, lines, sign, amounts, across)]
    marked = unrealised(run, at)
    rows += _apart(amounts, across, marked.of(across))
    return Statement("balance", None, at, across, tuple(rows), marked.unmarked)


def _side(key: str, label: str, lines: _Lines, sign: int, amounts: Amounts, across: Sequence[Column]) -> list[Row]:
    rows = [
        line(name, text, "line", [total(amounts, column, accounts, sign) for column in across])
        for name, text, accounts in lines
    ]
    every = [account for _, _, accounts in lines for account in accounts]
    return [*rows, line(key, label, "total", [total(amounts, column, every, sign) for column in across])]


def _apart(amounts: Amounts, across: Sequence[Column], gains: Sequence[Decimal | None]) -> list[Row]:
    between = [
        total(amounts, c, (DUE_FROM, DUE_TO, FORKED, MERGED)) if c.name == USER and c.kind == "user" else None
        for c in across
    ]
    held = [total(amounts, column, (CASH, *POSITIONS)) for column in across]
    return [
        line("in_flight", "In flight between ledgers", "apart", between),
        line("unrealised", "Unrealised at last marks", "apart", gains),
        line("marked", "Cash and positions at last marks", "apart",
             [None if gain is None else have + gain for have, gain in zip(held, gains, strict=True)]),
    ]  # fmt: skip
