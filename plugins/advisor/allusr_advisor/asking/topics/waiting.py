"""What waits, breaks between books and broker, freezes, faults, rules, and single entries."""

from collections import Counter
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, Piece, count, ledger, moment, number, quote, say
from allusr_advisor.asking.facts import symbol as sym
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers
from allusr_advisor.asking.topics.common import ended, when, who
from allusr_advisor.asking.topics.positions import next_expiry, risk
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


def needs(record: Record, asked: Question) -> Answer:
    """What waits for a person, and what ends next."""
    found = waits(record, asked)
    last = (record.entries[-1].seq,)
    if not found:
        return Answer(direct=(say("nothing waits for a person", entries=last),), open=next_expiry(record, asked))
    text = "{count} for a person"
    direct = say(
        text, count=count(len(found), "thing waits", "things wait"), entries=(s for f in found for s in f.entries)
    )
    return Answer(direct=(direct, *found), open=next_expiry(record, asked))


def waits(record: Record, asked: Question) -> tuple[Fact, ...]:
    """A fact for each thing that waits."""
    return tuple(
        say(
            f"{_KINDS.get(need.kind, need.kind)}{'{symbol} of ' if need.symbol.strip('*') else ''}{{who}}: {{why}}",
            symbol=sym(need.symbol),
            who=ledger(need.ledger),
            why=quote(need.why),
            rules=need.rule,
            entries=(need.entry,),
        )
        for need in record.facts.needs
        if (not asked.ledgers or need.ledger in asked.ledgers) and (not asked.symbols or need.symbol in asked.symbols)
    )


_KINDS = {
    "unsettled": "unsettled: ",
    "quarantined": "quarantined: ",
    "broken": "a break: ",
    "paged": "a call: ",
    "frozen": "entries frozen in ",
    "switch": "a switch: ",
    "fault": "a plugin's fault: ",
    "unfinished": "unfinished: ",
}


def breaks(record: Record, asked: Question) -> Answer:
    """Breaks between books and broker: found, mended, open."""
    found = [e for e in record.about(asked, "Broken") if not asked.rules or e.event.rule in asked.rules]
    mended = record.about(asked, "Mended")
    still = tuple(
        say("open: {subject}: {what}", subject=quote(b.subject), what=quote(b.what), rules=b.code,
            entries=(e.seq for e in record.of("Broken") if getattr(e.event, "subject", "") == b.subject))
        for b in record.book.breaks.values()
    ) or (say("no break is open now", entries=(record.entries[-1].seq,)),)  # fmt: skip
    if not found:
        text = "books and broker did not disagree {when}: no break was found"
        return Answer(direct=(say(text, when=when(asked, record)),), open=still)
    direct = say("{count} found between books and broker {when}", count=count(len(found), "break was", "breaks were"),
                 when=when(asked, record), entries=numbers(found))  # fmt: skip
    return Answer(direct=(direct, *ended(found, _broken, 5)), why=ended(mended, _mended, 5), open=still)


def _broken(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Broken)
    return say(
        "on {at} {subject}: {what}, ours {ours}, the broker's {theirs}", at=moment(entry.at), what=quote(event.what),
        subject=quote(event.subject or "the account"), ours=quote(event.ours or "nothing"),
        theirs=quote(event.theirs or "nothing"), rules=event.rule, entries=(entry.seq,),
    )  # fmt: skip


def _mended(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Mended)
    how = "was explained by {actor}: {reason}" if event.how == "explained" else "was closed: both agree again"
    return say(
        f"on {{at}} {{subject}} {how}",
        at=moment(entry.at),
        subject=quote(event.subject),
        actor=quote(event.actor),
        reason=quote(event.reason),
        rules=event.rule,
        entries=(entry.seq,),
    )


def freezes(record: Record, asked: Question) -> Answer:
    """Entries that were frozen, why, and whether they still are."""
    found = record.about(asked, "Frozen", "Thawed", "Quarantined")
    scope = {"who": who(asked), "when": when(asked, record)}
    stand = [
        say("{symbol} of {who} is frozen now", symbol=sym("every symbol" if name == "*" else name),
            who=ledger(book.name), rules=why, entries=(record.entries[-1].seq,))
        for book in record.book.ledgers.values() for name, why in book.frozen.items()
        if not asked.ledgers or book.name in asked.ledgers
    ]  # fmt: skip
    left = tuple(stand) or (say("no entries are frozen now", entries=(record.entries[-1].seq,)),)
    if not found:
        return Answer(direct=(say("no entries of {who} were frozen {when}", scope, rules="PE-7"),), open=left)
    return Answer(direct=ended(found, _frozen, 8), open=left)


def _frozen(entry: "Entry") -> Fact:
    event = entry.event
    verb = {"Frozen": "froze", "Thawed": "permitted again", "Quarantined": "quarantined"}[entry.kind]
    return say(
        f"on {{at}} entries of {{symbol}} in {{who}} were {verb}: {{why}}".replace("were froze:", "were frozen:"),
        at=moment(entry.at),
        symbol=sym("every symbol" if event.symbol in ("", "*") else event.symbol),
        who=ledger(event.ledger),
        why=quote(getattr(event, "why", "")),
        rules=event.rule,
        entries=(entry.seq,),
    )


