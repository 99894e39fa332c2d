"""Equity, drawdown, cash and collateral: what ledgers are worth, and what of it is bound."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, clock, count, day, ledger, many, say, share
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.periods import Period
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record
from allusr_advisor.asking.topics.common import equity_of, valued, when, who
from allusr_advisor.asking.topics.money import held, income
from allusr_sdk.model import events as ev
from allusr_sdk.model.ladders import is_ladder
from allusr_sdk.model.money import ZERO

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


def equity(record: Record, asked: Question) -> Answer:
    """Equity at the end of the days asked for, its change over them, and of which ledgers it is made."""
    names = _deployed(record, asked)
    found = [e for name in names for e in valued(record, name, asked.period)[-1:]]
    if not found:
        return Answer(direct=(say("{who} was not valued yet {when}", who=who(asked), when=when(asked, record)),))
    last = max(clock(e.at).date() for e in found)
    direct = say(
        "{who} was worth {sum} at the end of {day}", who=who(asked), sum=usd(_sum(found)), day=day(last), rules="LG-3",
        entries=(e.seq for e in found),
    )  # fmt: skip
    parts = [
        say("{who}: {sum}", who=ledger(e.event.ledger), sum=usd(_sum([e])), entries=(e.seq,))
        for e in found
        if len(found) > 1
    ]
    change = _change(record, asked, tuple(e.event.ledger for e in found), found)
    left = income(record, asked).open
    return Answer(direct=(direct, *change, *_moved(record, asked)), why=tuple(parts), open=left)


def _deployed(record: Record, asked: Question) -> tuple[str, ...]:
    """The ledgers asked for; all of the account's, what no sleeve works with included, where none is named."""
    return asked.ledgers or tuple(record.book.ledgers)


def _sum(found: Sequence["Entry"]) -> Decimal:
    return sum(map(equity_of, found), ZERO)


def _change(record: Record, asked: Question, names: Sequence[str], found: Sequence["Entry"]) -> tuple[Fact, ...]:
    """Against the last valuation before, or what was contributed where there is none."""
    period = asked.period or record.whole
    start, seqs = ZERO, list[int]()
    for name in names:
        before = [e for e in valued(record, name) if clock(e.at).date() < period.first]
        given = [e for e in record.of("Funded", "ForkFunded") if e.event.ledger == name]
        start += _sum(before[-1:]) if before else sum((getattr(e.event, "amount", ZERO) for e in given), ZERO)
        seqs += [e.seq for e in (before[-1:] or given)]
    change = _sum(found) - start
    parts = {"sum": usd(abs(change)), "start": usd(start), "when": when(asked, record)}
    entries = (*seqs, *(e.seq for e in found))
    if not change:
        return (say("that is what it was worth before, {start}", parts, entries=entries),)
    way = "up" if change > 0 else "down"
    rate = " or {rate}" if start else ""
    text = f"that is {way} {{sum}}{rate} {{when}}, from {{start}}"
    return (say(text, parts, rate=share(abs(change) / (start or Decimal(1))), entries=entries),)


_MOVES = ("ForkPaid", "ForkFunded", "MergeSent", "MergeTaken", "TransferSent", "TransferTaken")


def _moved(record: Record, asked: Question) -> tuple[Fact, ...]:
    """That capital went from or to other ledgers meanwhile, where single ledgers are asked about."""
    found = record.about(asked, *_MOVES) if asked.ledgers else ()
    if not found:
        return ()
    text = "in that {count} moved capital between ledgers, which is no gain and no loss"
    return (say(text, count=count(len(found), "entry", "entries"), entries=(e.seq for e in found)),)


# --- drawdown -------------------------------------------------------------------------------------------------------


def drawdown(record: Record, asked: Question) -> Answer:
    """The deepest fall under a high within the days asked for, and where equity stands under its high now."""
    names = _deployed(record, asked)
    curve = _curve(record, names)
    inside = _deepest(curve, asked.period or record.whole)
    scope = {"who": who(asked), "when": when(asked, record)}
    if inside is None:
        return Answer(direct=(say("{who} was not valued {when}", scope),))
    peak, low = inside
    direct = (
        say(
            "the deepest fall of {who} {when} was {fall}: from {high} on {since} to {low} on {until}",
            scope,
            fall=share((peak[1] - low[1]) / peak[1]),
            high=usd(peak[1]),
            since=day(peak[0]),
            low=usd(low[1]),
            until=day(low[0]),
            entries=(*peak[2], *low[2]),
        )
        if low[1] < peak[1]
        else say("{who} did not fall under its high {when}", scope, entries=low[2])
    )
    own = [name for name in names if len(names) > 1 and not is_ladder(record.book.ledgers[name])]
    sleeves = [fact for name in own for fact in _of_sleeve(record, name, asked)]
    return Answer(direct=(direct,), why=(*sleeves, *_moved(record, asked)), open=(_now(curve, asked),))


