"""Premium, income and fees: sums of entries, and what they are made of."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import (
    Answer,
    Fact,
    contract_of,
    count,
    ledger,
    moment,
    quote,
    say,
    symbol,
)
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, numbers, realised
from allusr_advisor.asking.topics.common import about, ended, ledgers, valued, when, who
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import HEDGE, Position

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

Sum = Callable[[Iterable["Entry"]], Decimal]


def writes(entry: "Entry") -> bool:
    """Whether an entry is a fill that writes options and is no hedge."""
    event = entry.event
    return (
        isinstance(event, ev.Filled) and event.opening and event.quantity < 0
        and contract_of(event.instrument) is not None and not event.cause.startswith(HEDGE)
    )  # fmt: skip


def received(entries: Iterable["Entry"]) -> Decimal:
    """Gross premium of fills, dollars."""
    fills = (e.event for e in entries if isinstance(e.event, ev.Filled))
    return sum((-f.price * f.quantity * MULTIPLIER for f in fills), ZERO)


def fees_of(entries: Iterable["Entry"]) -> Decimal:
    """Fees that entries name, dollars."""
    return sum((getattr(e.event, "fee", ZERO) for e in entries), ZERO)


def premium(record: Record, asked: Question) -> Answer:
    """Premium that was taken, whose, and from what most of it came."""
    sold = [e for e in record.about(asked, "Filled") if writes(e)]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not sold:
        return Answer(direct=(say("{who} took no premium{what} {when}", scope),), open=(_still_open(record, asked),))
    direct = say(
        "{who} took {premium} of premium{what} {when}: {contracts} were sold, with fees of {fees}", scope,
        premium=usd(received(sold)), contracts=count(sum(-_size(e) for e in sold), "contract"),
        fees=usd(fees_of(sold)), entries=numbers(sold),
    )  # fmt: skip
    return Answer(direct=(direct,), why=_parts(sold, received, "of premium"), open=(_still_open(record, asked),))


def _size(entry: "Entry") -> int:
    return entry.event.quantity if isinstance(entry.event, ev.Filled) else 0


def _parts(found: Sequence["Entry"], sum_of: Sum, what: str) -> tuple[Fact, ...]:
    """The same sum by ledger, and the symbol with the largest part, where there are several."""
    facts: list[Fact] = []
    owners = _by(found, lambda e: e.event.ledger)
    if len(owners) > 1:
        facts += [
            say(f"{{who}}: {{sum}} {what}", who=ledger(name), sum=usd(sum_of(own)), entries=numbers(own))
            for name, own in owners.items()
        ]
    symbols = {name: own for name, own in _by(found, lambda e: e.event.symbol).items() if name}
    if len(symbols) > 1:
        top = max(symbols, key=lambda name: abs(sum_of(symbols[name])))
        text = f"the largest part came from {{symbol}}: {{sum}} {what}"
        facts.append(say(text, symbol=symbol(top), sum=usd(sum_of(symbols[top])), entries=numbers(symbols[top])))
    return tuple(facts)


def _by(found: Iterable["Entry"], key: Callable[["Entry"], str]) -> dict[str, list["Entry"]]:
    parts: dict[str, list[Entry]] = {}
    for entry in found:
        parts.setdefault(key(entry), []).append(entry)
    return parts


def held(record: Record, asked: Question) -> tuple[Position, ...]:
    """Positions of the ledgers and symbols that a question names."""
    return tuple(
        p for p in record.positions
        if (not asked.ledgers or p.ledger in asked.ledgers) and (not asked.symbols or p.symbol in asked.symbols)
    )  # fmt: skip


def _still_open(record: Record, asked: Question) -> Fact:
    short = [p for p in held(record, asked) if p.short and not p.hedges]
    last = (record.entries[-1].seq,)
    if not short:
        return say("no short option is open now", entries=last)
    return say(
        "premium becomes income only when an option ends; {count} still open now, with {amount} of net premium",
        count=count(sum(-p.quantity for p in short), "short contract is", "short contracts are"),
        amount=usd(sum((p.amount for p in short), ZERO)), rules="LG-3", entries=last,
    )  # fmt: skip


# --- income ---------------------------------------------------------------------------------------------------------


def income(record: Record, asked: Question) -> Answer:
    """The realised result and what made it, and what is unrealised now."""
    own = [e for e in record.about(asked, *_booking(record)) if _books(e)]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not own:
        direct = say("nothing was realised by {who}{what} {when}: no position ended", scope)
    else:
        result = realised(own)
        verb = "gained" if result >= 0 else "lost"
        text = f"{{who}} {verb} {{sum}}{{what}} {{when}}, realised and after fees"
        direct = say(text, scope, sum=usd(abs(result)), entries=numbers(own))
    return Answer(
        direct=(direct,), why=(*_kinds(own), *_parts(own, realised, "realised")), open=(_paper(record, asked),)
    )


def _booking(record: Record) -> tuple[str, ...]:
    return tuple(dict.fromkeys(e.kind for e in record.entries if _books(e))) or ("Filled",)


def _books(entry: "Entry") -> bool:
    return any("4000" <= line.account < "6000" for line in entry.lines)


_RESULTS = {
    "4010": "from short puts", "4020": "from short calls", "4030": "from LEAPs", "4040": "from hedges",
    "4100": "from shares", "4200": "from dividends", "4300": "from interest", "5200": "for interest paid and charges",
}  # fmt: skip


def _kinds(own: Sequence["Entry"]) -> tuple[Fact, ...]:
    """The result by the chart's accounts (LG-2)."""
    facts = []
    for account, words in _RESULTS.items():
        found = [e for e in own if any(line.account == account for line in e.lines)]
        if found:
            total = -Decimal(sum(line.amount for e in found for line in e.lines if line.account == account)) / 100
            facts.append(say(f"{words}: {{sum}}", sum=usd(total), entries=numbers(found)))
    return tuple(facts)


