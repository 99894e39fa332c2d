"""Checks of fork rules: an answer for the books of every size, each under a rule that somebody can read."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import evolve

from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.testing.checks.asks import asked
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.reasons import told, words
from allusr_sdk.testing.checks.trial import Trial

_DAY = date(2026, 3, 31)
_BASES = (0, 1, 100_000, 1_000_000, 5_000_000)
_GAINS = ("-1", "-0.5", "0", "0.2", "1", "10")


def decided(trial: Trial) -> int:
    """Books from nothing to millions, from a total loss to ten times the capital."""
    known, text = Rulebook.default().rules, words(trial.subject.cls)
    seen = 0
    for book in _books():
        ask = asked(trial.fresh(), "decide", (book, _DAY))
        if ask.raised:
            raise Broken(f"with base {book.base:,} and equity {book.equity:,} it raised {ask.raised}")
        for intent in ask.intents:
            seen += 1
            strange = [rule for rule in intent.rule.split() if rule not in known and not told(rule, text)]
            if strange or not intent.rule:
                raise Broken(
                    f"{(*strange, 'an empty rule')[0]} is no rule of the rulebook, nor in its docstring or README"
                )
    return seen


def _books() -> Iterator[LedgerBook]:
    for base in _BASES:
        for gain in _GAINS:
            equity = base * (1 + Decimal(gain))
            yield evolve(LedgerBook("forked"), base=Decimal(base), cash=equity, high_water=max(equity, Decimal(base)))


CHECKS_OF_BOOKS: tuple[Check, ...] = (
    Check(
        501, ("fork",), "it has a reasoned answer for books of every size",
        "A ledger that is forked or merged without a reason, or a rule that fails at a loss, moves whole accounts.",
        "Yield a Skip with a rule where nothing is due; divide by nothing that can be zero.",
        decided,
    ),
)  # fmt: skip