type _Point = tuple[date, Decimal, tuple[int, ...]]


def _curve(record: Record, names: Sequence[str]) -> list[_Point]:
    """Equity of some ledgers together, each day on which one was valued."""
    days: dict[date, dict[str, tuple[Decimal, int]]] = {}
    for entry in record.of("Valued"):
        event = entry.event
        if isinstance(event, ev.Valued) and event.ledger in names:
            days.setdefault(clock(entry.at).date(), {})[event.ledger] = event.equity, entry.seq
    return [
        (at, sum((w for w, _ in own.values()), ZERO), tuple(s for _, s in own.values())) for at, own in days.items()
    ]


def _deepest(curve: Sequence[_Point], period: Period) -> tuple[_Point, _Point] | None:
    """The high and the low of the greatest fall whose low lies in a period."""
    found: tuple[_Point, _Point] | None = None
    peak: _Point | None = None
    for point in curve:
        peak = point if peak is None or point[1] >= peak[1] else peak
        if period.holds(point[0]) and (found is None or _fall((peak, point)) > _fall(found)):
            found = peak, point
    return found


def _fall(pair: tuple[_Point, _Point]) -> Decimal:
    return (pair[0][1] - pair[1][1]) / pair[0][1] if pair[0][1] else ZERO


def _of_sleeve(record: Record, name: str, asked: Question) -> list[Fact]:
    inside = _deepest(_curve(record, (name,)), asked.period or record.whole)
    if inside is None or not _fall(inside):
        return []
    text = "{who} by itself fell {fall}, to {low} on {until}"
    return [say(text, who=ledger(name), fall=share(_fall(inside)), low=usd(inside[1][1]), until=day(inside[1][0]),
                entries=(*inside[0][2], *inside[1][2]))]  # fmt: skip


def _now(curve: Sequence[_Point], asked: Question) -> Fact:
    high, last = max(curve, key=lambda point: point[1]), curve[-1]
    parts = {"who": who(asked), "day": day(last[0]), "last": usd(last[1]), "high": usd(high[1])}
    if last[1] >= high[1]:
        return say("at the end of {day} {who} stood at its high of {high}", parts, entries=last[2])
    return say(
        "at the end of {day} {who} stood at {last}, {fall} under its high of {high}", parts,
        fall=share((high[1] - last[1]) / high[1]), entries=(*high[2], *last[2]),
    )  # fmt: skip


# --- cash and collateral --------------------------------------------------------------------------------------------


def cash(record: Record, asked: Question) -> Answer:
    """Cash as it stands now, and what of it is free."""
    names = _deployed(record, asked)
    books = [record.book.ledgers[name] for name in names]
    last = (record.entries[-1].seq,)
    direct = say(
        "{who} has {cash} of cash now, of which {free} is free", who=who(asked),
        cash=usd(sum((b.cash for b in books), ZERO)), free=usd(sum((b.free for b in books), ZERO)), entries=last,
    )  # fmt: skip
    parts = [
        say("{who}: {cash}, {free} of it free", who=ledger(b.name), cash=usd(b.cash), free=usd(b.free), entries=last)
        for b in books if len(books) > 1
    ]  # fmt: skip
    return Answer(direct=(*_only_now(asked, record), direct), why=(*parts, *_bound(record, asked)))


def collateral(record: Record, asked: Question) -> Answer:
    """Cash that secures short puts now, and which."""
    names = _deployed(record, asked)
    books = [record.book.ledgers[name] for name in names]
    last = (record.entries[-1].seq,)
    total = sum((b.reserved for b in books), ZERO)
    direct = say(
        "{who} has {sum} of cash reserved as collateral now",
        who=who(asked),
        sum=usd(total),
        rules="RULE-1",
        entries=last,
    )
    return Answer(direct=(*_only_now(asked, record), direct), why=_bound(record, asked))


def _bound(record: Record, asked: Question) -> tuple[Fact, ...]:
    """Each short put with what secures it, and what is reserved besides."""
    last = (record.entries[-1].seq,)
    puts = [p for p in held(record, asked) if p.contract is not None and p.contract.is_put and p.short and not p.hedges]
    facts = [
        say("{who} reserves {sum} behind {what}", who=ledger(p.ledger), what=many(p.quantity, p.contract.osi),
            sum=usd(p.contract.notional * -p.quantity), entries=last, rules="RULE-1")
        for p in puts if p.contract is not None
    ]  # fmt: skip
    return tuple(facts) or (say("no short put is open now", entries=last),)


def _only_now(asked: Question, record: Record) -> tuple[Fact, ...]:
    """That the past was asked for and only the present is known."""
    if asked.period is None or asked.period.last >= record.now:
        return ()
    return (say("this is known for the newest entry only, not for {when}", when=when(asked, record)),)
