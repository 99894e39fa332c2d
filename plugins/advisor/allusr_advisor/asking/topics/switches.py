"""Pivots, halts, pauses and kill switches: what moved, on which value, and whether it still stands."""

import re
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, instrument, ledger, moment, number, quote, say, share, state
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, during, realised, within
from allusr_advisor.asking.topics.common import ended, equity_of, ledgers, valued, vix_before, when, who
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

_CAUSES = {
    "VIX": "by VIX", "STALE": "by stale data", "LOSS": "by the day's loss", "WEEK": "by the week's loss",
    "L3": "by level 3", "PIVOT": "by its pivot", "GUARD": "by a guard", "BREAK": "by a break of the books",
    "LINK": "by the link to the broker", "USER": "by a person",
}  # fmt: skip
_MEANS = {
    "CALLS": "covered calls only",
    "HEDGED": "half size and hedged",
    "FREEZE": "no new entries",
    "SAFE": "no new entries, protective closes only",
    "HALT": "nothing is sent",
    "NONE": "nothing is bound by it",
}


_ENDS = re.compile(r"\b(?:ends?|ended|over|lifted|released?|stopp?(?:ed)?|still)\b")


def pivot(record: Record, asked: Question) -> Answer:
    """Why a sleeve pivoted to covered calls, or that it did not (ORD-3)."""
    every = [e for e in record.of("SwitchChanged") if _cause(e) == "PIVOT" and within(asked, e.event)]
    begun = [e for e in every if _after(e) == "CALLS" and during(asked, e)]
    if not begun:
        return _no_pivot(record, asked, every)
    direct, why, left = [], [], []
    for entry in begun:
        end = next((e for e in every if e.seq > entry.seq and e.event.ledger == entry.event.ledger), None)
        direct.append(_pivoted(record, entry))
        why += _behind(record, entry)
        left.append(_pivot_end(record, entry, end))
    if _ENDS.search(asked.text.lower()):
        return Answer(direct=(*left, *direct), why=tuple(why))
    return Answer(direct=tuple(direct), why=tuple(why), open=tuple(left))


def _pivoted(record: Record, entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.SwitchChanged)
    vix, seen = vix_before(record, entry)
    calm = "" if vix is None else ", while VIX stood at {vix}"
    return say(
        f"{{who}} pivoted to covered calls only on {{at}}: its equity was {{under}} under its high{calm}",
        who=ledger(event.ledger), at=moment(entry.at), under=share(event.value or 0.0), vix=number(vix or 0.0),
        rules=event.rule, entries=(entry.seq, seen) if seen else (entry.seq,),
    )  # fmt: skip


def _behind(record: Record, entry: "Entry") -> list[Fact]:
    """The rule's thresholds, the high that it fell from, and what it lost since."""
    event = entry.event
    assert isinstance(event, ev.SwitchChanged)
    rules = record.rulebook
    facts = [
        say(
            "the rule wants {limit} under the high with VIX under {vix}; then no put is sold until equity is within"
            " {near} of the high",
            limit=share(event.threshold or rules.number("ORD-3.drawdown")), vix=number(rules.number("ORD-3.vix")),
            near=share(rules.number("ORD-3.near")), rules="ORD-3", entries=(entry.seq,),
        )
    ]  # fmt: skip
    before = [e for e in valued(record, event.ledger) if e.seq < entry.seq]
    if before:
        high = max(before, key=equity_of)
        facts.append(
            say(
                "its equity was highest at {high} on {since} and stood at {last} on {until}",
                high=usd(equity_of(high)), since=moment(high.at), last=usd(equity_of(before[-1])),
                until=moment(before[-1].at), entries=(high.seq, before[-1].seq),
            )
        )  # fmt: skip
        facts += _worst(record, event.ledger, high.seq, entry.seq)
    return facts


def _worst(record: Record, name: str, after: int, until: int) -> list[Fact]:
    """The greatest losses that were booked between two entries."""
    booked = [e for e in record.entries if after < e.seq < until and e.event.ledger == name and realised((e,)) < 0]
    worst = sorted(booked, key=realised_of)[:2]
    return [
        say(
            "the greatest loss booked since then was {loss} on {at}, with {what}"
            if i == 0
            else "the next was {loss} on {at}, with {what}",
            loss=usd(abs(realised((e,)))),
            what=instrument(getattr(e.event, "instrument", "") or e.event.symbol),
            at=moment(e.at),
            entries=(e.seq,),
            rules=e.event.rule,
        )
        for i, e in enumerate(worst)
    ]


