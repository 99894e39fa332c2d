"""Sums over postings up to the end of a New York day: the ground of every statement; nothing is folded (LG-2)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from attrs import frozen
from sqlalchemy import ColumnElement, and_, func, or_, select

from allusr_sdk.ledger.chart import CASH
from allusr_sdk.ledger.entry import Entry, entry_of, knows
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.storage import asked, stored
from allusr_sdk.ledger.tables import entries, postings
from allusr_sdk.ledger.tax import first_since, midnight, tax_entries
from allusr_sdk.model.events import ForkFunded, Funded, Marked, SplitApplied, TransferTaken
from allusr_sdk.model.money import usd
from allusr_sdk.model.nodes import ROOT

POSITIONS = ("1100", "1200", "2100")
"""Accounts in which positions stand at what they cost or brought."""
_MARK_DAYS = 10  # each position is marked every session, and no ten days pass without one


@frozen
class Flow:
    """What one kind of entry posted against cash: dollars on one side of an account, debits positive."""

    ledger: str
    kind: str
    account: str
    debit: bool
    amount: Decimal


@frozen
class Holding:
    """An instrument that a ledger holds: signed units, and the dollars that it stands at, debits positive."""

    ledger: str
    symbol: str
    instrument: str
    quantity: int
    amount: Decimal


def until(run: Run, at: date | None) -> ColumnElement[bool]:
    """Postings of a run up to the end of a New York date; None counts everything.

    Entries stand nearly in the order of their instants, so a number bounds them, but for what was told late.
    """
    run.flush()
    mine = postings.c.run == run.id
    if at is None:
        return mine
    after = at + timedelta(days=1)
    later = first_since(run, after)
    late = select(entries.c.seq).where(entries.c.run == run.id, entries.c.seq > later, entries.c.at < midnight(after))
    return and_(mine, or_(postings.c.seq < later, postings.c.seq.in_(late)))


def within(run: Run, first: date, at: date) -> Iterator[Entry]:
    """Entries of two New York dates and all between, in order of their numbers; what was told late is among them.

    Kinds that this version does not know are skipped.
    """
    begins, ends = midnight(first), midnight(at + timedelta(days=1))
    chosen = select(entries).where(entries.c.at >= begins, entries.c.at < ends)
    for row, lines in stored(run.ledger.engine, run.id, chosen, after=first_since(run, first) - 1):
        if knows(row):
            yield entry_of(row, lines)


def flows(run: Run, at: date | None = None) -> tuple[Flow, ...]:
    """What stands against cash by ledger, kind of entry, account and side; per ledger it sums to what cash changed."""
    debit = postings.c.amount > 0
    columns = (postings.c.ledger, entries.c.kind, postings.c.account, debit)
    same = and_(entries.c.run == postings.c.run, entries.c.seq == postings.c.seq)
    chosen = select(*columns, func.sum(postings.c.amount)).join(entries, same)
    chosen = chosen.where(until(run, at), postings.c.account != CASH).group_by(*columns)
    found = asked(run.ledger.engine, chosen)
    return tuple(Flow(ledger, kind, account, bool(side), _usd(cents)) for ledger, kind, account, side, cents in found)


def holdings(run: Run, at: date | None = None) -> tuple[Holding, ...]:
    """Every instrument that is held, by ledger."""
    p = postings.c
    units, amount = func.sum(p.quantity), func.sum(p.amount)
    names = (p.ledger, p.symbol, p.instrument)
    chosen = select(*names, units, amount).where(until(run, at), p.account.in_(POSITIONS)).group_by(*names)
    found = asked(run.ledger.engine, chosen.having(units != 0))
    held = (Holding(ledger, symbol, name, int(count), _usd(cents)) for ledger, symbol, name, count, cents in found)
    return tuple(sorted(held, key=lambda each: (each.ledger, each.instrument)))


def homes(run: Run) -> Mapping[str, str]:
    """The account that each ledger belongs to, in the order in which they began (FK-4)."""
    found: dict[str, str] = {}
    for entry in tax_entries(run, (Funded, ForkFunded, TransferTaken)):
        event, home = entry.event, ROOT
        if isinstance(event, ForkFunded):
            home = event.node
        elif isinstance(event, TransferTaken):
            home = found.get(event.source, ROOT)
        found.setdefault(event.ledger, home)
    return found


def marks(run: Run, day: date) -> Mapping[tuple[str, str], Decimal]:
    """The last mark per share by ledger and instrument in the ten days up to a New York date, dollars.

    Under no ledger's name stands the newest of any: what has just arrived was marked where it came from. A split ends
    the marks of its symbol: what they were of is no more.
    """
    found: dict[tuple[str, str], tuple[str, Decimal]] = {}
    for entry in tax_entries(run, (Marked, SplitApplied), day - timedelta(days=_MARK_DAYS), day):
        event = entry.event
        if isinstance(event, Marked):
            name = event.position.partition(":")[2]
            found[event.ledger, name] = found["", name] = event.symbol, event.mark
        else:
            found = {name: mark for name, mark in found.items() if mark[0] != event.symbol}
    return {name: mark for name, (_, mark) in found.items()}


def _usd(cents: int) -> Decimal:
    return usd(Decimal(int(cents)) / 100)
