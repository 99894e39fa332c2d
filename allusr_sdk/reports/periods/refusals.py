"""What was not done, and why: refusals, roll candidates that were turned down, symbols that were passed over."""

from collections.abc import Iterator, Mapping
from datetime import date

from attrs import Factory, define

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.reports.periods.reading import Reading, new_york
from allusr_sdk.reports.periods.values import Cell, Column, Row, Table
from allusr_sdk.reports.reasons import split, worded
from allusr_sdk.reports.words import spoken

_COLUMNS = (
    Column("ledger", "Ledger"), Column("what", "What"), Column("rule", "Rule"), Column("reason", "Why"),
    Column("example", "The last of them"),
    Column("symbols", "Symbols"), Column("days", "Symbols x days", "count"),
)  # fmt: skip
REFUSED, PASSED = "refused", "passed"
_VERDICTS = {"refuse": (REFUSED, "entry"), "skip": (PASSED, "entry")}
_CAPPED = "accounts are active, which is the most"
_UNDONE = frozenset({"rejected", "denied"})


@define
class _Group:
    days: set[tuple[str, date]] = Factory(set)
    entries: list[int] = Factory(list)
    last: str = ""


_Key = tuple[str, str, str, str, str]


def refusals(read: Reading) -> tuple[Table, Table]:
    """What was refused, and what was passed over; a symbol counts once a day and reason."""
    found: dict[_Key, _Group] = {}
    for entry in read.entries:
        for key, text in reasons(entry):
            group = found.setdefault(key, _Group())
            group.days.add((entry.event.symbol, new_york(entry.at)))
            group.entries.append(entry.seq)
            group.last = spoken(f"{entry.event.symbol}: {text}" if entry.event.symbol else text)
    return (
        _table(REFUSED, "Refused", "An order was wanted, or a candidate ready, and a rule said no.", found,
               "Nothing was refused."),
        _table(PASSED, "Passed over", "Looked at, and nothing was wanted: most of it is routine.", found,
               "Nothing was passed over."),
    )  # fmt: skip


def reasons(entry: Entry) -> Iterator[tuple[_Key, str]]:
    """What an entry refuses or passes over: table, ledger, what, rule and words of each reason, and its whole text."""
    event = entry.event
    if isinstance(event, ev.Decided) and event.verdict in _VERDICTS and event.ledger and event.symbol:
        table, what = _VERDICTS[event.verdict]
        for rule, text in split(event):
            yield (table, event.ledger, what, rule, worded(text, event.symbol)), text
    elif isinstance(event, ev.RollPrepared) and not event.taken and event.why:
        what = f"roll candidate {event.rung}"
        yield (REFUSED, event.ledger, what, event.rule, worded(event.why, event.symbol)), event.why
    elif isinstance(event, ev.OrderChanged) and event.status in _UNDONE:
        what = f"order {event.status}"
        yield (REFUSED, event.ledger, what, event.rule, worded(event.reason, event.symbol)), event.reason
    elif isinstance(event, ev.ForkCapped):
        yield (REFUSED, event.ledger, "fork", event.rule, _CAPPED), f"{event.active} {_CAPPED}"


def _table(name: str, title: str, about: str, found: Mapping[_Key, _Group], empty: str) -> Table:
    mine = sorted(((k, g) for k, g in found.items() if k[0] == name), key=lambda each: (-len(each[1].days), each[0]))
    return Table(name, title, about, _COLUMNS, tuple(_row(key, group) for key, group in mine), empty,
                 routine=name == PASSED)  # fmt: skip


def _row(key: _Key, group: _Group) -> Row:
    _, ledger, what, rule, text = key
    symbols = ", ".join(sorted({symbol for symbol, _ in group.days if symbol}))
    return Row((Cell(ledger), Cell(what), Cell(rule), Cell(text), Cell(group.last), Cell(symbols),
                Cell(len(group.days), tuple(group.entries))))  # fmt: skip
