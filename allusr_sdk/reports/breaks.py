"""Telling breaks between books and broker: what was found, how it ended, what was booked to mend it (section 9)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.chart import REALISED
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Book
from allusr_sdk.reports.words import named, spoken

Told = tuple[str, str]
Named = ev.Broken | ev.Mended | ev.Paged

ENDS = {
    "INFO": "it is mended by what is booked for it",
    "CANCEL": "the order is cancelled at the broker",
    "SYMBOL": "no order goes out in its symbol",
    "ACCOUNT": "the account is SAFE",
}
"""What follows from a break, by its action."""

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


@frozen(kw_only=True)
class Open:
    """A break that is open at the end of a journal; `age` in seconds from the instant at which it was found first."""

    code: str
    subject: str
    symbol: str
    action: str
    what: str
    ours: str
    theirs: str
    cause: str
    opened: datetime
    age: int
    paged: bool


def still_open(book: Book, at: datetime) -> tuple[Open, ...]:
    """Every open break with its age at an instant, oldest first."""
    found = (
        Open(
            code=b.code, subject=b.subject, symbol=b.symbol, action=b.action, what=b.what, ours=b.ours, theirs=b.theirs,
            cause=b.cause, opened=b.opened, age=int((at - b.opened).total_seconds()), paged=b.paged,
        )
        for b in book.breaks.values()
    )  # fmt: skip
    return tuple(sorted(found, key=lambda b: (b.opened, b.code, b.subject)))


def open_lines(found: tuple[Open, ...]) -> Iterator[str]:
    """Open breaks, one line each under a heading; nothing where none is."""
    if found:
        yield f"Breaks between books and broker: {len(found)} open"
    for one in found:
        called = "; a person was called" if one.paged else ""
        yield f"  {one.code} {spoken(one.subject)}, open for {lasted(one.age)}: {differs(one)}{called}"


def lasted(seconds: int) -> str:
    """``45 s``, ``12 min``, ``3 h``, ``2 d``: whole units of the largest that fits."""
    size, name = next(((size, name) for size, name in _UNITS if seconds >= size), (1, "s"))
    return f"{seconds // size} {name}"


def differs(found: ev.Broken | Open) -> str:
    """What is wrong, both sides, what follows and where it comes from."""
    sides = f"ours {found.ours or 'nothing'}, theirs {found.theirs or 'nothing'}"
    cause = f"cause: {found.cause}" if found.cause else "cause unknown"
    return spoken("; ".join((found.what, sides, ENDS.get(found.action, found.action), cause)))


def broken(event: ev.Broken, entry: Entry) -> Told:
    """The line of a break that was found, or found to be another."""
    if not event.subject:
        return "broken", f"BOOKS AND VENUE DISAGREE: {event.what}"
    return "broken", f"BREAK {event.rule} {spoken(event.subject)}: {differs(event)}"


def mended(event: ev.Mended, entry: Entry) -> Told:
    """The line of a break that is closed."""
    about = f"{event.rule} {spoken(event.subject)}"
    if event.how != "explained":
        return "mended", f"MENDED {about}: books and broker agree again"
    why = f": {event.reason}" if event.reason else ""
    kept = f"; the broker's {spoken(event.theirs)} is no break while it stays so" if event.theirs else ""
    return "mended", f"EXPLAINED {about} by {event.actor or 'nobody named'}{why}{kept}"


def paged(event: ev.Paged, entry: Entry) -> Told:
    """The line of a person who was called."""
    return "paged", f"A PERSON WAS CALLED about {spoken(event.subject)}: {event.why}"


def corrected(event: ev.Corrected, entry: Entry) -> Told:
    """The line of an execution that the broker told otherwise: dollars, and who bears them."""
    now = f", now {event.execution}" if event.execution not in ("", event.corrects) else ""
    fee = f", fees {event.fee:+,.2f}" if event.fee else ""
    why = f"; {event.why}" if event.why else ""
    about = f"{named(event.instrument)}, execution {event.corrects}{now}"
    return "corrected", f"CORRECTED {about}: {event.amount:+,.2f}{fee}{_bearers(entry)}{why}"


def _bearers(entry: Entry) -> str:
    """Where a correction went besides cash: the lot, the realised result, or both."""
    result = -Decimal(sum(line.amount for line in entry.lines if line.account in REALISED)) / 100
    lot = any(line.account in ("1100", "1200", "2100") for line in entry.lines)
    parts = [text for holds, text in ((lot, "its lot"), (result, f"the realised result ({result:+,.2f})")) if holds]
    return f"; booked in {' and '.join(parts)}" if parts else ""


def cash_booked(event: ev.CashBooked, entry: Entry) -> Told:
    """The line of income or expense that no execution explains."""
    about = f" of {event.symbol}" if event.symbol else ""
    return event.what, f"{event.what.upper()}{about}: {event.amount:+,.2f}, line {event.line} of the broker's account"
