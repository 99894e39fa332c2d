"""Dividends of a year, and which of them are qualified: held for 61 days of 121, those under a call left out (TX-7)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger.tax import TaxEntry
from allusr_sdk.model.events import CashBooked, DividendAccrued, DividendPaid, DividendReceived
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.tax.parcels import Parcel, Parcels
from allusr_sdk.tax.straddles import Cover

NEEDED = 61
"""More than 60 days (s.1(h)(11), s.246(c))."""

AROUND = timedelta(days=60)
"""The 121 days begin 60 days before the ex-date."""


@frozen
class DividendLine:
    """A dividend, dollars.

    Attributes:
        ex, paid: ex-date, and the day whose year it is income of.
        shares, amount: held, and received on them (box 1a).
        qualified: what of it is (box 1b).
        uncovered: what of it would be, had no call been written over its shares.
        note: what is not known of it.
    """

    ledger: str
    symbol: str
    ex: date
    paid: date
    shares: int
    amount: Decimal
    qualified: Decimal
    uncovered: Decimal
    note: str = ""


@frozen
class Dividend:
    """What the journal says of one: a dividend without shares is a line of the broker's account."""

    ledger: str
    symbol: str
    seq: int
    ex: date
    paid: date
    shares: int
    per_share: Decimal
    amount: Decimal


def dividends(entries: Iterable[TaxEntry]) -> tuple[Dividend, ...]:
    """Dividends in order of payment. One that is accrued and not paid yet is income of no year."""
    found: list[Dividend] = []
    waiting: dict[tuple[str, str, Decimal], list[TaxEntry]] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, DividendAccrued):
            waiting.setdefault((event.ledger, event.symbol, usd(event.cash)), []).append(entry)
        elif isinstance(event, DividendReceived):
            accrued = waiting.get((event.ledger, event.symbol, usd(event.cash)), [])
            found.append(_paid(accrued.pop(0), entry) if accrued else _bare(entry, event.cash))
        elif isinstance(event, DividendPaid):
            found.append(_paid(entry, entry))
        elif isinstance(event, CashBooked) and event.what == "dividend":
            found.append(_bare(entry, event.amount))
    return tuple(found)


def _paid(ex: TaxEntry, paid: TaxEntry) -> Dividend:
    event = ex.event
    if not isinstance(event, DividendAccrued | DividendPaid):
        raise TypeError(event.kind)
    where = (event.ledger, event.symbol, ex.seq, ex.day, paid.day)
    return Dividend(*where, event.shares, event.per_share, usd(event.cash))


def _bare(entry: TaxEntry, amount: Decimal) -> Dividend:
    event = entry.event
    return Dividend(event.ledger, event.symbol, entry.seq, entry.day, entry.day, 0, ZERO, usd(amount))


def lines_1099(
    found: Iterable[Dividend], year: int, parcels: Parcels, covers: Sequence[Cover], known: date
) -> tuple[DividendLine, ...]:
    """Dividends of a year with what of them is qualified.

    Args:
        found: all dividends.
        year: tax year.
        parcels: what was held.
        covers: calls that count as diminishing the risk; none, as brokers see it.
        known: last day of the journal: days after it count as not held.
    """
    shares: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        if parcel.contract is None:
            shares.setdefault(parcel.symbol, []).append(parcel)
    over: dict[int, list[Parcel]] = {}
    for cover in covers:
        for part in cover.shares:
            over.setdefault(id(part), []).append(cover.call)
    wanted = [d for d in found if d.paid.year == year]
    return tuple(_line(d, parcels, shares.get(d.symbol, []), over, known) for d in wanted)


def _line(
    d: Dividend, parcels: Parcels, shares: Sequence[Parcel], over: dict[int, list[Parcel]], known: date
) -> DividendLine:
    about = (d.ledger, d.symbol, d.ex, d.paid, d.shares, d.amount)
    if not d.shares:
        return DividendLine(*about, ZERO, ZERO, "a line of the account: shares are not known, so nothing is qualified")
    mine = [p for p in shares if p.seq < d.seq and p.open_after(d.seq) and p.ledger_at(d.seq) == d.ledger]
    held = {id(p): _days(p, d.ex, known) for p in mine}
    bare = sum(parcels.units_at(p, d.seq) for p in mine if len(held[id(p)]) >= NEEDED)
    free = sum(
        parcels.units_at(p, d.seq) for p in mine if len(held[id(p)] - _under(over.get(id(p), []), known)) >= NEEDED
    )
    note = "" if d.ex + AROUND <= known else f"as of {known}: days to come may still count"
    qualified, otherwise = (min(usd(d.per_share * units), d.amount) for units in (free, bare))
    return DividendLine(*about, qualified, otherwise, note)


def _days(parcel: Parcel, ex: date, known: date) -> set[date]:
    """Days of the 121 on which it was held: the day of the purchase is none, that of the sale is one (s.246(c)(3)).

    What wash sales tack on does not count here.
    """
    first = max(parcel.opened + timedelta(days=1), ex - AROUND)
    last = min(parcel.end.day if parcel.end else known, ex + AROUND, known)
    return {first + timedelta(days=i) for i in range((last - first).days + 1)}


def _under(calls: Iterable[Parcel], known: date) -> set[date]:
    """Days on which a call lay over it, the first and the last included."""
    days: set[date] = set()
    for call in calls:
        last = call.end.day if call.end else known
        days |= {call.opened + timedelta(days=i) for i in range((last - call.opened).days + 1)}
    return days
