"""Each trade of a period, how options ended, and capital that moved between ledgers."""

from decimal import Decimal

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.chart import CASH, REALISED
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import usd
from allusr_sdk.reports.capital import OF_LEDGER
from allusr_sdk.reports.happenings import told
from allusr_sdk.reports.periods.reading import Reading
from allusr_sdk.reports.periods.values import Cell, Column, Row, Table
from allusr_sdk.reports.words import clock, many, per_share

_TRADES = (ev.Filled, ev.Expired, ev.Assigned, ev.Exercised, ev.Unsettled)
_COLUMNS = (
    Column("at", "New York"), Column("ledger", "Ledger"), Column("what", "What"), Column("cash", "Cash", "usd"),
    Column("result", "Result", "usd"), Column("rule", "Rules"),
)  # fmt: skip


def trades(read: Reading) -> Table:
    """Each fill and each end of an option, in order."""
    rows = tuple(moved_row(entry) for entry in read.entries if isinstance(entry.event, _TRADES))
    about = "Cash is what the entry moved, fees included; the result is what it realised."
    return Table("trades", "Trades", about, _COLUMNS, rows, "Nothing was traded.")


def capital(read: Reading) -> Table:
    """Forks, merges, transfers and appropriations."""
    rows = []
    for entry in read.entries:
        line = told((entry,)) if isinstance(entry.event, OF_LEDGER) else None
        if line is not None:
            rows.append(Row((
                Cell(_clock(entry)), Cell(entry.event.ledger), Cell(line.text, (entry.seq,)), _sum(entry, (CASH,)),
                Cell(entry.event.rule),
            )))  # fmt: skip
    columns = (*_COLUMNS[:4], _COLUMNS[5])
    return Table("capital", "Forks, merges and transfers", "Between ledgers of one user these sum to nothing.",
                 columns, tuple(rows), "No capital moved between ledgers.")  # fmt: skip


def moved_row(entry: Entry) -> Row:
    """One fill, or one end of an option."""
    return Row((
        Cell(_clock(entry)), Cell(entry.event.ledger), Cell(_text(entry), (entry.seq,)), _sum(entry, (CASH,)),
        _sum(entry, REALISED, -1), Cell(entry.event.rule),
    ))  # fmt: skip


def _text(entry: Entry) -> str:
    event = entry.event
    if not isinstance(event, ev.Filled):
        line = told((entry,))
        return line.text if line else entry.kind
    verb = _verb(event)
    why = "" if event.cause in ("", "entry") else f" ({event.cause})"
    return f"{verb} {many(event.quantity, event.instrument)} at {per_share(event.price)}{why}"


def _verb(event: ev.Filled) -> str:
    if event.quantity > 0:
        written = not event.opening and contract_of(event.instrument) is not None
        return "BOUGHT BACK" if written else "BOUGHT"
    return "SOLD"


def _sum(entry: Entry, accounts: "frozenset[str] | tuple[str, ...]", sign: int = 1) -> Cell:
    cents = [line.amount for line in entry.lines if line.account in accounts]
    return Cell(usd(sign * Decimal(sum(cents)) / 100), (entry.seq,)) if any(cents) else Cell("")


def _clock(entry: Entry) -> str:
    return f"{clock(entry.at):%a %-d %b %H:%M}"
