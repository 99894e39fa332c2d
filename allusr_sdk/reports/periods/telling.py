"""A report in sentences: what was earned, what is at risk, what was refused and why, from its figures alone."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from allusr_sdk.reports.periods.period import WEEK
from allusr_sdk.reports.periods.values import Cell, Figure, Row, Sentence, Table
from allusr_sdk.reports.words import plural

Tables = Mapping[str, Table]
Figures = Mapping[str, Figure]


def sentences(kind: str, figures: Figures, tables: Tables) -> Iterator[Sentence]:
    """The sentences of a report, what a person asks first first."""
    yield _earned(figures)
    yield _premium(figures)
    yield _traded(tables["activity"])
    yield _risk(figures, tables["positions"])
    yield _refused(tables["refused"], tables["passed"])
    yield _waiting(tables["needs"])
    yield from _types(tables["weeks"], kind)
    yield from _performed(tables.get("performance"))
    yield from _capital(tables["capital"])


def _earned(figures: Figures) -> Sentence:
    realised, change, equity, moved = (figures[k] for k in ("realised", "unrealised", "equity", "equity_change"))
    under = (*realised.entries, *change.entries, *equity.entries)
    return Sentence(
        f"{_signed('Realised', realised)}; what is not realised changed by {_money(change.value, plus=True)}. "
        f"Equity ended at {_money(equity.value)}, {_money(moved.value, plus=True)} over the period."
        f"{_unknown(change, equity)}", under,
    )  # fmt: skip


def _unknown(*figures: Figure) -> str:
    missing = [figure.note for figure in figures if figure.value is None and figure.note]
    return f" Unknown, for there is {missing[0]}." if missing else ""


def _signed(word: str, figure: Figure) -> str:
    if figure.value == 0:
        return "Nothing was realised"
    return f"{word}: {_money(figure.value, plus=True)}"


def _premium(figures: Figures) -> Sentence:
    taken, kept = figures["premium"], figures["premium_kept"]
    if not taken.entries and not kept.entries:
        return Sentence("No premium was taken, and none was kept.")
    return Sentence(
        f"Premium of {_money(taken.value)} was taken; options that ended kept {_money(kept.value, plus=True)}. "
        "What is taken is a debt until the option ends.", (*taken.entries, *kept.entries),
    )  # fmt: skip


def _traded(table: Table) -> Sentence:
    if not table.rows:
        return Sentence("Nothing was traded.")
    total = table.rows[-1].cells[1:]
    said = [f"{column.title.lower()} {cell.value:,}" for column, cell in zip(table.columns[1:], total, strict=True)]
    return Sentence(f"Traded: {', '.join(said)}.", tuple(seq for cell in total for seq in cell.entries))


def _risk(figures: Figures, table: Table) -> Sentence:
    if not table.rows:
        return Sentence("Nothing is held, so nothing is at risk.")
    behind, equity, gravest = figures["collateral"], figures["equity"], table.rows[0].cells
    part = ""
    if isinstance(equity.value, Decimal) and isinstance(behind.value, Decimal) and equity.value > 0:
        part = f", {behind.value / equity.value:.1%} of equity"
    count = f"{len(table.rows)} position{'s are' if len(table.rows) > 1 else ' is'}"
    return Sentence(
        f"At risk: {count} held. {_money(behind.value)} of cash stands behind written puts{part}{_shares(table)}. "
        f"The gravest is {gravest[1].value}, {gravest[2].value} in {gravest[0].value}, at level {gravest[4].value}.",
        (*behind.entries, *(seq for cell in gravest for seq in cell.entries)),
    )  # fmt: skip


def _shares(table: Table) -> str:
    cost = [row.cells[5].value for row in table.rows if " shares" in str(row.cells[2].value)]
    return f", and {_money(sum(c for c in cost if isinstance(c, Decimal)))} are paid for shares" if cost else ""


def _refused(refused: Table, passed: Table) -> Sentence:
    routine = f" Passed over without an order being wanted: {plural(len(passed.rows), 'reason')}, listed below."
    if not refused.rows:
        return Sentence(f"No order that was wanted was refused.{routine if passed.rows else ''}")
    first = refused.rows[:3]
    said = "; ".join(map(_refusal, first))
    return Sentence(f"Refused, most often: {said}.", tuple(s for row in first for s in row.cells[6].entries))


def _refusal(row: Row) -> str:
    _, what, rule, _, example, _, count = (cell.value for cell in row.cells)
    return f"{what}, {plural(count, 'symbol-day')}, last {example} ({rule})"


def _waiting(table: Table) -> Sentence:
    if not table.rows:
        return Sentence("Nothing waits for a human.")
    said = "; ".join(f"{row.cells[0].value} {row.cells[2].value}: {row.cells[4].value}" for row in table.rows[:3])
    more = f"; and {len(table.rows) - 3} more" if len(table.rows) > 3 else ""
    under = tuple(seq for row in table.rows for seq in row.cells[0].entries)
    verb = "things wait" if len(table.rows) > 1 else "thing waits"
    return Sentence(f"{len(table.rows)} {verb} for a human: {said}{more}.", under)


def _types(table: Table, kind: str) -> Iterator[Sentence]:
    rows = [row for row in table.rows if row.cells[1].value == "account"]
    under = tuple(seq for row in rows for seq in row.cells[2].entries)
    if kind == WEEK and rows:
        yield Sentence(f"The week's type is {rows[0].cells[2].value} ({rows[0].cells[4].value}).", under)
    elif rows:
        names = [str(row.cells[2].value) for row in rows]
        counted = ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))
        yield Sentence(f"Weeks by type: {counted}.", under)


def _performed(table: Table | None) -> Iterator[Sentence]:
    if table is None:
        return
    mine = {column.key: cell for column, cell in zip(table.columns, table.rows[0].cells, strict=True)}
    if mine["total"].value is None:
        yield Sentence("Too few daily values to tell a return.")
        return
    days = mine["days"].value
    beside = [f"{r.cells[0].value} {_percent(r.cells[2])}" for r in table.rows[1:] if r.cells[2].value is not None]
    short = mine["cagr"].value is None
    year = "too short to speak of a year" if short else f"which is {_percent(mine['cagr'])} a year"
    yield Sentence(
        f"To date, over {plural(days, 'day')}: return {_percent(mine['total'])}, {year}, "
        f"with a drawdown of {_percent(mine['drawdown'])}. "
        + (f"Over the same days: {', '.join(beside)}." if beside else "What SPY, QQQ and T-bills did is unknown here."),
        mine["total"].entries,
    )  # fmt: skip


def _capital(table: Table) -> Iterator[Sentence]:
    if table.rows:
        under = tuple(seq for row in table.rows for cell in row.cells for seq in cell.entries)
        yield Sentence(
            f"Forks, merges, transfers and appropriations: {plural(len(table.rows), 'entry', 'entries')}.", under
        )


def _money(value: object, *, plus: bool = False) -> str:
    if not isinstance(value, Decimal):
        return "an unknown amount"
    return f"{value:+,.2f}" if plus else f"{value:,.2f}"


def _percent(cell: Cell) -> str:
    return f"{cell.value:+.1%}" if isinstance(cell.value, float) else "unknown"
