"""What was sold and bought, order by order, and what ended without a fill."""

from decimal import Decimal
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, Piece, count, instrument, ledger, many, moment, price, quote, say
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers
from allusr_advisor.asking.topics.common import about, ended, of_rule, when, who
from allusr_advisor.asking.topics.ends import outcome
from allusr_advisor.asking.topics.executions import by_order, fills, opens, size_of
from allusr_advisor.asking.topics.money import received, writes
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


def trades(record: Record, asked: Question) -> Answer:
    """What was opened, order by order, with why."""
    found = [e for e in fills(record, asked) if opens(e)]
    bought = "bought" in asked.text.lower() or "buy" in asked.text.lower()
    if bought and (some := [e for e in fills(record, asked) if size_of(e) > 0]):
        found = some
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        return Answer(direct=(say("{who} opened nothing{what} {when}", scope),), why=_other(record, asked))
    orders = by_order(found)
    sold = [e for e in found if writes(e)]
    direct = say(
        "{who} filled {orders}{what} {when}: {sold} sold for {premium} of premium", scope,
        orders=count(len(orders), "order"), sold=count(sum(-size_of(e) for e in sold), "contract"),
        premium=usd(received(sold)), entries=numbers(found),
    )  # fmt: skip
    one_by_one = tuple(order(record, own) for own in list(orders.values())[-5:])
    if len(orders) == 1:
        return Answer(direct=one_by_one, open=_after(record, asked, found))
    rest = len(orders) - len(one_by_one)
    more = (say("{more} before these", more=count(rest, "order"), entries=numbers(found)),) if rest > 0 else ()
    return Answer(direct=(direct,), why=(*one_by_one, *more))


def order(record: Record, own: "list[Entry]") -> Fact:
    """One order: how many, at what, when, and why it was made."""
    first = own[0].event
    assert isinstance(first, ev.Filled)
    size = sum(map(size_of, own))
    paid = sum((e.event.price * e.event.quantity for e in own if isinstance(e.event, ev.Filled)), Decimal(0))
    verb = "sold" if size < 0 else "bought"
    if not first.opening:
        verb = "bought back" if size > 0 else "sold to close"
    intent = record.intent(first.key)
    why = intent.event.why if intent is not None and isinstance(intent.event, ev.IntentRecorded) else ""
    title = of_rule(record, first.rule.split())
    reason = ": {why}" if why else f", as {title} asks" if title else ""
    return say(
        f"on {{at}} {{who}} {verb} {{what}} at {{price}}{reason}", at=moment(own[0].at), who=ledger(first.ledger),
        what=many(size, first.instrument), price=price(paid / size), why=quote(why), rules=first.rule,
        entries=(*((intent.seq,) if intent else ()), *numbers(own)),
    )  # fmt: skip


def _other(record: Record, asked: Question) -> tuple[Fact, ...]:
    """What happened instead, where nothing was opened."""
    from allusr_advisor.asking.topics.refusals import commonest

    return commonest(record, asked)


def _after(record: Record, asked: Question, found: "list[Entry]") -> tuple[Fact, ...]:
    """How the contract of the only order ended, or that it is open."""
    event = found[0].event
    assert isinstance(event, ev.Filled)
    return outcome(record, event.ledger, event.instrument)


_OVER = ("canceled", "expired", "rejected", "denied")


def unfilled(record: Record, asked: Question) -> Answer:
    """Orders that ended without a fill, and those that work now."""
    filled = {e.event.key for e in record.of("Filled") if isinstance(e.event, ev.Filled)}
    found = [
        e for e in record.about(asked, "OrderChanged")
        if isinstance(e.event, ev.OrderChanged) and e.event.status in _OVER and e.event.key not in filled
    ]  # fmt: skip
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    working = sum(len(book.working) for name, book in record.book.ledgers.items() if name in (asked.ledgers or (name,)))
    left = say("{count} now", count=count(working, "order works", "orders work"), entries=(record.entries[-1].seq,))
    if not found:
        return Answer(
            direct=(say("no order of {who}{what} ended without a fill {when}", scope, rules="ORD-1"),), open=(left,)
        )
    direct = say(
        "{count} of {who}{what} ended without a fill {when}",
        scope,
        rules="ORD-1",
        entries=numbers(found),
        count=count(len(found), "order"),
    )
    return Answer(direct=(direct,), why=ended(found, lambda e: _unfilled(record, e)), open=(left,))


def _unfilled(record: Record, entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.OrderChanged)
    intent = record.intent(event.key)
    name = (
        intent.event.legs[0][0] if intent is not None and isinstance(intent.event, ev.IntentRecorded) else event.symbol
    )
    why = ": {why}" if event.reason else ""
    return say(
        f"on {{at}} the order of {{who}} for {{what}} was {{status}}{why}",
        at=moment(entry.at),
        who=ledger(event.ledger),
        what=instrument(name),
        status=Piece("state", event.status, event.status),
        why=quote(event.reason),
        rules=event.rule,
        entries=(entry.seq,),
    )
