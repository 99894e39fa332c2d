"""What was bought back or sold to close, under which rule, and with which result."""

from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, count, ledger, many, moment, price, quote, say
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers, realised
from allusr_advisor.asking.topics.common import about, ended, of_rule, when, who
from allusr_advisor.asking.topics.executions import adds, by_order, cause_of, fills, size_of
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


def closed(record: Record, asked: Question) -> Answer:
    """What was bought back or sold to close, under which rule, and with which result."""
    found = [e for e in fills(record, asked) if not adds(e) and cause_of(e) != "roll"]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        return Answer(direct=(say("{who} closed nothing early{what} {when}", scope),))
    if len(found) == 1:
        return Answer(direct=(closing(record, found[0]),))
    result = realised(found)
    direct = say(
        "{who} closed {count}{what} {when}, with a result of {sum}",
        scope,
        sum=usd(result),
        count=count(len(by_order(found)), "position or part of one", "positions or parts of them"),
        entries=numbers(found),
    )
    return Answer(direct=(direct,), why=(*_by_cause(record, found), *ended(found, lambda e: closing(record, e), 4)))


def _by_cause(record: Record, found: "list[Entry]") -> tuple[Fact, ...]:
    rules: dict[str, list[Entry]] = {}
    for entry in found:
        rules.setdefault(entry.event.rule, []).append(entry)
    return tuple(
        say(
            f"{{count}} under {of_rule(record, name.split()) or 'no rule'}: {{sum}}",
            rules=name,
            sum=usd(realised(own)),
            count=count(sum(abs(size_of(e)) for e in own), "unit"),
            entries=numbers(own),
        )
        for name, own in rules.items()
    )


def closing(record: Record, entry: "Entry") -> Fact:
    """One fill that closes, with why and its result."""
    event = entry.event
    assert isinstance(event, ev.Filled)
    intent = record.intent(event.key)
    why = intent.event.why if intent is not None and isinstance(intent.event, ev.IntentRecorded) else ""
    verb = "bought back" if event.quantity > 0 else "sold"
    reason = ": {why}" if why else f", as {of_rule(record, event.rule.split()) or 'its rule'} asks"
    return say(
        f"on {{at}} {{who}} {verb} {{what}} at {{price}}{reason}; result {{sum}}", at=moment(entry.at),
        who=ledger(event.ledger), what=many(event.quantity, event.instrument), price=price(event.price), why=quote(why),
        sum=usd(realised((entry,))), rules=event.rule, entries=(*((intent.seq,) if intent else ()), entry.seq),
    )  # fmt: skip
