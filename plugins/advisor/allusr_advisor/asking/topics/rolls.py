"""What was rolled and into what, which candidates were looked at, and why nothing was."""

from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import (
    Answer,
    Fact,
    Piece,
    contract_of,
    count,
    instrument,
    ledger,
    many,
    moment,
    number,
    price,
    quote,
    say,
)
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers, realised
from allusr_advisor.asking.topics.common import about, ended, when, who
from allusr_advisor.asking.topics.executions import adds, cause_of, fills, level_after, position_of, rose, size_of
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


def rolls(record: Record, asked: Question) -> Answer:
    """What was rolled and into what; where nothing was, which candidates were looked at."""
    found = [e for e in fills(record, asked) if cause_of(e) == "roll"]
    into = [e for e in found if adds(e)]
    prepared = record.about(asked, "RollPrepared")
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    candidates = ended(prepared, _candidate, 4)
    if not into:
        direct = say("{who} rolled nothing{what} {when}", scope, rules="PE-8")
        note = say(
            "{count} for a roll were looked at", count=count(len(prepared), "candidate"), entries=numbers(prepared)
        )
        return Answer(direct=(direct, *_level_wanted(record, asked)), why=(note, *candidates) if prepared else ())
    size = sum(abs(size_of(e)) for e in into)
    direct = say(
        "{who} rolled {count}{what} {when}",
        scope,
        count=count(size, "contract"),
        rules="PE-8",
        entries=numbers(found),
    )
    return Answer(
        direct=(direct, *ended(found, lambda e: _rolled(record, e))), why=(*_reached(record, asked), *candidates)
    )


def _rolled(record: Record, entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Filled)
    verb = "sold" if event.quantity < 0 else "bought back"
    result = "" if event.opening else "; result {sum}"
    return say(
        f"on {{at}} {{who}} {verb} {{what}} at {{price}} by a roll{result}",
        at=moment(entry.at),
        who=ledger(event.ledger),
        what=many(event.quantity, event.instrument),
        price=price(event.price),
        sum=usd(realised((entry,))),
        rules=event.rule,
        entries=(entry.seq,),
    )


def _reached(record: Record, asked: Question) -> tuple[Fact, ...]:
    from allusr_advisor.asking.topics.positions import level

    high = [e for e in record.about(asked, "LevelChanged") if rose(e, 2)]
    return ended(high, level, 3)


def _level_wanted(record: Record, asked: Question) -> tuple[Fact, ...]:
    """That a roll is sent at level 2, and how high levels went."""
    rises = [e for e in record.about(asked, "LevelChanged") if contract_of(position_of(e))]
    top = max(map(level_after, rises), default=0)
    own = [e.seq for e in rises if level_after(e) == top]
    text = "a roll is sent at level 2, and the highest of an option {when} was {top}"
    return (say(text, when=when(asked, record), top=number(top, 0), rules="PE-7 PE-8", entries=own),)


def _candidate(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.RollPrepared)
    held = event.position.partition(":")[2]
    into = "into {into}" if event.instrument else "found no contract"
    verdict = "could be taken" if event.taken else "was refused"
    return say(
        f"on {{at}} candidate {{rung}} for {{held}} {into} {verdict}: {{why}}",
        at=moment(entry.at),
        held=instrument(held),
        rung=Piece("state", event.rung, event.rung),
        into=instrument(event.instrument or "-"),
        why=quote(event.why),
        rules=event.rule,
        entries=(entry.seq,),
    )
