"""How options ended or will: assignment, exercise, expiry, and what could not be settled."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import (
    Answer,
    Fact,
    Piece,
    contract_of,
    count,
    day,
    instrument,
    ledger,
    many,
    moment,
    price,
    quote,
    say,
)
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers, realised
from allusr_advisor.asking.topics.closes import closing
from allusr_advisor.asking.topics.common import about, ended, when, who
from allusr_advisor.asking.topics.executions import fits
from allusr_advisor.asking.topics.money import held
from allusr_sdk.model import events as ev

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


def outcome(record: Record, name: str, what: str) -> tuple[Fact, ...]:
    """How an instrument of a ledger ended, or where it stands."""
    ends = [
        e for e in record.of("Assigned", "Exercised", "Expired", "Filled", "Unsettled")
        if e.event.ledger == name and getattr(e.event, "instrument", "") == what
        and not (isinstance(e.event, ev.Filled) and e.event.opening)
    ]  # fmt: skip
    if ends:
        return ended(ends, lambda e: told(record, e), 3)
    if any(p.key == f"{name}:{instrument(what).value}" for p in record.positions):
        return (say("{what} is still open", what=instrument(what), entries=(record.entries[-1].seq,)),)
    return ()


def told(record: Record, entry: "Entry") -> Fact:
    """How something ended, by its kind."""
    return _TELL[type(entry.event)](record, entry)


def assignments(record: Record, asked: Question) -> Answer:
    """What was assigned or exercised, at which price, and what it brought."""
    return _ends(record, asked, ("Assigned", "Exercised"), "assigned", "assignment")


def expiries(record: Record, asked: Question) -> Answer:
    """What expired worthless, and what could not be settled."""
    if re.search(r"\b(?:expires?|expiring|next)\b", asked.text.lower()) and not re.search(
        r"\bdid\b", asked.text.lower()
    ):
        return _due(record, asked)
    if "settl" in asked.text.lower():
        return _ends(record, asked, ("Unsettled", "Expired", "Assigned", "Exercised"), "settled", "settlement")
    return _ends(record, asked, ("Expired",), "expired", "expiry")


def _due(record: Record, asked: Question) -> Answer:
    """What is held and ends within the days asked for, the next first."""
    dated = sorted(
        (p for p in held(record, asked) if p.contract is not None and p.key not in record.book.unsettled),
        key=lambda p: (p.contract.expiry, p.key) if p.contract else (record.now, ""),
    )
    due = [p for p in dated if p.contract and (asked.period is None or asked.period.holds(p.contract.expiry))]
    last = (record.entries[-1].seq,)
    scope = {"who": who(asked), "what": about(asked)}
    if not due:
        return Answer(direct=(say("nothing that {who} holds{what} expires in these days", scope, entries=last),))
    first = due[0].contract
    assert first is not None
    direct = say("the next of {who}{what} to expire is {next}, on {day}", scope, next=instrument(first.osi),
                 day=day(first.expiry), entries=last)  # fmt: skip
    each = (
        say(
            "{who}: {many}, on {day}",
            who=ledger(p.ledger),
            many=many(p.quantity, p.contract.osi),
            day=day(p.contract.expiry),
            entries=last,
        )
        for p in due[:8]
        if p.contract is not None
    )
    return Answer(direct=(direct,), why=tuple(each))


def _ends(record: Record, asked: Question, kinds: tuple[str, ...], verb: str, noun: str) -> Answer:
    found = [e for e in record.about(asked, *kinds) if fits(asked, getattr(e.event, "instrument", ""))]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        near = _soon(record, asked)
        return Answer(
            direct=(
                say(f"no contract of {{who}} was {verb}{{what}} {{when}}".replace("was expired", "expired"), scope),
            ),
            open=near,
        )
    if len(found) == 1:
        return Answer(direct=(told(record, found[0]),), why=_meaning(noun), open=_since(record, found))
    size = sum(abs(getattr(e.event, "quantity", 0)) for e in found)
    verbs = f"were {verb}".replace("were expired", "expired")
    direct = say(
        f"{{count}} of {{who}} {verbs}{{what}} {{when}}, with a realised result of {{sum}}", scope,
        count=count(size, "contract"), sum=usd(realised(found)), entries=numbers(found),
    )  # fmt: skip
    return Answer(
        direct=(direct,), why=(*ended(found, lambda e: told(record, e), 8), *_meaning(noun)), open=_since(record, found)
    )


def _meaning(noun: str) -> tuple[Fact, ...]:
    """Why an assignment shows no result at once."""
    if noun != "assignment":
        return ()
    return (
        say("the premium of an assigned put lowers the basis of its shares and is no result by itself", rules="TX-1"),
    )


def _soon(record: Record, asked: Question) -> tuple[Fact, ...]:
    """What expires next, where nothing has ended."""
    from allusr_advisor.asking.topics.positions import next_expiry

    return next_expiry(record, asked)


def _since(record: Record, found: "list[Entry]") -> tuple[Fact, ...]:
    """Shares that assignments brought and that are held now."""
    owned = {(e.event.ledger, e.event.symbol) for e in found if isinstance(e.event, ev.Assigned)}
    last = (record.entries[-1].seq,)
    return tuple(
        say(
            "{who} holds {what} now, at a basis of {basis} a share",
            who=ledger(p.ledger),
            what=many(p.quantity, p.symbol),
            basis=price((p.amount / p.quantity).quantize(Decimal("0.01"))),
            entries=last,
        )
        for p in record.positions
        if p.contract is None and (p.ledger, p.symbol) in owned
    )


def _assigned(record: Record, entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Assigned | ev.Exercised)
    contract = contract_of(event.instrument)
    verb = "exercised" if isinstance(event, ev.Exercised) else "assigned"
    early = " early" if isinstance(event, ev.Assigned) and event.early else ""
    booked, shares = realised((entry,)), ""
    if contract is not None and event.cash is None:
        into = contract.is_put == (event.quantity < 0)
        shares = f"; {{shares}} {'bought' if into else 'delivered'} at {{strike}}"
    return say(
        f"on {{at}} {{who}} had {{what}} {verb}{early}: {{symbol}} stood at {{spot}}{shares}"
        f"{'; result {sum}' if booked else ''}",
        at=moment(entry.at), who=ledger(event.ledger), what=many(event.quantity, event.instrument),
        symbol=Piece("symbol", event.symbol, event.symbol), spot=price(event.settlement), sum=usd(booked),
        shares=count(100 * abs(event.quantity), "share was", "shares were"),
        strike=price(contract.strike if contract else Decimal(0)), rules=event.rule, entries=(entry.seq,),
    )  # fmt: skip


def _expired(record: Record, entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Expired)
    kept = realised((entry,))
    return say(
        "on {at} {what} of {who} expired worthless with {symbol} at {spot}; {sum}"
        f" {'kept' if kept >= 0 else 'lost'}",
        at=moment(entry.at),
        what=many(event.quantity, event.instrument),
        who=ledger(event.ledger),
        symbol=Piece("symbol", event.symbol, event.symbol),
        spot=price(event.settlement),
        sum=usd(abs(kept)),
        rules=event.rule,
        entries=(entry.seq,),
    )


def _unsettled(record: Record, entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Unsettled)
    return say(
        "on {at} {what} of {who} could not be settled and {sum} stay reserved: {why}", at=moment(entry.at),
        what=many(event.quantity, event.instrument), who=ledger(event.ledger), sum=usd(event.reserved),
        why=quote(event.why), rules=event.rule, entries=(entry.seq,),
    )  # fmt: skip


_TELL: dict[type[ev.Event], Callable[[Record, "Entry"], Fact]] = {
    ev.Assigned: _assigned, ev.Exercised: _assigned, ev.Expired: _expired, ev.Unsettled: _unsettled, ev.Filled: closing,
}  # fmt: skip
