"""The account to date beside what a buyer of SPY, QQQ or T-bills would have; unknown stays unknown."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.money import ZERO
from allusr_sdk.reports.periods.reading import Reading, valued
from allusr_sdk.reports.periods.statistics import Statistics, statistics
from allusr_sdk.reports.periods.values import Cell, Column, Entries, Row, Table, Value

BENCHMARKS = ("SPY", "QQQ")
BILL = "T-bill"
Curve = Mapping[date, float]


@frozen
class Beside:
    """What is known besides the journal.

    Attributes:
        curves: daily closes by symbol, dollars; a symbol that is not in it is unknown.
        bill: yield of the T-bill as a fraction a year, by day; None where no data has it.
        rate: riskless rate of RATE-1, by which ratios are told.
    """

    curves: Mapping[str, Curve]
    bill: Curve | None
    rate: float


def equity_curve(read: Reading, ledgers: tuple[str, ...] | None = None) -> dict[date, Decimal]:
    """Equity by day of some ledgers, or of all: of each the last value up to that day; a closed one counts nothing."""
    names = [name for name in read.valued if ledgers is None or name in ledgers]
    last: dict[str, Decimal] = {}
    found: dict[date, Decimal] = {}
    every = sorted((e for name in names for e in read.valued[name]), key=lambda e: (valued(e).day, e.seq))
    ends = {name: valued(read.valued[name][-1]).day for name in names if _closed(read, name)}
    for entry in every:
        day = valued(entry).day
        for name in [name for name in last if name in ends and ends[name] < day]:
            del last[name]
        last[entry.event.ledger] = valued(entry).equity
        found[day] = sum(last.values(), ZERO)
    return found


def _closed(read: Reading, ledger: str) -> bool:
    return ledger in read.book.ledgers and read.book.ledgers[ledger].closed


def curve_of(read: Reading) -> dict[date, float]:
    """The account's equity by day, from the capital with which it began."""
    equity = {day: float(amount) for day, amount in equity_curve(read).items()}
    begun = min(equity, default=None)
    if begun is None:
        return {}
    before = date.fromordinal(begun.toordinal() - 1)
    return {before: float(read.head.capital), **equity}


def performance(read: Reading, beside: Beside) -> Table:
    """The account's statistics to date, and the same of the benchmarks over the same days."""
    mine = curve_of(read)
    first, last = (min(mine), max(mine)) if mine else (read.period.first, read.period.last)
    rows = [_row("This account", statistics(mine, beside.rate), read, "", _under(read))]
    for symbol in BENCHMARKS:
        known = {day: close for day, close in beside.curves.get(symbol, {}).items() if first <= day <= last}
        note = "closes, without dividends" if known else f"no daily bars of {symbol} given"
        rows.append(_row(symbol, statistics(known, beside.rate), read, note, ()))
    rows.append(_bill(beside, first, last))
    columns = (
        Column("name", "To date"), Column("days", "Days", "count"), Column("total", "Return", "fraction"),
        Column("cagr", "CAGR", "fraction"), Column("drawdown", "Deepest drawdown", "fraction"),
        Column("volatility", "Volatility", "fraction"), Column("sharpe", "Sharpe", "number"),
        Column("sortino", "Sortino", "number"), Column("note", "Note"),
    )  # fmt: skip
    about = (
        f"From {first} to {last}, before taxes. Ratios are over a riskless rate of {beside.rate:.2%} a year (RATE-1) "
        "and need 20 sessions. A year or two proves little, whatever stands here."
    )
    return Table("performance", "Performance to date", about, columns, tuple(rows))


def _row(name: str, found: Statistics, read: Reading, note: str, under: Entries) -> Row:
    fell = f"fell from {found.peak} to {found.trough}" if found.peak and found.trough else ""
    values: tuple[Value, ...] = (
        found.days if found.total is not None else None, found.total, found.cagr, found.drawdown, found.volatility,
        found.sharpe, found.sortino,
    )  # fmt: skip
    said = "; ".join(part for part in (note, fell) if part)
    return Row((Cell(name), *(Cell(value, under) for value in values), Cell(said)))


def _bill(beside: Beside, first: date, last: date) -> Row:
    known = {day: rate for day, rate in (beside.bill or {}).items() if first <= day <= last}
    if not known:
        return Row((Cell(BILL), *(Cell(None) for _ in range(7)), Cell("no yields given (IRX.csv)")))
    mean, length = sum(known.values()) / len(known), (last - first).days
    total = (1 + mean) ** (length / 365.25) - 1
    values: tuple[Value, ...] = (length, float(f"{total:.6g}"), float(f"{mean:.6g}"), 0.0, 0.0, "", "")
    return Row((Cell(BILL), *(Cell(value) for value in values), Cell("mean yield over the days, compounded")))


def _under(read: Reading) -> Entries:
    """First and last value of each ledger to date, and those of the period: all others lie between."""
    found: list[int] = []
    for entries in read.valued.values():
        found += [entries[0].seq, entries[-1].seq]
        found += [e.seq for e in entries if read.period.holds(valued(e).day)]
    return tuple(found)
