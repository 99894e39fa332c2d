"""What entries of a journal say, in a sentence for a person who reads it elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from attrs import frozen

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.chart import REALISED
from allusr_sdk.model import events as ev
from allusr_sdk.reports import happenings, levels
from allusr_sdk.reports.words import dollars, many, multiplier, per_share, spoken


@frozen(kw_only=True)
class Happened:
    """A sentence and what it rests on.

    Attributes:
        first, last: numbers of the first and the last entry.
        rules: rule ids, in their order.
    """

    first: int
    last: int
    text: str
    rules: tuple[str, ...]


def grouped(entries: Iterable[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Entries that are told together: the fills of one order; each other one alone. In the order of the first."""
    found: dict[object, list[Entry]] = {}
    for entry in entries:
        event = entry.event
        found.setdefault(event.key if isinstance(event, ev.Filled) else entry.seq, []).append(entry)
    yield from map(tuple, found.values())


def said(entries: Sequence[Entry]) -> Happened | None:
    """What entries of one group (`grouped`) say; None for a kind that says nothing to people."""
    fills = [entry for entry in entries if isinstance(entry.event, ev.Filled)]
    text = _fills(fills) if fills else _alone(entries)
    if not text:
        return None
    rules = tuple(dict.fromkeys(word for entry in entries for word in entry.event.rule.split()))
    return Happened(first=entries[0].seq, last=entries[-1].seq, text=spoken(text), rules=rules)


def _alone(entries: Sequence[Entry]) -> str:
    if isinstance(entries[-1].event, ev.LevelChanged):
        return f"{entries[-1].event.symbol}: {levels.told(entries, {}).text}"
    line = happenings.told(entries)
    return line.text if line is not None else ""


def _fills(entries: Sequence[Entry]) -> str:
    """What was bought and sold with one order, the money, and the result where something ended with it."""
    fills = [entry.event for entry in entries if isinstance(entry.event, ev.Filled)]
    legs = dict.fromkeys(fill.instrument for fill in fills)
    paid = sum((fill.price * fill.quantity * multiplier(fill.instrument) for fill in fills), Decimal(0))
    fees = sum((fill.fee for fill in fills), Decimal(0))
    result = -Decimal(sum(line.amount for e in entries for line in e.lines if line.account in REALISED)) / 100
    head = {"roll": "ROLLED: ", "PE-11": "LEVEL 3 EXIT: ", "PE-10": "HEDGE RELEASED: "}.get(fills[0].cause, "")
    money = f"cost {paid:,.2f}" if paid > 0 else f"credit {-paid:,.2f}"
    ended = f"; result {dollars(result)}" if result else ""
    return f"{head}{', '.join(_leg(fills, leg) for leg in legs)}; {money}, fees {fees:,.2f}{ended}"


def _leg(fills: Sequence[ev.Filled], instrument: str) -> str:
    mine = [fill for fill in fills if fill.instrument == instrument]
    size = sum(fill.quantity for fill in mine)
    price = sum((fill.price * fill.quantity for fill in mine), Decimal(0)) / size if size else mine[-1].price
    verb = ("sold" if size < 0 else "bought") if mine[0].opening else "bought back" if size > 0 else "sold to close"
    return f"{verb} {many(size, instrument)} at {per_share(price)}"
