"""What a quarter adds: the tax ledger, reinvestment, hedges and the LEAP ladders (FK-7, TX-8, PE-9, LL-2)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from allusr_sdk.ledger.tax import Disposal, disposals
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.outstanding import HEDGE
from allusr_sdk.reports.ladders import ladders
from allusr_sdk.reports.periods.measures import Measures
from allusr_sdk.reports.periods.money import Standing
from allusr_sdk.reports.periods.period import Period
from allusr_sdk.reports.periods.reading import Reading
from allusr_sdk.reports.periods.trades import moved_row
from allusr_sdk.reports.periods.values import Cell, Column, Row, Table

_TERMS = ("section 1256, marked and 60/40", "long-term", "short-term")
_POSITIONS = ("4010", "4020", "4030", "4040", "4100")


def tax_ledger(read: Reading, measures: Measures) -> Table:
    """What was disposed of in the quarter by term, as the books have it, and what is no disposal."""
    found = [one for one in disposals(read.run) if read.period.holds(_day(one))]
    under = tuple(seq for key in _POSITIONS for seq in measures.cell(key).entries)
    rows = [_term(text, [one for one in found if _term_of(one) == text], under) for text in _TERMS]
    rows = [row for row in rows if row.cells[1].value]
    for key, text in (("4200", "dividends"), ("4300", "interest received"), ("5200", "interest and charges")):
        cell = measures.cell(key)
        if cell.entries:
            rows.append(Row((Cell(text), Cell(""), Cell(""), Cell(""), cell)))
    columns = (Column("term", "What"), Column("lots", "Lots", "count"), Column("proceeds", "Proceeds", "usd"),
               Column("cost", "Cost", "usd"), Column("gain", "Gain", "usd"))  # fmt: skip
    about = ("First in, first out, nothing disallowed: wash sales and straddles of the year are in "
             "`allusr ledger tax YEAR`. No tax advice.")  # fmt: skip
    return Table("tax", "Tax ledger", about, columns, tuple(rows), "Nothing was disposed of.")


def _term_of(one: Disposal) -> str:
    return _TERMS[0] if one.section_1256 else _TERMS[1] if one.long_term else _TERMS[2]


def _term(text: str, found: list[Disposal], under: tuple[int, ...]) -> Row:
    proceeds, cost = _sum(one.proceeds for one in found), _sum(one.cost for one in found)
    amounts = (Cell(amount, under) for amount in (proceeds, cost, proceeds - cost))
    return Row((Cell(text), Cell(len(found), under), *amounts))


def _day(one: Disposal) -> date:
    return one.acquired if one.quantity < 0 else one.sold


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def reinvestment(read: Reading, standing: Standing) -> Table:
    """What was appropriated for the quarter and what stands appropriated, by ledger."""
    booked = {e.event.ledger: e for e in read.run.entries(kind="Reinvested") if _of(e.event, read.period)}
    rows = []
    for name in standing.ledgers():
        book, entry = read.book.ledgers.get(name), booked.get(name)
        event = entry.event if entry else None
        stands = (book.tax_reserve, book.contracts_budget, book.leap_budget) if book else (ZERO, ZERO, ZERO)
        if not isinstance(event, ev.Reinvested) and not any(stands):
            continue
        under = (entry.seq,) if entry else ()
        gain = event.gain if isinstance(event, ev.Reinvested) else ""
        last = standing.equity(name).entries
        rows.append(Row((Cell(name), Cell(gain, under), *(Cell(amount, (*under, *last)) for amount in stands))))
    columns = (Column("ledger", "Ledger"), Column("gain", "Net gain reinvested", "usd"),
               Column("reserve", "Tax reserve stands at", "usd"), Column("contracts", "Contracts budget", "usd"),
               Column("leaps", "LEAP budget", "usd"))  # fmt: skip
    about = (
        "A quarter's net gain is appropriated on the next quarter's first session: 30 % for taxes, the rest to work."
    )
    return Table("reinvestment", "Reinvestment", about, columns, tuple(rows), "Nothing is appropriated.")


def _of(event: ev.Event, period: Period) -> bool:
    return isinstance(event, ev.Reinvested) and event.quarter == period.label


def hedges(read: Reading) -> Table:
    """Each hedge bought and sold."""
    rows = tuple(
        moved_row(entry)
        for entry in read.entries
        if isinstance(entry.event, ev.Filled) and entry.event.cause.startswith(HEDGE)
    )
    columns = (Column("at", "New York"), Column("ledger", "Ledger"), Column("what", "What"),
               Column("cash", "Cash", "usd"), Column("result", "Result", "usd"), Column("rule", "Rules"))  # fmt: skip
    return Table("hedges", "Hedges", "Why it was bought stands behind it: the trigger of PE-10.", columns, rows,
                 "No hedge was bought or sold.")  # fmt: skip


def ladder(read: Reading) -> Table:
    """Each rung that is held."""
    rows = []
    for one in ladders(read.book):
        held = {p.contract.osi if p.contract else p.symbol: p for p in read.book.ledgers[one.ledger].positions.values()}
        for rung in one.rungs:
            under = read.opening(held[rung.contract])
            last = tuple(e.seq for e in [read.value(one.ledger, read.period.last)] if e is not None)
            value = rung.value if rung.mark is not None else None
            rows.append(Row((
                Cell(one.ledger), Cell(rung.text, under), Cell(rung.quantity, under), Cell(rung.bought, under),
                Cell(rung.cost, under), Cell(value, (*under, *last)),
                Cell(None if value is None else value - rung.cost, (*under, *last)),
            )))  # fmt: skip
    columns = (
        Column("ledger", "Ledger"), Column("rung", "Rung"), Column("quantity", "Contracts", "count"),
        Column("bought", "Bought", "date"), Column("cost", "Cost", "usd"), Column("value", "Worth", "usd"),
        Column("gain", "Unrealised", "usd"),
    )  # fmt: skip
    return Table("ladder", "LEAP ladder", "Long-dated options, nearest expiry first.", columns, tuple(rows),
                 "No rung is held.")  # fmt: skip