def realised_of(entry: "Entry") -> float:
    """What one entry booked, for sorting."""
    return float(realised((entry,)))


def _pivot_end(record: Record, entry: "Entry", end: "Entry | None") -> Fact:
    near = share(record.rulebook.number("ORD-3.near"))
    if end is None:
        text = "the pivot of {who} still stands: it ends once equity is within {near} of the high"
        return say(text, who=ledger(entry.event.ledger), near=near, rules="ORD-3", entries=(entry.seq,))
    event = end.event
    assert isinstance(event, ev.SwitchChanged)
    return say(
        "the pivot of {who} ended on {at}, with equity {under} under the high; the rule lets it end within {near}",
        who=ledger(event.ledger), at=moment(end.at), under=share(event.value or 0.0), near=near, rules=event.rule,
        entries=(end.seq,),
    )  # fmt: skip


def _no_pivot(record: Record, asked: Question, every: "list[Entry]") -> Answer:
    direct = [say("{who} did not pivot {when}", who=who(asked), when=when(asked, record), rules="ORD-3")]
    why = []
    for name in ledgers(record, asked):
        found = valued(record, name, asked.period)
        if not found or not asked.ledgers:
            continue
        high = max(found, key=equity_of)
        peak, last = equity_of(high), equity_of(found[-1])
        if peak > 0:
            why.append(
                say(
                    "{who} ended that time with {last}, {under} under its high of {peak}; a pivot wants {limit}",
                    who=ledger(name),
                    last=usd(last),
                    under=share((peak - last) / peak),
                    peak=usd(peak),
                    limit=share(record.rulebook.number("ORD-3.drawdown")),
                    rules="ORD-3",
                    entries=(high.seq, found[-1].seq),
                )
            )
    begun = [e for e in record.of("SwitchChanged") if _cause(e) == "PIVOT" and _after(e) == "CALLS"]
    why += [_pivoted(record, e) for e in begun]
    standing = [e for e in every if asked.period is not None and e.at.date() < asked.period.first]
    if standing and _after(standing[-1]) == "CALLS":
        why.append(say("its pivot of {at} still stood then", at=moment(standing[-1].at), entries=(standing[-1].seq,)))
    return Answer(direct=tuple(direct), why=tuple(dict.fromkeys(why)))


def _cause(entry: "Entry") -> str:
    return entry.event.cause if isinstance(entry.event, ev.SwitchChanged) else ""


def _after(entry: "Entry") -> str:
    return entry.event.after if isinstance(entry.event, ev.SwitchChanged) else ""


# --- halts ----------------------------------------------------------------------------------------------------------


def halts(record: Record, asked: Question) -> Answer:
    """Kill switches, halts and pauses: what moved, and what stands."""
    moved = record.about(asked, "SwitchChanged", wide=True)
    trading = record.about(asked, "TradingHalted")
    standing = tuple(_standing(record, asked))
    if not moved and not trading:
        text = "nothing was halted or paused {when}: no kill switch moved"
        return Answer(direct=(say(text, when=when(asked, record)),), open=standing or (_none(record),))
    states = record.about(asked, "StateChanged", wide=True) if not asked.ledgers else ()
    if _NOW.search(asked.text.lower()):
        behind = [e for e in moved if _stands_now(record, e)]
        rest = [e for e in moved if e not in behind]
        direct = (*(standing or (_none(record),)), *ended(behind, lambda e: changed(record, e)))
        return Answer(direct=direct, why=(*ended(rest, lambda e: changed(record, e), 4), *ended(states, _state, 2)))
    first = [e for e in moved if _meant(asked, e)] or list(moved)
    rest = [e for e in moved if e not in first]
    direct = (*ended(first, lambda e: changed(record, e)), *ended(trading, _halted))
    why = (*ended(rest, lambda e: changed(record, e)), *ended(states, _state, 3))
    return Answer(direct=direct, why=why, open=standing or (_none(record),))


_NOW = re.compile(r"\b(?:is|are|still|now|currently)\b")


def _stands_now(record: Record, entry: "Entry") -> bool:
    """Whether a switch still stands where an entry put it."""
    event = entry.event
    assert isinstance(event, ev.SwitchChanged)
    book = record.book.ledgers.get(event.ledger)
    own = book.switches if book is not None else record.book.switches
    later = [e for e in record.of("SwitchChanged") if e.seq > entry.seq and e.event.ledger == event.ledger]
    return own.get(event.cause) == event.after and not any(_cause(e) == event.cause for e in later)