def _paper(record: Record, asked: Question) -> Fact:
    every = [one for one in record.facts.ledgers if not asked.ledgers or one.ledger in asked.ledgers]
    marks = [valued(record, one.ledger)[-1:] for one in every]
    return say(
        "what {who} holds has an unrealised result of {sum} at its last marks", who=who(asked),
        sum=usd(sum((one.unrealised for one in every), ZERO)), entries=(e.seq for found in marks for e in found),
    )  # fmt: skip


def fees(record: Record, asked: Question) -> Answer:
    """Fees that were paid."""
    paid = [e for e in record.about(asked, "Filled", "Assigned", "Exercised") if fees_of((e,))]
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not paid:
        return Answer(direct=(say("{who} paid no fees{what} {when}", scope, rules="FEE-1"),))
    direct = say(
        "{who} paid {sum} of fees{what} {when}, in {fills}", scope, sum=usd(fees_of(paid)),
        fills=count(len(paid), "execution"), rules="FEE-1", entries=numbers(paid),
    )  # fmt: skip
    return Answer(direct=(direct,), why=_parts(paid, fees_of, "of fees"))


def dividends(record: Record, asked: Question) -> Answer:
    """Dividends that were booked."""
    found = [
        e for e in record.about(asked, "DividendAccrued", "DividendPaid", "CashBooked")
        if not isinstance(e.event, ev.CashBooked) or e.event.what == "dividend"
    ]  # fmt: skip
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    if not found:
        return Answer(direct=(say("{who} had no dividend{what} {when}", scope),))
    direct = say("{who} had {sum} of dividends{what} {when}", scope, sum=usd(_cash(found)), entries=numbers(found))
    return Answer(direct=(direct,), why=ended(found, _dividend), open=_receivable(record, asked))


def _cash(found: Iterable["Entry"]) -> Decimal:
    return sum((getattr(e.event, "cash", getattr(e.event, "amount", ZERO)) for e in found), ZERO)


def _dividend(entry: "Entry") -> Fact:
    event = entry.event
    return say("{symbol} on {at} in {who}: {cash}", symbol=symbol(event.symbol or "the account"), at=moment(entry.at),
               who=ledger(event.ledger), cash=usd(_cash((entry,))), rules=event.rule, entries=(entry.seq,))  # fmt: skip


def _receivable(record: Record, asked: Question) -> tuple[Fact, ...]:
    names = ledgers(record, asked)
    due = sum((sum(record.book.ledgers[n].receivable.values(), ZERO) for n in names), ZERO)
    return (say("{sum} of it is not paid yet", sum=usd(due), entries=(record.entries[-1].seq,)),) if due else ()


def taxes(record: Record, asked: Question) -> Answer:
    """What is set apart for taxes, and the realised gains it rests on (TX-8)."""
    names = ledgers(record, asked)
    reserve = sum((record.book.ledgers[name].tax_reserve for name in names), ZERO)
    made = record.about(asked, "Reinvested")
    direct = say(
        "{who} has {sum} set apart for taxes now", who=who(asked), sum=usd(reserve), rules="TX-8",
        entries=numbers(made) if made else (record.entries[-1].seq,),
    )  # fmt: skip
    why = ended(made, _quarter) or (
        say("no finished quarter has been appropriated {when}", when=when(asked, record), rules="FK-7 TX-8"),
    )
    last = say("no figure here is tax advice; {what} writes the forms of a year", what=quote("allusr ledger tax YEAR"))
    return Answer(direct=(direct,), why=(*why, *_gains(record, asked)), open=(last,))


def _gains(record: Record, asked: Question) -> tuple[Fact, ...]:
    return income(record, asked).direct


def _quarter(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.Reinvested)
    return say(
        "of a net gain of {gain} in {quarter}, {who} set {reserve} apart for taxes, {contracts} for contracts and"
        " {leaps} for LEAPs",
        gain=usd(event.gain),
        quarter=quote(event.quarter),
        who=ledger(event.ledger),
        reserve=usd(event.reserve),
        contracts=usd(event.contracts),
        leaps=usd(event.leaps),
        rules=event.rule,
        entries=(entry.seq,),
    )
