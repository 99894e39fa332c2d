"""Facts as JSON, and as one CSV of every value."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from allusr_sdk.reports.periods.values import Entries, PeriodFacts, Value

_HEAD = ("section", "row", "item", "value", "unit", "entries")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_text(facts: PeriodFacts) -> str:
    """The facts as JSON: amounts are text, exact to the cent; unknown is null."""
    body = {"report": facts.name, **msgspec.to_builtins(facts, enc_hook=_plain)}
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def csv_text(facts: PeriodFacts) -> str:
    """Every value of the facts as a row: section, row, item, value, unit, numbers of its entries.

    Text that a spreadsheet would take for a formula has an apostrophe before it; an unknown value is empty.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_HEAD)
    writer.writerows([_safe(cell) for cell in row] for row in _rows(facts))
    return file.getvalue()


def _rows(facts: PeriodFacts) -> Iterator[Sequence[str]]:
    for figure in facts.headline:
        yield _row("headline", "", figure.key, figure.value, figure.unit, figure.entries)
    for i, sentence in enumerate(facts.words):
        yield _row("words", str(i + 1), "sentence", sentence.text, "text", sentence.entries)
    for table in facts.tables:
        for i, row in enumerate(table.rows):
            for column, cell in zip(table.columns, row.cells, strict=True):
                yield _row(table.key, str(i + 1), column.key, cell.value, column.unit, cell.entries)
    for added in facts.sections:
        yield _row("sections", added.plugin, added.title, added.text, "text", ())
    for entry in facts.linked:
        amount, text = entry.amount, f"{entry.kind} {entry.ledger} {entry.symbol} {entry.rule}: {entry.text}"
        yield _row("entries", str(entry.seq), entry.at.isoformat(), text, "text", (entry.seq,))
        if amount is not None:
            yield _row("entries", str(entry.seq), "cash", amount, "usd", (entry.seq,))


def _row(section: str, row: str, item: str, value: Value, unit: str, entries: Entries) -> Sequence[str]:
    return (section, row, item, "" if value is None else str(value), unit, " ".join(map(str, entries)))


def _safe(text: str) -> str:
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")
