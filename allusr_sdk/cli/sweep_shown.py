"""What a sweep came to: on the terminal, as JSON, as tables and as a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.trials.judged import Judged
    from allusr_sdk.trials.rows import Cell, Row
    from allusr_sdk.trials.sweep import Result, Sweep

PAGE = "sweep.html"
COLUMNS = ("drawdown", "worst_week", "kept")

_TOP, _BAD = 12, 3  # rows, and reasons, that a terminal is shown
_LONG = 160


def shown(folder: Path, sweep: "Sweep", results: "Mapping[int, Result]", *, as_json: bool) -> None:
    """Write the tables and the page of a sweep into its folder, and print what it came to."""
    from allusr_sdk.cli.output import emit
    from allusr_sdk.trials.headings import headings
    from allusr_sdk.trials.judged import judged, telling
    from allusr_sdk.trials.parquet import write
    from allusr_sdk.trials.rows import rows

    found = judged(sweep, results)
    every = rows(sweep, results, found)
    tables = write(folder, sweep, results, found)
    page, why = _page(folder, sweep, found, every)
    if as_json:
        emit({
            "folder": str(folder), "market": sweep.market, "options": sweep.prices, "headings": list(headings(sweep)),
            "first": sweep.shared["first"], "last": sweep.shared["last"], "rulebook": sweep.shared["rulebook"],
            "seeds": sweep.seeds, "over": [axis.key for axis in sweep.space.axes], "judged": found,
            "sentences": list(telling(found)), "rows": every, "tables": [str(path) for path in tables],
            "page": None if page is None else str(page),
        })  # fmt: skip
        return
    _print(sweep, found, every)
    print(f"\nNext: {why or page}, {tables[0]}, `allusr sweep propose {folder} ROW --by NAME`")


def _page(folder: Path, sweep: "Sweep", found: "Judged", every: "Sequence[Row]") -> tuple[Path | None, str]:
    """Where the page is, or why there is none: it needs an extra, and a sweep is worth its tables without it."""
    from allusr_sdk.trials.page import page

    try:
        text = page(sweep, found, every)
    except InputError as error:
        return None, f"no page ({error})"
    (folder / PAGE).write_text(text, "utf-8")
    return folder / PAGE, ""


def _print(sweep: "Sweep", found: "Judged", every: "Sequence[Row]") -> None:
    from allusr_sdk.cli.output import strong, table
    from allusr_sdk.trials.headings import headings
    from allusr_sdk.trials.judged import telling

    for text in headings(sweep):
        strong(text)
    strong(f"Sweep over {', '.join(axis.name for axis in sweep.space.axes)} · {sweep.shared['first']} to "
           f"{sweep.shared['last']} · {sweep.market}")  # fmt: skip
    print(f"capital {float(sweep.shared['capital']):,.2f} · seeds {', '.join(map(str, sweep.seeds))} · rulebook "
          f"{sweep.shared['rulebook']} · options {sweep.prices}\n")  # fmt: skip
    for text in telling(found):
        print(text)
    print()
    table(*_table(sweep, every[:_TOP]), left=1 + len(sweep.space.axes))
    if len(every) > _TOP:
        print(f"... and {len(every) - _TOP:,} more rows")
    bad = [row for row in every if row.why]
    for row in bad[:_BAD]:
        print(f"row {row.row}: {row.why[:_LONG]}")
    if len(bad) > _BAD:
        print(f"... and {len(bad) - _BAD:,} more that did not end")


def _table(sweep: "Sweep", every: "Sequence[Row]") -> tuple[list[str], list[list[str]]]:
    from allusr_sdk.trials.rows import SHARPE, growth

    across = "95% interval" if len(sweep.seeds) == 1 else "over seeds"
    labels = {cell.key: cell.label for row in every for cell in row.cells}
    keys = [key for key in (growth(every), *COLUMNS) if key in labels]
    heads = ["row", *(axis.name for axis in sweep.space.axes), "Sharpe", across, *(labels[key] for key in keys)]
    body = []
    for row in every:
        first, others = row.cell(SHARPE), [row.cell(key) for key in keys]
        body.append([str(row.row), *row.values.values(), value_of(first), _reach(first), *map(value_of, others)])
    return heads, body


def value_of(cell: "Cell | None") -> str:
    """A measure in words; nothing where the row has none such."""
    from allusr_sdk.reports.periods.shown import shown as words

    return "" if cell is None else words(cell.value, cell.unit)


def _reach(cell: "Cell | None") -> str:
    from allusr_sdk.reports.periods.shown import shown as words

    return "" if cell is None or cell.low is None else f"{words(cell.low, cell.unit)} to {words(cell.high, cell.unit)}"
