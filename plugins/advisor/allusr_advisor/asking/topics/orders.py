"""What was sold, bought, closed and rolled, and how options ended."""

from collections.abc import Callable, Iterable
from decimal import Decimal
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
    price,
    quote,
    say,
)
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers, realised
from allusr_advisor.asking.topics.common import about, ended, of_rule, when, who
from allusr_advisor.asking.topics.money import received, writes
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import HEDGE

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry


_SHORT = 15  # an OSI symbol is longer than strike and right


def fits(asked: Question, name: str) -> bool:
    """Whether an instrument is the contract that a question names: an OSI symbol, or strike and right."""
    if not asked.contract:
        return True
    found = contract_of(name)
    if found is None:
        return False
    if len(asked.contract) > _SHORT:
        return found.osi == asked.contract
    short, _, expiry = asked.contract.partition(":")
    same = found.right.value == short[-1] and found.strike == Decimal(short[:-1])
    return same and expiry in ("", f"{found.expiry:%m%d}")


def fills(record: Record, asked: Question) -> "list[Entry]":
    """Executions that a question is about."""
    return [
        e for e in record.about(asked, "Filled") if isinstance(e.event, ev.Filled) and fits(asked, e.event.instrument)
    ]


def trades(record: Record, asked: Question) -> Answer:
    """What was opened, order by order, with why."""
    found = [e for e in fills(record, asked) if _opening(e)]
    bought = "bought" in asked.text.lower() or "buy" in asked.text.lower()
    if bought and (some := [e for e in fills(record, asked) if size_of(e) > 0]):
        found = some
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        return Answer(direct=(say("{who} opened nothing{what} {when}", scope),), why=_other(record, asked))
    orders = _orders(found)
    sold = [e for e in found if writes(e)]
    direct = say(
        "{who} filled {orders}{what} {when}: {sold} sold for {premium} of premium", scope,
        orders=count(len(orders), "order"), sold=count(sum(-size_of(e) for e in sold), "contract"),
        premium=usd(received(sold)), entries=numbers(found),
    )  # fmt: skip
    one_by_one = tuple(_order(record, own) for own in list(orders.values())[-5:])
    if len(orders) == 1:
        return Answer(direct=one_by_one, open=_after(record, asked, found))
    rest = len(orders) - len(one_by_one)
    more = (say("{more} before these", more=count(rest, "order"), entries=numbers(found)),) if rest > 0 else ()
    return Answer(direct=(direct,), why=(*one_by_one, *more))


def _opening(entry: "Entry") -> bool:
    event = entry.event
    return isinstance(event, ev.Filled) and event.opening and not event.cause.startswith(HEDGE)


def size_of(entry: "Entry") -> int:
    return entry.event.quantity if isinstance(entry.event, ev.Filled) else 0


def _orders(found: Iterable["Entry"]) -> "dict[tuple[str, str], list[Entry]]":
    own: dict[tuple[str, str], list[Entry]] = {}
    for entry in found:
        if isinstance(entry.event, ev.Filled):
            own.setdefault((entry.event.key, entry.event.instrument), []).append(entry)
    return own


def _order(record: Record, own: "list[Entry]") -> Fact:
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


# --- closes and rolls -----------------------------------------------------------------------------------------------


def closed(record: Record, asked: Question) -> Answer:
    """What was bought back or sold to close, under which rule, and with which result."""
    found = [e for e in fills(record, asked) if not _opening(e) and not e.event.opening and cause_of(e) != "roll"]  # type: ignore[attr-defined]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        return Answer(direct=(say("{who} closed nothing early{what} {when}", scope),))
    if len(found) == 1:
        return Answer(direct=(_closed(record, found[0]),))
    result = realised(found)
    direct = say(
        "{who} closed {count}{what} {when}, with a result of {sum}",
        scope,
        sum=usd(result),
        count=count(len(_orders(found)), "position or part of one", "positions or parts of them"),
        entries=numbers(found),
    )
    return Answer(direct=(direct,), why=(*_by_cause(record, found), *ended(found, lambda e: _closed(record, e), 4)))


def cause_of(entry: "Entry") -> str:
    return entry.event.cause if isinstance(entry.event, ev.Filled) else ""


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


def _closed(record: Record, entry: "Entry") -> Fact:
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


# --- how options ended ----------------------------------------------------------------------------------------------


def assignments(record: Record, asked: Question) -> Answer:
    """What was assigned or exercised, at which price, and what it brought."""
    return _ends(record, asked, ("Assigned", "Exercised"), "assigned", "assignment")


def expiries(record: Record, asked: Question) -> Answer:
    """What expired worthless, and what could not be settled."""
    if "settl" in asked.text.lower():
        return _ends(record, asked, ("Unsettled", "Expired", "Assigned", "Exercised"), "settled", "settlement")
    return _ends(record, asked, ("Expired",), "expired", "expiry")


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
    ev.Assigned: _assigned, ev.Exercised: _assigned, ev.Expired: _expired, ev.Unsettled: _unsettled, ev.Filled: _closed,
}  # fmt: skip