def _meant(asked: Question, entry: "Entry") -> bool:
    """Whether a switch that moved is what a question names: a halt, its end, a person's word, SAFE."""
    event, text = entry.event, asked.text.lower()
    assert isinstance(event, ev.SwitchChanged)
    if re.search(r"re-?arm|resum", text) or (_ENDS.search(text) and "halt" in text):
        return (
            event.before in ("HALT", "SAFE")
            and event.after != "HALT"
            and (event.before == "HALT" or "halt" not in text)
        )
    if "halt" in text:
        return "HALT" in (event.before, event.after)
    if "paus" in text:
        return event.cause == "USER"
    return "safe" in text and "SAFE" in (event.before, event.after)


def changed(record: Record, entry: "Entry") -> Fact:
    """One kill switch that moved."""
    event = entry.event
    assert isinstance(event, ev.SwitchChanged)
    value = "; its value was {value}" if event.value is not None else ""
    limit = ", the threshold {limit}" if event.value is not None and event.threshold is not None else ""
    person = "; by {actor}" if event.actor not in ("system", "") else ""
    why = ": {reason}" if event.reason else ""
    cancels = "; {cancels} working orders were cancelled" if event.cancels else ""
    scale = share if event.cause in ("PIVOT", "LOSS", "WEEK") else number
    moved = f"went from {{before}} to {{after}} {_CAUSES.get(event.cause, '')} ({_MEANS.get(event.after, '')})"
    if event.after == "NONE":
        moved = f"left {{before}}, where it was {_CAUSES.get(event.cause, '')}"
    return say(
        f"on {{at}} {{who}} {moved}{why}{value}{limit}{person}{cancels}",
        at=moment(entry.at), who=ledger(event.ledger), before=state(event.before), after=state(event.after),
        reason=quote(event.reason), value=scale(event.value or 0.0), limit=scale(event.threshold or 0.0),
        actor=quote(event.actor), cancels=number(event.cancels, 0), rules=event.rule, entries=(entry.seq,),
    )  # fmt: skip


def _halted(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.TradingHalted)
    what = "trading in {symbol} went on again" if event.resumed else "trading in {symbol} was halted"
    why = ": {why}" if event.why else ""
    return say(f"on {{at}} {what}{why}", at=moment(entry.at), symbol=quote(event.symbol), why=quote(event.why),
               rules=event.rule, entries=(entry.seq,))  # fmt: skip


def _state(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.StateChanged)
    return say(
        "on {at} the state machine went from {before} to {after}: {cause}", at=moment(entry.at),
        before=state(event.before), after=state(event.after), cause=quote(event.cause), rules=event.rule,
        entries=(entry.seq,),
    )  # fmt: skip


def _standing(record: Record, asked: Question) -> "list[Fact]":
    """What stands at the end: switches by the journal, and what persons have told the home."""
    facts = []
    for one in record.facts.switches:
        scope = "" if one.scope == "account" else one.scope
        if asked.ledgers and scope and scope not in asked.ledgers:
            continue
        found = [e for e in record.of("SwitchChanged") if e.event.ledger == scope and _cause(e) == one.cause]
        facts.append(
            say(
                f"now {{who}} stands at {{tier}} {_CAUSES.get(one.cause, '')} ({_MEANS.get(one.tier, '')})",
                who=ledger(scope),
                tier=state(one.tier),
                entries=(e.seq for e in found[-1:]),
            )
        )
    for wish in record.told["standing"]:  # type: ignore[attr-defined]
        text = "a person's word stands: {action} of {scope} by {actor}: {reason}"
        words = {name: quote(str(wish[name])) for name in ("action", "scope", "actor", "reason")}
        facts.append(say(text, words, rules="KS-7"))
    return facts


def _none(record: Record) -> Fact:
    return say("now no kill switch stands and nobody has halted or paused anything; the state is {state}",
               state=state(record.book.state), entries=(record.entries[-1].seq,))  # fmt: skip


def state_now(record: Record, asked: Question) -> Answer:
    """The state machine and the engine."""
    moved = record.about(asked, "StateChanged", wide=True)
    direct = say(
        "the state machine rests in {state} after {cycles} cycles, and the account's tier is {tier}",
        state=state(record.book.state), cycles=number(record.book.cycle, 0), tier=state(record.book.tier),
        entries=(record.entries[-1].seq,),
    )  # fmt: skip
    left = "it never left its ring {when}" if not moved else ""
    more = (say(left, when=when(asked, record)),) if left else ended(moved, _state)
    ended_run = record.facts.complete
    tail = "the run is complete" if ended_run else "the run has not ended: its journal has no tail yet"
    return Answer(direct=(direct,), why=more, open=(*_standing(record, asked), say(tail)))
