"""Check 204: two objects of one class, asked in turn, answer as each of them does alone."""

from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_OTHER = "trend_up"
_LONGEST = 120


def not_shared(trial: Trial) -> int:
    """One is led through the scenario and the other through another one, question by question."""
    ours, theirs = trial.fresh(), trial.fresh()
    other = trial.lab.walk(trial.lab.market(_OTHER)).asks[:_LONGEST]
    asks = trial.walk.asks[:_LONGEST]
    for mine, foreign in zip(asks, other, strict=False):
        foreign.again(theirs)
        again = mine.again(ours)
        if again.said != mine.said:
            raise Broken(
                f"asked beside another of its kind, {mine} answered {_short(again.said)}, alone {_short(mine.said)}"
            )
    return min(len(asks), len(other))


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."
