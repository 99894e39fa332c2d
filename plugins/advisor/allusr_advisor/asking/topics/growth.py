"""Hedges, ladders, forks and merges."""

import re
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, Piece, count, day, ledger, many, moment, number, price, quote, say
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers
from allusr_advisor.asking.topics.common import about, ended, ledgers, when, who
from allusr_advisor.asking.topics.executions import adds
from allusr_advisor.asking.topics.refusals import verdict_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import HEDGE, ROOT

if TYPE_CHECKING:
    from decimal import Decimal

    from allusr_sdk.ledger import Entry

_TRIGGERS = {
    "VIX30x5": "five closes of VIX above 30",
    "SPX_DD20": "SPX 20% under its high",
    "BREADTH20": "few names above their mean",
    "L2": "a position at level 2",
    "VIX50": "VIX above 50",
}


def hedges(record: Record, asked: Question) -> Answer:
    """Hedges that were bought, by which trigger, and what they cost; else why none was."""
    every = [
        e for e in record.about(asked, "Filled") if isinstance(e.event, ev.Filled) and e.event.cause.startswith(HEDGE)
    ]
    bought = [e for e in every if adds(e)]
    decided = [
        e for e in record.about(asked, "Decided") if isinstance(e.event, ev.Decided) and e.event.subject == "hedge"
    ]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if re.search(r"\b(?:held|hold|have|own|now)\b", asked.text.lower()):
        return Answer(direct=_held(record, asked), why=ended(bought, hedge))
    refused = [e for e in decided if verdict_of(e) in ("refuse", "skip")]
    if not bought:
        direct = say("{who} bought no hedge{what} {when}", scope, rules="PE-10")
        return Answer(direct=(direct,), why=ended(refused, _decided, 3), open=_held(record, asked))
    direct = say(
        "{who} paid {cost} for hedges{what} {when}, in {count}", scope, cost=usd(_cost(every)),
        count=count(len(bought), "purchase"), rules="PE-9 PE-10", entries=numbers(every),
    )  # fmt: skip
    return Answer(
        direct=(direct,), why=(*ended(bought, hedge), *ended(refused, _decided, 2)), open=_held(record, asked)
    )


def _cost(found: "list[Entry]") -> "Decimal":
    fills = [e.event for e in found if isinstance(e.event, ev.Filled)]
    return sum((f.price * f.quantity * MULTIPLIER + f.fee for f in fills), ZERO)


def hedge(entry: "Entry") -> Fact:
    """One hedge that was bought."""
    event = entry.event
    assert isinstance(event, ev.Filled)
    trigger = event.cause.partition(":")[2]
    verb = "bought" if event.quantity > 0 else "sold"
    return say(
        f"on {{at}} {{who}} {verb} {{what}} at {{price}} as a hedge:"
        f" {_TRIGGERS.get(trigger, 'its trigger')} ({{trigger}})",
        at=moment(entry.at),
        who=ledger(event.ledger),
        what=many(event.quantity, event.instrument),
        price=price(event.price),
        trigger=Piece("state", trigger, trigger),
        rules=event.rule,
        entries=(entry.seq,),
    )


def _decided(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Decided)
    verb = "was refused one" if event.verdict == "refuse" else "bought none"
    return say(
        f"on {{at}} {{who}} {verb}: {{why}}",
        at=moment(entry.at),
        who=ledger(event.ledger),
        why=quote(event.why),
        rules=event.rule,
        entries=(entry.seq,),
    )


def _held(record: Record, asked: Question) -> tuple[Fact, ...]:
    found = [p for p in record.positions if p.hedges and (not asked.ledgers or p.ledger in asked.ledgers)]
    last = (record.entries[-1].seq,)
    if not found:
        return (say("no hedge is held now", entries=last),)
    return (
        say("{count} held as hedges now, worth {sum} at their last marks", sum=usd(sum((p.value for p in found), ZERO)),
            count=count(sum(abs(p.quantity) for p in found), "contract is", "contracts are"), entries=last),
    )  # fmt: skip


# --- ladders --------------------------------------------------------------------------------------------------------


