"""What is held, how near its strike it is, its level, and the story of one symbol or contract."""

from collections.abc import Callable, Iterable
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
    number,
    price,
    say,
)
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers, realised
from allusr_advisor.asking.topics.common import about, ended, when, who
from allusr_advisor.asking.topics.executions import by_order, fills, fits, level_after, position_of, rose
from allusr_advisor.asking.topics.money import held
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import Position

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

_SHORT = 15  # an OSI symbol is longer than strike and right
_LEVELS = ("Normal", "Enhanced", "Recovery", "Preservation")


def holdings(record: Record, asked: Question) -> Answer:
    """What is held now."""
    found = held(record, asked)
    last = (record.entries[-1].seq,)
    scope = {"who": who(asked), "what": about(asked)}
    if not found:
        return Answer(direct=(say("{who} holds nothing{what} now", scope, entries=last),))
    unrealised = sum((_unrealised(p) for p in found), ZERO)
    direct = say("{who} holds {count}{what} now, with an unrealised result of {sum}", scope,
                 count=count(len(found), "position"), sum=usd(unrealised), entries=last)  # fmt: skip
    return Answer(direct=(direct,), why=_each(found, lambda p: _held(record, p)), open=next_expiry(record, asked))


def _each(found: Iterable[Position], tell: Callable[[Position], Fact], most: int = 12) -> tuple[Fact, ...]:
    every = sorted(found, key=lambda p: (-p.watch.level, p.ledger, p.key))
    more = (say("and {more} more", more=number(len(every) - most, 0)),) if len(every) > most else ()
    return (*map(tell, every[:most]), *more)


def _unrealised(p: Position) -> Decimal:
    return p.value + p.amount if p.short else p.value - p.amount


def _held(record: Record, p: Position) -> Fact:
    name = p.contract.osi if p.contract else p.symbol
    side = "is short" if p.short else "holds"
    level = ", level {level}" if p.watch.level else ""
    mark = ", last mark {mark}" if p.mark is not None else ", not marked yet"
    return say(
        f"{{who}} {side} {{what}}, opened at {{price}}{mark}{level}; unrealised {{sum}}", who=ledger(p.ledger),
        what=many(p.quantity, name), price=price(p.price.quantize(Decimal("0.01"))), mark=price(p.mark or ZERO),
        level=number(p.watch.level, 0), sum=usd(_unrealised(p)), entries=_of_position(record, p),
    )  # fmt: skip


def _of_position(record: Record, p: Position) -> tuple[int, ...]:
    """The newest fill, mark and watch of a position."""
    name = p.contract.osi if p.contract else p.symbol
    made = [e.seq for e in record.of("Filled", "Assigned") if e.event.ledger == p.ledger and _same(e, name)]
    seen = [e.seq for e in record.of("Marked", "Watched") if getattr(e.event, "position", "") == p.key]
    return (*made[-1:], *seen[-2:]) or (record.entries[-1].seq,)


def _same(entry: "Entry", name: str) -> bool:
    return getattr(entry.event, "instrument", "") == name or entry.event.symbol == name


def next_expiry(record: Record, asked: Question) -> tuple[Fact, ...]:
    """What ends next of what is held."""
    dated = [
        p for p in held(record, asked)
        if p.contract is not None and p.short and not p.hedges and p.key not in record.book.unsettled
    ]  # fmt: skip
    if not dated:
        return ()
    first = min(p.contract.expiry for p in dated if p.contract is not None)
    mine = [p for p in dated if p.contract is not None and p.contract.expiry == first]
    return (
        say(
            "the next to end: {count}, on {day}",
            count=count(sum(abs(p.quantity) for p in mine), "contract"),
            day=day(first),
            entries=(record.entries[-1].seq,),
        ),
    )


# --- risk -----------------------------------------------------------------------------------------------------------


