"""What is at risk at a period's end, how far the protocol went, and what waits for a human."""

from collections.abc import Iterable
from decimal import Decimal

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import Position
from allusr_sdk.reports.periods.reading import Reading
from allusr_sdk.reports.periods.values import Cell, Column, Row, Table
from allusr_sdk.reports.switches import reason
from allusr_sdk.reports.words import LEVELS, held, named, spoken, unrealised

_HELD = (
    Column("ledger", "Ledger"), Column("symbol", "Underlying"), Column("position", "Held"),
    Column("opened", "Since", "date"), Column("level", "Level"), Column("collateral", "Behind it", "usd"),
    Column("value", "Value", "usd"), Column("unrealised", "Unrealised", "usd"),
)  # fmt: skip


def positions(read: Reading) -> Table:
    """What is held, gravest level first."""
    every = sorted(read.book.positions, key=lambda p: (-p.watch.level, -_behind(p), p.key))
    about = (
        "Behind it: strike times 100 times contracts for a written put, basis for shares. Level: how far the price is "
        "past the strike, 0 Normal to 3 Preservation."
    )
    rows = tuple(_position(read, position) for position in every)
    return Table("positions", "At risk at the end", about, _HELD, rows, "Nothing is held.")


def _position(read: Reading, position: Position) -> Row:
    opened = read.opening(position)
    seen = [e for e in read.entries if getattr(e.event, "position", "") == position.key]
    level = _last(e for e in seen if isinstance(e.event, ev.LevelChanged | ev.Watched)) or opened
    mark = _last(e for e in seen if isinstance(e.event, ev.Marked))
    known = position.mark is not None
    return Row((
        Cell(position.ledger), Cell(position.symbol), Cell(held(position), opened),
        Cell(position.opened.astimezone(NEW_YORK).date(), opened),
        Cell(f"{position.watch.level} {LEVELS[position.watch.level]}", level), Cell(_behind(position), opened),
        Cell(usd(position.value) if known else None, (*opened, *mark)),
        Cell(unrealised(position) if known else None, (*opened, *mark)),
    ))  # fmt: skip


def _behind(position: Position) -> Decimal:
    if position.contract is None:
        return usd(position.amount)
    written_put = position.short and position.contract.is_put and not position.hedges
    return usd(position.contract.notional * -position.quantity) if written_put else ZERO


def _last(entries: Iterable[Entry]) -> tuple[int, ...]:
    found = [entry.seq for entry in entries]
    return tuple(found[-1:])


def levels(read: Reading) -> Table:
    """Every rise of the protocol to level 1 or more, position by position."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in read.entries:
        if isinstance(entry.event, ev.LevelChanged) and entry.event.after > entry.event.before:
            found.setdefault((entry.event.ledger, entry.event.position), []).append(entry)
    columns = (
        Column("ledger", "Ledger"), Column("position", "Position"), Column("highest", "Highest level"),
        Column("rises", "Rises", "count"), Column("when", "Last rise", "date"),
    )  # fmt: skip
    rows = sorted(
        (_risen(entries) for entries in found.values()), key=lambda row: str(row.cells[2].value), reverse=True
    )
    about = "Level 1 prepares a roll, level 2 executes it and freezes entries, level 3 leaves the position."
    return Table("levels", "Protocol", about, columns, tuple(rows), "No position left level 0.")


def _risen(entries: list[Entry]) -> Row:
    events = [e.event for e in entries if isinstance(e.event, ev.LevelChanged)]
    top = max(event.after for event in events)
    seqs = tuple(entry.seq for entry in entries)
    at_top = tuple(e.seq for e in entries if isinstance(e.event, ev.LevelChanged) and e.event.after == top)
    return Row((
        Cell(events[0].ledger), Cell(named(events[0].position.partition(":")[2])),
        Cell(f"{top} {LEVELS[top]}", at_top), Cell(len(events), seqs),
        Cell(entries[-1].at.astimezone(NEW_YORK).date(), seqs[-1:]),
    ))  # fmt: skip


def switches(read: Reading) -> Table:
    """Kill switches that moved."""
    rows = []
    for entry in read.entries:
        event = entry.event
        if isinstance(event, ev.SwitchChanged):
            moved = f"{event.before} -> {event.after}"
            rows.append(Row((
                Cell(entry.at.astimezone(NEW_YORK).date(), (entry.seq,)), Cell(event.ledger or "account"),
                Cell(event.cause), Cell(moved, (entry.seq,)), Cell(event.rule), Cell(spoken(reason(event))),
            )))  # fmt: skip
    columns = (Column("day", "Day", "date"), Column("whose", "Whose"), Column("cause", "Cause"),
               Column("moved", "Tier"), Column("rule", "Rule"), Column("why", "Why"))  # fmt: skip
    return Table("switches", "Kill switches", "NONE is the normal tier, HALT the gravest.", columns, tuple(rows),
                 "No kill switch moved.")  # fmt: skip


def waiting(read: Reading) -> Table:
    """What waits for a human at the period's end."""
    rows = tuple(
        Row((Cell(need.kind.upper(), (need.entry,)), Cell(need.ledger or "account"), Cell(need.symbol),
             Cell(need.rule), Cell(spoken(need.why))))
        for need in read.needs
    )  # fmt: skip
    columns = (Column("kind", "What"), Column("ledger", "Ledger"), Column("symbol", "Symbol"), Column("rule", "Rule"),
               Column("why", "Why"))  # fmt: skip
    return Table("needs", "Waits for a human", "The program does not decide these by itself.", columns, rows,
                 "Nothing waits for a human.")  # fmt: skip