def ladders(record: Record, asked: Question) -> Answer:
    """What each ladder holds and may spend."""
    last = (record.entries[-1].seq,)
    found = [one for one in record.facts.ladders if one.ledger in ledgers(record, asked)]
    if not found:
        return Answer(direct=(say("this run has no ladder of LEAPs: none was begun", rules="LL-1", entries=last),))
    facts = [
        say(
            "{who} holds {rungs} worth {value} that cost {cost}; it may spend {budget} and has realised {realised}",
            who=ledger(one.ledger), rules="LL-2 LL-4", value=usd(one.value), rungs=count(len(one.rungs), "rung"),
            cost=usd(one.cost), budget=usd(one.budget), realised=usd(one.realised), entries=last,
        )
        for one in found
    ]  # fmt: skip
    rungs = [
        say(
            "{who}: {what}, bought on {day}, worth {value}",
            who=ledger(one.ledger),
            what=many(rung.quantity, rung.contract),
            day=day(rung.bought),
            value=usd(rung.value),
            entries=last,
        )
        for one in found
        for rung in one.rungs
    ]
    return Answer(direct=tuple(facts), why=tuple(rungs[:8]))


# --- forks and merges -----------------------------------------------------------------------------------------------


def forks(record: Record, asked: Question) -> Answer:
    """Accounts that forked and merged, with why, and what each is worth now."""
    merging = "merg" in asked.text.lower()
    kinds = (
        ("MergeIntended", "NodeClosed") if merging else ("ForkIntended", "ForkCapped", "MergeIntended", "NodeClosed")
    )
    nodes = {node for node, own in record.known.nodes.items() if node != ROOT and set(own) & set(asked.ledgers)}
    wanted = asked if not nodes else Question(text=asked.text, period=asked.period)
    found = [e for e in record.about(wanted, *kinds) if not nodes or getattr(e.event, "node", "") in nodes]
    scope = {"who": who(asked), "when": when(asked, record)}
    if not found:
        verb = "merged" if merging else "forked and nothing merged"
        return Answer(
            direct=(say(f"nothing {verb} in {{who}} {{when}}", scope, rules="FK-3" if merging else "FK-1 FK-3"),),
            open=_tree(record, nodes),
        )
    return Answer(direct=ended(found, forked, 8), why=_surplus(record, found), open=_tree(record, nodes))


def forked(entry: "Entry") -> Fact:
    """One step of a fork or merge."""
    event = entry.event
    parts = {
        "at": moment(entry.at),
        "who": ledger(event.ledger),
        "node": Piece("ledger", getattr(event, "node", ""), ""),
    }
    if isinstance(event, ev.ForkIntended):
        return say("on {at} {who} forked {amount} into {node}, a {form} account", parts, amount=usd(event.amount),
                   form=Piece("state", event.form, event.form), rules=event.rule, entries=(entry.seq,))  # fmt: skip
    if isinstance(event, ev.ForkCapped):
        return say("on {at} a fork of {amount} by {who} was refused: {active} active already", parts,
                   amount=usd(event.amount), active=count(event.active, "account is", "accounts are"), rules=event.rule,
                   entries=(entry.seq,))  # fmt: skip
    if isinstance(event, ev.MergeIntended):
        return say("on {at} {node} began to merge into {target} because of {cause}, with {equity}", parts,
                   target=ledger(event.target), cause=quote(event.cause), equity=usd(event.equity), rules=event.rule,
                   entries=(entry.seq,))  # fmt: skip
    assert isinstance(event, ev.NodeClosed)
    return say(
        "on {at} {node} was archived after its merge into {target}, with {multiple} times its capital",
        parts,
        target=ledger(event.target),
        multiple=number(event.multiple),
        rules=event.rule,
        entries=(entry.seq,),
    )


def _surplus(record: Record, found: "list[Entry]") -> tuple[Fact, ...]:
    if not any(isinstance(e.event, ev.ForkIntended) for e in found):
        return ()
    return (
        (
            say(
                "a generator ledger forks each time that it has {amount} over its base",
                amount=usd(record.rulebook.money("FK-2.mini")),
                rules="FK-2",
            ),
        )
        if "mini" in record.rulebook.rules["FK-2"].values
        else ()
    )


def _tree(record: Record, nodes: set[str]) -> tuple[Fact, ...]:
    last = (record.entries[-1].seq,)
    facts = []
    for one in record.facts.tree:
        if not one.parent or (nodes and one.id not in nodes):
            continue
        if one.closed is not None:
            facts.append(
                say("{node} ended on {day}", node=Piece("ledger", one.id, one.id), day=day(one.closed), entries=last)
            )
            continue
        facts.append(
            say("{node} began with {funded} on {day} and is worth {equity} now", node=Piece("ledger", one.id, one.id),
                funded=usd(one.funded), day=day(one.since), equity=usd(one.equity), entries=last)
        )  # fmt: skip
    return tuple(facts)