def faults(record: Record, asked: Question) -> Answer:
    """What went wrong: plugins that failed, quarantines, gaps in data, and what a source could not use."""
    failed = record.about(asked, "PluginFaulted", "Quarantined")
    gaps = record.about(asked, "DataGap")
    notices = [e for e in record.about(asked, "Decided") if isinstance(e.event, ev.Decided) and not e.event.ledger]
    scope = {"when": when(asked, record)}
    direct = ended(failed, _fault, 5) or (say("no plugin failed {when}", scope),)
    facts = [say("{count} in the data {when}, the longest of {minutes} minutes", scope, count=count(len(gaps), "gap"),
                 minutes=number(max(getattr(e.event, "minutes", 0) for e in gaps), 0), rules="CAD-14",
                 entries=numbers(gaps))] if gaps else []  # fmt: skip
    return Answer(direct=direct, why=(*facts, *ended(notices, _notice, 5)), open=waits(record, asked))


def _fault(entry: "Entry") -> Fact:
    event = entry.event
    plugin, where = getattr(event, "plugin", ""), getattr(event, "where", "")
    words = getattr(event, "error", "") or getattr(event, "why", "")
    verb = "failed in {where}" if where else "was quarantined"
    return say(f"on {{at}} plugin {{plugin}} {verb}: {{words}}", at=moment(entry.at), plugin=quote(plugin),
               where=quote(where), words=quote(words), rules=event.rule, entries=(entry.seq,))  # fmt: skip


def _notice(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Decided)
    return say("on {at} of {symbol}: {why}", at=moment(entry.at), symbol=sym(event.symbol or "the data"),
               why=quote(event.why), rules=event.rule, entries=(entry.seq,))  # fmt: skip


# --- rules and entries ----------------------------------------------------------------------------------------------


def rule(record: Record, asked: Question) -> Answer:
    """What a rule says, and what it did in the days asked for."""
    facts, uses = [], []
    for name in asked.rules:
        found = record.rulebook.rules.get(name)
        if found is None:
            facts.append(say("the rulebook in force has no rule {name}", name=Piece("rule", name, name)))
            continue
        text = "{name} is {title}: {text}"
        facts.append(say(text, name=Piece("rule", name, name), title=quote(found.title), text=quote(found.text, 600)))
        uses += _uses(record, asked, name)
    return Answer(direct=tuple(facts), why=tuple(uses))


def _uses(record: Record, asked: Question, name: str) -> list[Fact]:
    own = [
        e
        for e in record.about(asked, *sorted({e.kind for e in record.entries}), wide=True)
        if name in e.event.rule.split()
    ]
    parts = {"who": who(asked), "when": when(asked, record), "name": Piece("rule", name, name)}
    if not own:
        return [say("no entry of {who} names {name} {when}", parts)]
    kinds = Counter(_word(e) for e in own)
    words = ", ".join(f"{times:,} {kind}" for kind, times in kinds.most_common(4))
    return [
        say(
            "{count} of {who} rest on {name} {when}: {words}",
            parts,
            count=count(len(own), "entry", "entries"),
            words=quote(words),
            entries=numbers(own[-20:]),
        ),
        say(
            "the newest is entry {seq} of {at}",
            seq=number(own[-1].seq, 0),
            at=moment(own[-1].at),
            entries=(own[-1].seq,),
        ),
    ]


def _word(entry: "Entry") -> str:
    return entry.event.verdict if isinstance(entry.event, ev.Decided) else entry.kind


def entry(record: Record, asked: Question) -> Answer:
    """One entry as the journal has it."""
    found = next((e for e in record.entries if e.seq == asked.entry), None)
    if found is None:
        text = "the run has no entry {seq}: it has {count}"
        return Answer(
            direct=(say(text, seq=number(asked.entry, 0), count=count(len(record.entries), "entry", "entries")),)
        )
    about = f"{found.event.ledger} {found.event.symbol}".strip()
    direct = say(
        "entry {seq} of {at} is {kind}{about}", seq=number(found.seq, 0), at=moment(found.at),
        kind=Piece("state", found.kind, found.kind), about=Piece("ledger", f" of {about}" if about else "", about),
        rules=found.event.rule, entries=(found.seq,),
    )  # fmt: skip
    why = getattr(found.event, "why", "") or getattr(found.event, "reason", "")
    words = (say("it says: {why}", why=quote(str(why)), entries=(found.seq,)),) if why else ()
    tail = say("{command} tells what led to it", command=quote(f"allusr explain '#{found.seq}'"))
    return Answer(direct=(direct, *words), open=(tail,))


def advice(record: Record, asked: Question) -> Answer:
    """That a ledger answers no such question, and what it does say."""
    direct = say("what should be done is not in a ledger: this is no advice, and what follows are facts")
    base = risk(record, asked)
    return Answer(direct=(direct, *base.direct), why=base.why, open=base.open)
