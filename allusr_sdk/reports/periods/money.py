"""What was earned and where it stands: by ledger, by account of the chart, by underlying."""

from decimal import Decimal

from allusr_sdk.ledger.chart import CHART, REALISED
from allusr_sdk.reports.periods.measures import AMOUNTS, COUNTS, Measures
from allusr_sdk.reports.periods.reading import Reading
from allusr_sdk.reports.periods.values import Cell, Column, Row, Table
from allusr_sdk.reports.statements import Statement, balance_sheet, income_statement
from allusr_sdk.reports.statements.layout import USER
from allusr_sdk.reports.words import named

TOTAL = "total"
_MOST = 3


class Standing:
    """Balance sheet and income statement of a period, and the entries under their figures by ledger."""

    income: Statement
    balance: Statement

    def __init__(self, read: Reading) -> None:
        self._read = read
        self.income = income_statement(read.run, read.period.first, read.end)
        self.balance = balance_sheet(read.run, read.end)

    def ledgers(self) -> tuple[str, ...]:
        """Ledgers that have postings up to the period's end."""
        return tuple(column.name for column in self.balance.columns if column.kind == "ledger")

    @property
    def unmarked(self) -> str:
        """What has had no mark for ten days, at the period's end or before its beginning; empty where all has."""
        found = sorted({*self.balance.unmarked, *self.income.unmarked})
        said = ", ".join(f"{key.partition(':')[0]}'s {named(key.partition(':')[2])}" for key in found[:_MOST])
        more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
        return f"no mark for ten days: {said}{more}" if found else ""

    def equity(self, ledger: str | None = None) -> Cell:
        """Cash and positions at last marks, at the period's end; None where a position has no mark."""
        return Cell(self.balance.amount("marked", ledger or USER), self._values(ledger))

    def cash(self, ledger: str | None = None) -> Cell:
        """Cash at the period's end."""
        return Cell(self.balance.amount("cash", ledger or USER), self._values(ledger))

    def unrealised(self, ledger: str | None = None) -> Cell:
        """The unrealised result at the period's end."""
        return Cell(self.balance.amount("unrealised", ledger or USER), self._values(ledger))

    def change(self, ledger: str | None = None) -> Cell:
        """What the unrealised result changed by in the period."""
        before = self._values(ledger, before=True)
        names = {column.name for column in self.income.columns}
        value = self.income.amount("unrealised", ledger or USER) if (ledger or USER) in names else Decimal("0.00")
        return Cell(value, (*before, *self._values(ledger)))

    def collateral(self, ledger: str | None = None) -> Cell:
        """Cash that is reserved behind short puts at the period's end (RULE-1)."""
        book = self._read.book
        names = [ledger] if ledger else [*book.ledgers]
        total = sum((book.ledgers[name].reserved for name in names if name in book.ledgers), Decimal("0.00"))
        return Cell(total.quantize(Decimal("0.01")), self._values(ledger))

    def _values(self, ledger: str | None, *, before: bool = False) -> tuple[int, ...]:
        day = self._read.day_before() if before else self._read.period.last
        found = (self._read.value(name, day) for name in ([ledger] if ledger else self.ledgers()))
        return tuple(entry.seq for entry in found if entry is not None)


def earned(standing: Standing, measures: Measures) -> Table:
    """Money by ledger."""
    columns = (
        Column("ledger", "Ledger"), *(Column(key, title, "usd") for key, title in AMOUNTS.items()),
        Column("unrealised", "Unrealised change", "usd"), Column("equity", "Equity at the end", "usd"),
    )  # fmt: skip

    def row(name: str | None) -> Row:
        sums = (measures.cell(key, ledger=name) for key in AMOUNTS)
        return Row((Cell(name or TOTAL), *sums, standing.change(name), standing.equity(name)), total=name is None)

    about = ("Premium is taken when an option is written and kept when it has ended: what is taken is no income yet. "
             "Realised and unrealised results are apart.")  # fmt: skip
    return Table("earned", "Earned, by ledger", about, columns, tuple(map(row, (*standing.ledgers(), None))))


def income(measures: Measures) -> Table:
    """What was realised, by account of the chart."""
    rows = [
        Row((Cell(account), Cell(CHART[account]), measures.cell(account)))
        for account in sorted(REALISED)
        if measures.cell(account).entries
    ]
    total = Row((Cell(""), Cell("Realised"), measures.cell("realised")), total=True)
    columns = (Column("account", "Account"), Column("name", "What"), Column("amount", "Amount", "usd"))
    about = "By account of the chart, as in the income statement; fees of a trade are inside its result."
    return Table("income", "Realised, by kind", about, columns, (*rows, total) if rows else (), "Nothing was realised.")


def activity(measures: Measures, standing: Standing) -> Table:
    """Contracts and shares by ledger; what nobody did has no column."""
    done = [key for key in COUNTS if measures.cell(key).value]
    columns = (Column("ledger", "Ledger"), *(Column(key, COUNTS[key], "count") for key in done))
    rows = [
        Row((Cell(name or TOTAL), *(measures.cell(key, ledger=name) for key in done)), total=name is None)
        for name in (*standing.ledgers(), None)
    ]
    about = "Contracts, or shares where a column says so. A roll counts as rolled alone."
    return Table("activity", "Traded, by ledger", about, columns, tuple(rows) if done else (), "Nothing was traded.")


def by_symbol(measures: Measures) -> Table:
    """What each underlying did."""
    keys = ("sold", "rolled", "expired", "assigned")
    amounts = ("premium", "premium_kept", "realised")
    columns = (
        Column("symbol", "Underlying"), *(Column(key, COUNTS[key], "count") for key in keys),
        *(Column(key, AMOUNTS[key], "usd") for key in amounts),
    )  # fmt: skip
    rows = (
        Row((Cell(symbol), *(measures.cell(key, symbol=symbol) for key in (*keys, *amounts))))
        for symbol in measures.symbols()
    )
    moved = tuple(row for row in rows if any(cell.value for cell in row.cells[1:]))
    return Table("symbols", "By underlying", "All ledgers together.", columns, moved, "Nothing was traded.")
