"""What was earned, by period, each figure with the entries under it; and reports as a whole."""

from collections.abc import Iterator, Mapping
from datetime import date

from allusr_mcp.accounts import Account
from allusr_mcp.plain import entries
from allusr_sdk.errors import InputError
from allusr_sdk.office import periods
from allusr_sdk.office.periods import PeriodFacts, Told

_EARNED = ("earned", "income")
_MOST = 200  # rows of a table


def uri(account: str, kind: str, label: str) -> str:
    """The resource of a report."""
    return f"allusr://reports/{account}/{kind}/{label}"


def income(account: Account, kind: str, at: date | None) -> Mapping[str, object]:
    """The figures of a week, month or quarter, and what was realised by kind and by ledger."""
    facts = periods.facts(account.followed.run, kind, at)
    return {**_head(facts), **_figures(facts), **{key: _table(facts, key) for key in _EARNED}}


def listed(account: Account) -> Mapping[str, object]:
    """Every report that can be read, newest first of each kind."""
    return {"reports": [_told(account, found) for found in periods.told(account.followed.run)]}


def report(account: Account, kind: str, label: str) -> Mapping[str, object]:
    """A report's figures, sentences and tables. Raises `InputError` where the run has no such period."""
    found = {told.label: told for told in periods.told(account.followed.run) if told.kind == kind}
    told = found.get(label) if label else next(iter(found.values()), None)
    if told is None:
        raise InputError(f"there is no {kind} {label}; there are: {', '.join(found) or 'none'}")
    facts = periods.facts(account.followed.run, kind, told.first if told.over else None)
    tables = {table.key: _table(facts, table.key) for table in facts.tables if not table.routine}
    return {**_head(facts), **_figures(facts), "tables": tables}


def _told(account: Account, found: Told) -> Mapping[str, object]:
    return {
        "kind": found.kind, "label": found.label, "first": found.first, "last": found.last, "over": found.over,
        "resource": uri(account.name, found.kind, found.label),
    }  # fmt: skip


def _head(facts: PeriodFacts) -> Mapping[str, object]:
    return {
        "period": {
            "kind": facts.kind, "label": facts.label, "first": facts.first, "last": facts.last, "status": facts.status,
        },
        "what_if": facts.what_if, "words": [{"text": s.text, "entries": entries(s.entries)} for s in facts.words],
    }  # fmt: skip


def _figures(facts: PeriodFacts) -> Mapping[str, object]:
    return {
        "figures": [
            {"key": f.key, "label": f.label, "value": f.value, "unit": f.unit, "note": f.note,
             "entries": entries(f.entries)}
            for f in facts.headline
        ]
    }  # fmt: skip


def _table(facts: PeriodFacts, key: str) -> Mapping[str, object]:
    table = facts.table(key)
    return {
        "title": table.title, "about": table.about, "units": {c.key: c.unit for c in table.columns},
        "rows": list(_rows(facts, key)), "rows_left_out": max(0, len(table.rows) - _MOST),
    }  # fmt: skip


def _rows(facts: PeriodFacts, key: str) -> Iterator[Mapping[str, object]]:
    table = facts.table(key)
    for row in table.rows[:_MOST]:
        values = {column.key: cell.value for column, cell in zip(table.columns, row.cells, strict=True)}
        yield {**values, "entries": entries({seq for cell in row.cells for seq in cell.entries})}