def risk(record: Record, asked: Question) -> Answer:
    """What short options could cost: levels, distance to the strike as last seen, and what is bound."""
    found = [p for p in held(record, asked) if not p.hedges]
    short = [p for p in found if p.short and p.contract is not None]
    last = (record.entries[-1].seq,)
    scope = {"who": who(asked), "what": about(asked)}
    bound = sum((p.contract.notional * -p.quantity for p in short if p.contract and p.contract.is_put), ZERO)
    shares = sum((p.value for p in found if p.contract is None), ZERO)
    if not found:
        return Answer(direct=(say("{who} holds nothing{what} now: nothing is at risk", scope, entries=last),))
    puts = sum(-p.quantity for p in short if p.contract and p.contract.is_put)
    direct = say(
        "{who} has {bound} at stake{what} behind {count} now" if puts else "no short put of {who}{what} is open now",
        scope, bound=usd(bound), count=count(puts, "short put"), rules="RULE-1", entries=last,
    )  # fmt: skip
    owned = (
        (say("{who} holds shares worth {shares}{what} now", scope, shares=usd(shares), entries=last),) if shares else ()
    )
    high = [p for p in found if p.watch.level]
    levels = _each(high, lambda p: _risky(record, p)) if high else (say("no position is over level 0", entries=last),)
    calm = [p for p in short if not p.watch.level]
    why = (*levels, *_each(calm, lambda p: _risky(record, p), 6))
    return Answer(direct=(direct, *owned), why=why, open=next_expiry(record, asked))


def _risky(record: Record, p: Position) -> Fact:
    """A position with how far its underlying was past the strike, as the protocol saw it last."""
    seen = _seen(record, p)
    name = p.contract.osi if p.contract else p.symbol
    where = "level {level} {named}"
    if seen is None:
        return say(f"{{what}} of {{who}}: {where}", what=many(p.quantity, name), who=ledger(p.ledger),
                   level=number(p.watch.level, 0), named=Piece("state", _LEVELS[p.watch.level], ""),
                   entries=_of_position(record, p))  # fmt: skip
    m, spot, entry = seen
    side = "past" if m >= 0 else "short of"
    return say(
        f"{{what}} of {{who}}: {where}, seen last on {{at}} with {{symbol}} at {{spot}}, {{m}} ATR {side} its strike"
        if p.contract
        else f"{{what}} of {{who}}: {where}, seen last on {{at}} with {{symbol}} at {{spot}}",
        what=many(p.quantity, name),
        who=ledger(p.ledger),
        level=number(p.watch.level, 0),
        named=Piece("state", _LEVELS[p.watch.level], ""),
        at=moment(entry.at),
        symbol=Piece("symbol", p.symbol, p.symbol),
        spot=price(spot),
        m=number(abs(m)),
        rules="PE-2",
        entries=(entry.seq,),
    )


def _seen(record: Record, p: Position) -> "tuple[float, Decimal, Entry] | None":
    """Distance and price as the journal had them last."""
    for entry in reversed(record.of("LevelChanged", "Watched")):
        event = entry.event
        if (
            isinstance(event, ev.LevelChanged | ev.Watched)
            and event.position == p.key
            and event.numbers.get("spot") is not None
        ):
            return event.m, Decimal(str(event.numbers["spot"])), entry
    return None


# --- levels ---------------------------------------------------------------------------------------------------------


def levels(record: Record, asked: Question) -> Answer:
    """Changes of level: on which distance, and where positions stand now."""
    found = list(record.about(asked, "LevelChanged"))
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    now = [p for p in held(record, asked) if p.watch.level]
    stand = _each(now, lambda p: _risky(record, p)) or (
        say(
            "no position of {who}{what} is over level 0 now",
            who=who(asked),
            what=about(asked),
            entries=(record.entries[-1].seq,),
        ),
    )
    wanted = next(
        (n for n in (3, 2, 1) if f"level {n}" in asked.text.lower() or f"l{n}" in asked.text.lower().split()), 0
    )
    found = [e for e in found if not wanted or rose(e, wanted)]
    if not found:
        which = "level {level}" if wanted else "another level"
        text = f"no position of {{who}} went to {which}{{what}} {{when}}"
        return Answer(direct=(say(text, scope, level=number(wanted, 0)),), open=stand)
    if len(found) == 1:
        return Answer(direct=(level(found[0]),), why=_rule(record), open=stand)
    top = max(map(level_after, found))
    direct = say(
        "positions of {who} rose to level {wanted} or over {count}{what} {when}; the highest was level {top}" if wanted
        else "positions of {who} changed level {count}{what} {when}; the highest was level {top}", scope,
        wanted=number(wanted, 0),
        count=count(len(found), "time"), top=number(top, 0), rules="PE-2 PE-4", entries=numbers(found),
    )  # fmt: skip
    highest = [e for e in found if level_after(e) == top]
    rest = [e for e in found if level_after(e) != top]
    return Answer(direct=(direct, *ended(highest, level, 3)), why=(*ended(rest, level, 4), *_rule(record)), open=stand)


