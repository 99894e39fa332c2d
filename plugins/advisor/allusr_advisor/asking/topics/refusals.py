"""What was refused or passed over, under which rule, on which numbers."""

import re
from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve

from allusr_advisor.asking.facts import Answer, Fact, clock, count, ledger, moment, number, quote, say
from allusr_advisor.asking.facts import symbol as sym
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers
from allusr_advisor.asking.topics.common import about, of_rule, when, who
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

_WINDOW = "outside the entry window"
_MOST = 3


def refusals(record: Record, asked: Question) -> Answer:
    """How often entries were refused, the commonest reasons, and the newest of each."""
    found = [e for e in _decisions(record, asked) if verdict_of(e) == "refuse"]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    opened, denied = _opened(record, asked), bool(_DENIED.search(asked.text.lower()))
    if not found:
        none, why = say("nothing was refused for {who}{what} {when}", scope), commonest(record, asked)
        return Answer(direct=(*opened, none, *why[:denied]), why=why[denied:])
    places = {(e.event.ledger, e.event.symbol, clock(e.at).date()) for e in found}
    direct = say(
        "{who} was refused {count}{what} {when}, counting each symbol once a day", scope,
        count=count(len(places), "entry", "entries"), rules="RULE-3", entries=numbers(found),
    )  # fmt: skip
    why = _reasons(record, found)
    return Answer(direct=(*opened, direct, *why[:denied]), why=why[denied:], open=_latest(found))


_DENIED = re.compile(r"\bno\b|\bnot\b|n't\b|\bnothing\b")


def _opened(record: Record, asked: Question) -> tuple[Fact, ...]:
    """Whether something was opened all the same, where it was asked why nothing was."""
    if not _DENIED.search(asked.text.lower()):
        return ()
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    made = [e for e in record.about(asked, "Filled") if isinstance(e.event, ev.Filled) and e.event.opening]
    if not made:
        return (say("{who} opened nothing{what} {when}", scope),)
    text = "{who} did open something{what} {when}: {count}"
    return (say(text, scope, count=count(len(made), "execution"), entries=numbers(made)),)


def _decisions(record: Record, asked: Question) -> "list[Entry]":
    """Decisions on entries; under rules, those that rest on one of them."""
    found = [
        e
        for e in record.about(asked, "Decided")
        if isinstance(e.event, ev.Decided) and e.event.ledger and e.event.symbol
    ]
    return [e for e in found if not asked.rules or set(asked.rules) & set(e.event.rule.split())]


def commonest(record: Record, asked: Question) -> tuple[Fact, ...]:
    """Why nothing was opened: refusals first, else why symbols were passed over."""
    made = [e for e in _decisions(record, asked) if ":" not in getattr(e.event, "subject", "")]
    refused = [e for e in made if verdict_of(e) == "refuse"]
    skipped = [e for e in made if verdict_of(e) == "skip"]
    telling = [e for e in skipped if _WINDOW not in getattr(e.event, "why", "")] or skipped
    if refused or telling:
        return _reasons(record, refused or telling)
    before = _standing(record, asked)
    if not before:
        return ()
    note = say("no decision was written then: the last one stands until it differs", rules="RULE-3")
    return (*_reasons(record, before), note)


def _standing(record: Record, asked: Question) -> "list[Entry]":
    """The last decision on each symbol before the days asked for: one is written only where it differs."""
    if asked.period is None:
        return []
    last: dict[tuple[str, str], Entry] = {}
    for entry in _decisions(record, evolve(asked, period=None)):
        if clock(entry.at).date() < asked.period.first and ":" not in getattr(entry.event, "subject", ""):
            last[entry.event.ledger, entry.event.symbol] = entry
    return [entry for entry in last.values() if verdict_of(entry) in ("refuse", "skip")]


def verdict_of(entry: "Entry") -> str:
    """What a decision came to; empty for another entry."""
    return entry.event.verdict if isinstance(entry.event, ev.Decided) else ""


def _reasons(record: Record, found: "list[Entry]") -> tuple[Fact, ...]:
    """The commonest rules, each with how often it stood and its newest words."""
    counted: Counter[str] = Counter()
    newest: dict[str, Entry] = {}
    days: dict[str, set[tuple[str, str, object]]] = {}
    for entry in found:
        first = entry.event.rule.split()[0] if entry.event.rule else ""
        days.setdefault(first, set()).add((entry.event.ledger, entry.event.symbol, clock(entry.at).date()))
        newest[first] = entry
    counted.update({name: len(places) for name, places in days.items()})
    return tuple(_reason(record, name, times, newest[name], found) for name, times in counted.most_common(_MOST))


def _reason(record: Record, name: str, times: int, last: "Entry", found: "list[Entry]") -> Fact:
    own = [e.seq for e in found if e.event.rule.split()[:1] == [name]]
    title = of_rule(record, (name,))
    event = last.event
    assert isinstance(event, ev.Decided)
    return say(
        f"{{count}} by {'the rule {title}' if title else 'no rule of the book'}; the last: {{symbol}} of {{who}} on"
        " {at}: {why}",
        count=count(times, "time"),
        title=quote(title),
        symbol=sym(event.symbol or "the sleeve"),
        who=ledger(event.ledger),
        at=moment(last.at),
        why=quote(event.why),
        rules=name,
        entries=own,
    )


def _latest(found: "list[Entry]") -> tuple[Fact, ...]:
    event = found[-1].event
    assert isinstance(event, ev.Decided)
    text = "the newest refusal is entry {seq} of {at}"
    return (say(text, seq=number(found[-1].seq, 0), at=moment(found[-1].at), entries=(found[-1].seq,)),)


def earnings(record: Record, asked: Question) -> Answer:
    """What reports of companies kept from being opened or covered (CC-3)."""
    found = [
        e for e in _decisions(record, asked)
        if isinstance(e.event, ev.Decided) and ("CC-3" in e.event.rule.split() or "earnings" in e.event.numbers)
    ]  # fmt: skip
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        return Answer(direct=(say("no report date bound {who}{what} {when}", scope, rules="CC-3"),))
    names = Counter(e.event.symbol for e in found)
    direct = say(
        "report dates bound {who}{what} {when} in {count}", scope, count=count(len(names), "symbol"), rules="CC-3",
        entries=numbers(found),
    )  # fmt: skip
    last = {e.event.symbol: e for e in found}
    return Answer(direct=(direct,), why=tuple(_earnings(e) for e in list(last.values())[:6]))


def _earnings(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Decided)
    return say(
        "{symbol} of {who} on {at}: {why}",
        symbol=sym(event.symbol),
        who=ledger(event.ledger),
        at=moment(entry.at),
        why=quote(event.why),
        rules="CC-3",
        entries=(entry.seq,),
    )
