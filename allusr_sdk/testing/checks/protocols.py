"""Checks P401 and P402: what a protocol answers fits the position, and every position has an answer."""

from typing import cast

from allusr_sdk.contracts import Assessment
from allusr_sdk.kernel.holdings import broken_exit
from allusr_sdk.model.intents import Candidate
from allusr_sdk.model.positions import Position
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_LEVELS = range(4)


def fitting(trial: Trial) -> int:
    """Every answer about a position by the kernel's own `broken_exit`."""
    seen = 0
    for ask in _responses(trial):
        for intent in cast("tuple[object, ...]", ask.answer or ()):
            seen += 1
            if not isinstance(intent, Candidate) and (broken := broken_exit(intent, _position(ask))):
                raise Broken(f"{ask} answered with {broken}")
    return seen


def answers(trial: Trial) -> int:
    """Nothing raises, no answer is empty, levels are levels, and without a price no level is made up."""
    seen = 0
    for ask in trial.walk.asks:
        if ask.raised:
            raise Broken(f"{ask} raised {ask.raised}")
        if isinstance(ask.answer, Assessment) and ask.answer.watch.level not in _LEVELS:
            raise Broken(f"{ask} found level {ask.answer.watch.level}: levels are 0 to 3")
    for ask in _responses(trial):
        seen += 1
        if not ask.answer:
            raise Broken(f"{ask} has no answer at all: at least say that it is held")
    return seen


def _responses(trial: Trial) -> list[Ask]:
    return [ask for ask in trial.walk.asks if ask.method == "respond"]


def _position(ask: Ask) -> Position:
    return next(a for a in ask.arguments if isinstance(a, Position))