def _rule(record: Record) -> tuple[Fact, ...]:
    return (say("a level is the distance past the strike in ATR, from its whole number on: 1, 2 or 3", rules="PE-2"),)


def level(entry: "Entry") -> Fact:
    """One change of level."""
    event = entry.event
    assert isinstance(event, ev.LevelChanged)
    name = event.position.partition(":")[2]
    spot, atr = event.numbers.get("spot"), event.numbers.get("atr")
    known = spot is not None and atr is not None
    about_it = "its strike" if contract_of(name) else "its basis"
    side = "past" if event.m >= 0 else "short of"
    detail = f" with {{symbol}} at {{spot}}, {{m}} ATR {side} {about_it} (one ATR is {{atr}})" if known else ""
    return say(
        f"on {{at}} {{what}} of {{who}} went from level {{before}} to level {{after}}{detail}", at=moment(entry.at),
        what=instrument(name), who=ledger(event.ledger), before=number(event.before, 0), after=number(event.after, 0),
        symbol=Piece("symbol", event.symbol, event.symbol), spot=price(Decimal(str(spot or 0))), m=number(abs(event.m)),
        atr=number(float(str(atr or 0))), rules=event.rule, entries=(entry.seq,),
    )  # fmt: skip


# --- a story --------------------------------------------------------------------------------------------------------


def story(record: Record, asked: Question) -> Answer:
    """What happened to a symbol or a contract, in order of time, and where it stands."""
    from allusr_advisor.asking.topics.ends import told
    from allusr_advisor.asking.topics.orders import order

    found = by_order(fills(record, asked))
    ends = [
        e for e in record.about(asked, "Assigned", "Exercised", "Expired", "Unsettled") if fits(asked, _instrument(e))
    ]
    rises = [e for e in record.about(asked, "LevelChanged") if fits(asked, position_of(e))]
    lines = [(own[0].seq, order(record, own)) for own in found.values()]
    lines += [(e.seq, told(record, e)) for e in ends] + [(e.seq, level(e)) for e in rises]
    name = _name(asked)
    if not lines:
        from allusr_advisor.asking.topics.refusals import commonest

        text = "nothing of {name} was held by {who} {when}"
        none = say(text, name=name, who=who(asked), when=when(asked, record))
        return Answer(direct=(none,), why=commonest(record, asked))
    booked = [*(x for own in found.values() for x in own), *ends]
    over = [e for e in ends if not isinstance(e.event, ev.Unsettled)]
    direct = say(
        "{name} {when}: {orders}, {ends}, with a realised result of {sum}", name=name, when=when(asked, record),
        orders=count(len(found), "order filled", "orders filled"), sum=usd(realised(booked)), entries=numbers(booked),
        ends=count(len(over), "end at expiry or by assignment", "ends at expiry or by assignment"),
    )  # fmt: skip
    told_in_order = [fact for _, fact in sorted(lines, key=lambda line: line[0])]
    skipped = len(told_in_order) - 8
    more = (say("{more} earlier are not told here", more=count(skipped, "event")),) if skipped > 0 else ()
    return Answer(direct=(direct,), why=(*more, *told_in_order[-8:]), open=_stands(record, asked))


def _name(asked: Question) -> Piece:
    """What a story is about, as one would say it."""
    names = " and ".join(asked.symbols)
    if not asked.contract:
        return Piece("symbol", names, names)
    if len(asked.contract) > _SHORT:
        return instrument(asked.contract)
    short = asked.contract.partition(":")[0]
    text = f"the {names} {short[:-1]} {'put' if short[-1] == 'P' else 'call'}".replace("  ", " ")
    return Piece("contract", text, asked.contract)


def _instrument(entry: "Entry") -> str:
    return getattr(entry.event, "instrument", "")


def _stands(record: Record, asked: Question) -> tuple[Fact, ...]:
    found = [p for p in held(record, asked) if fits(asked, p.contract.osi if p.contract else p.symbol)]
    return _each(found, lambda p: _held(record, p)) or (
        say("nothing of it is held now", entries=(record.entries[-1].seq,)),
    )  # fmt: skip
