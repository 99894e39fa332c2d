"""Whether what a plugin answers can be taken up at all: words that are text, and numbers that a journal can hold."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Candidate, Halt, Intent, Veto
from allusr_sdk.model.options import Contract

_PLAIN = frozenset({str, int, float, bool, Decimal, date, datetime, type(None)})


def unfit(answer: Veto | Halt | Intent | Candidate) -> str:
    """What is no text or number where one belongs, or an empty text."""
    words = {"rule": answer.rule, "why": answer.why}
    if isinstance(answer, Intent):
        words["symbol"] = answer.symbol
    if isinstance(answer, Halt):
        words["tier"] = answer.tier
    wrong = [name for name, text in words.items() if not isinstance(text, str)]
    if wrong:
        return f"whose {wrong[0]} is no text"
    return unwritable(answer.numbers) if isinstance(answer, Veto | Intent) else ""


def unwritable(numbers: object) -> str:
    """Why numbers cannot stand in the journal, or an empty text."""
    if not isinstance(numbers, Mapping):
        return "whose numbers are no mapping"
    for name, value in numbers.items():
        if type(name) is not str:
            return f"whose numbers are named by {type(name).__name__}"
        if type(value) not in _PLAIN and not _written(value):
            return f"whose number {name} is a {type(value).__name__}, which no journal holds"
    return ""


def misquoted(*quotes: object) -> str:
    """Why quotes cannot be reckoned with, or an empty text; NaN is a number here, for it says that one is unknown."""
    for quote in quotes:
        if not isinstance(quote, Quote) or not isinstance(quote.contract, Contract):
            return "whose quote is none"
        if not isinstance(quote.at, datetime) or quote.at.tzinfo is None:
            return "whose quote is of no instant"
        numbers = (quote.bid, quote.ask, quote.volume, quote.open_interest, quote.delta)
        if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
            return "whose quote has what is no number"
    return ""


def count(lots: object) -> bool:
    """Whether something is a number of contracts."""
    return type(lots) is int and lots >= 1


def amount(dollars: object) -> bool:
    """Whether something is an amount of dollars that is known."""
    return isinstance(dollars, Decimal) and dollars.is_finite()


def _written(value: object) -> bool:
    from allusr_sdk.model.events import Decided

    try:
        Decided(verdict="", why="", numbers={"value": value}).payload()
    except (TypeError, ValueError, NotImplementedError, AttributeError, RecursionError):
        return False
    return True
