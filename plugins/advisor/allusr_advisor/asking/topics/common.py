"""What the topics share: whose and when in words, lists that end, and values at the end of a day."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, Piece, clock, count, day, ledger, ledger_text, listed, say
from allusr_advisor.asking.periods import Period
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record
from allusr_sdk.model import events as ev
from allusr_sdk.model.money import ZERO

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

Topic = Callable[[Record, Question], Answer]

MOST = 6
"""So many of a kind are told one by one."""

_PREPOSITIONS = {"day": "on ", "week": "in week ", "month": "in ", "quarter": "in ", "year": "in ", "span": "from "}


def when(asked: Question, record: Record) -> Piece:
    """The days of a question in words; those of the run where it names none."""
    period = asked.period or record.whole
    if period.kind == "run":
        return Piece("day", f"since {day(record.whole.first).text}", record.whole.first.isoformat())
    return Piece("day", f"{_PREPOSITIONS[period.kind]}{period.label}", f"{period.first}/{period.last}")


def who(asked: Question) -> Piece:
    """The ledgers of a question, or the account."""
    if len(asked.ledgers) == 1:
        return ledger(asked.ledgers[0])
    nodes = {name.rpartition(".")[0] for name in asked.ledgers}
    if len(nodes) == 1 and (node := nodes.pop()):
        return Piece("ledger", node, node)
    names = listed(map(ledger_text, asked.ledgers))
    return Piece("ledger", names or "the account", " ".join(asked.ledgers) or "account")


def about(asked: Question) -> Piece:
    """`` in AAPL``, or nothing where no symbol is named."""
    names = " and ".join(asked.symbols)
    return Piece("symbol", f" in {names}" if names else "", " ".join(asked.symbols))


def ended(entries: Sequence["Entry"], tell: Callable[["Entry"], Fact], most: int = MOST) -> tuple[Fact, ...]:
    """A fact an entry, the newest `most` of them in order of time, and how many more there are."""
    told = tuple(map(tell, entries[-most:]))
    rest = entries[: len(entries) - len(told)]
    if not rest:
        return told
    more = count(len(rest), "earlier one is", "earlier ones are")
    return (*told, say("{more} not told here", more=more, entries=(e.seq for e in rest)))


def valued(record: Record, name: str, period: Period | None = None) -> "list[Entry]":
    """A ledger's valuations by the end of a period, oldest first."""
    last = period.last if period is not None else record.now
    return [e for e in record.of("Valued") if e.event.ledger == name and clock(e.at).date() <= last]


def equity_of(entry: "Entry") -> Decimal:
    """What a valuation says a ledger is worth, dollars; zero for another entry."""
    return entry.event.equity if isinstance(entry.event, ev.Valued) else ZERO


def ledgers(record: Record, asked: Question) -> tuple[str, ...]:
    """Those that a question names, else every one of the run."""
    return asked.ledgers or record.known.ledgers


def of_rule(record: Record, rules: Iterable[str]) -> str:
    """The title of the first rule that the rulebook has, in small letters; empty for none."""
    found = next((record.rulebook.rules[name].title for name in rules if name in record.rulebook.rules), "")
    return found[:1].lower() + found[1:]


def vix_before(record: Record, entry: "Entry") -> tuple[float | None, int]:
    """The last close of VIX that was journaled before an entry, and the number of the entry that says it."""
    for found in reversed(record.of("Valued")):
        event = found.event
        if found.seq < entry.seq and isinstance(event, ev.Valued) and event.vix is not None:
            return event.vix, found.seq
    return None, 0
