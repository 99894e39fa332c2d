"""What a report is made of: figures, tables, sentences and plots, each with the numbers of the entries under it."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from attrs import field, frozen

Value = Decimal | int | float | str | date | None
"""None is unknown, which is not zero; an empty text is nothing to say."""

Entries = tuple[int, ...]


def _numbers(entries: Entries) -> Entries:
    return tuple(sorted(set(entries)))


@frozen
class Figure:
    """One value with its unit and its entries.

    Attributes:
        key: stable name; `label` is what a person reads.
        unit: usd, count, fraction (0.05 is 5 %), number, date, text.
        entries: numbers of the journal's entries that it rests on.
        note: what has to be known about it.
    """

    key: str
    label: str
    value: Value
    unit: str = "usd"
    entries: Entries = field(default=(), converter=_numbers)
    note: str = ""


@frozen
class Column:
    """A column of a table; `unit` as in `Figure`."""

    key: str
    title: str
    unit: str = "text"


@frozen
class Cell:
    """A value of a table and its entries."""

    value: Value
    entries: Entries = field(default=(), converter=_numbers)


@frozen
class Row:
    """A row: a cell a column. `total` tells a sum of those above."""

    cells: tuple[Cell, ...]
    total: bool = False


@frozen
class Table:
    """A table; `empty` is what is read where it has no rows, `routine` tells that its entries are not printed."""

    key: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    empty: str = "Nothing."
    routine: bool = False


@frozen
class Sentence:
    """A sentence and the entries that it rests on."""

    text: str
    entries: Entries = field(default=(), converter=_numbers)


@frozen
class Trace:
    """One series of a plot; None in `y` is unknown. `x` are dates or names."""

    name: str
    x: tuple[date | str, ...]
    y: tuple[float | None, ...]


@frozen
class Span:
    """A bar over time, as an account's life or a rung's; `depth` indents it."""

    name: str
    first: date
    last: date
    text: str = ""
    depth: int = 0


@frozen
class Plot:
    """A plot.

    Attributes:
        kind: lines, bars, grid (a trace a row; `y` indexes `words`) or spans.
        unit: of `y`: usd, fraction or count.
        words: names of a grid's values, mildest first.
    """

    key: str
    title: str
    about: str
    kind: str
    unit: str = "usd"
    traces: tuple[Trace, ...] = ()
    spans: tuple[Span, ...] = ()
    words: tuple[str, ...] = ()


@frozen
class Linked:
    """An entry that something rests on. `amount` is the cash that it moved, in dollars; None where it moved none."""

    seq: int
    at: datetime
    kind: str
    ledger: str
    symbol: str
    rule: str
    amount: Decimal | None
    text: str


@frozen
class Added:
    """A plugin's own section, plain text; `failed` tells that its error stands in place of it."""

    plugin: str
    title: str
    text: str
    failed: bool = False


@frozen(kw_only=True)
class PeriodFacts:
    """A report's facts. Every rendering is made of this and of nothing else.

    Attributes:
        kind: week, month or quarter; `label` names it: ``2026-W07``, ``2026-02``, ``2026-Q1``.
        first, last: New York dates, both included.
        status: OPEN before the period's last session has ended, PROVISIONAL until the next one, FINAL afterwards.
        asof: the instant of the last entry that it knows; `seq` and `head` are that entry's number and hash.
        headline: the figures that a person looks for first.
        words: the same in sentences.
        linked: the entries that anything in it rests on, by number.
    """

    run: int
    mode: str
    market: str
    rulebook: str
    what_if: Mapping[str, str]
    kind: str
    label: str
    first: date
    last: date
    status: str
    asof: datetime | None
    seq: int
    headline: tuple[Figure, ...]
    words: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...]
    sections: tuple[Added, ...]
    linked: tuple[Linked, ...]

    def under(self, *, routine: bool = True) -> frozenset[int]:
        """Numbers of all entries that something in it rests on, with or without those of routine tables."""
        tables = (table for table in self.tables if routine or not table.routine)
        cells = (cell for table in tables for row in table.rows for cell in row.cells)
        found = [cell.entries for cell in cells] + [f.entries for f in self.headline] + [s.entries for s in self.words]
        return frozenset(seq for entries in found for seq in entries)

    @property
    def name(self) -> str:
        """Name of its files, without a suffix: ``week-2026-W07``."""
        return f"{self.kind}-{self.label}"

    def figure(self, key: str) -> Figure:
        """A figure of the headline. Raises `KeyError` where there is none."""
        return {figure.key: figure for figure in self.headline}[key]

    def table(self, key: str) -> Table:
        """A table. Raises `KeyError` where there is none."""
        return {table.key: table for table in self.tables}[key]
