"""Advice as it may be kept and shown: numbers that are numbers, entries that exist, text that no terminal obeys."""

import re
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import TypedDict

from allusr_sdk.hookspecs import Advice, Forecast
from allusr_sdk.ledger import Run
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import AdviceGiven, Numbers, rounded

_LONGEST, _LINE = 4000, 300
_FURTHEST = 60  # sessions: what lies further away is nothing that anybody waits for
_DATED = {"week-type": False, "move": True, "volatility": True}
_UNFIT = re.compile(r"[^\S\n]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Forecast(TypedDict, total=False):
    outcome: str
    expected: Numbers
    naive: Numbers
    method: str
    model: str
    instrument: str
    sessions: int
    threshold: float


def kept(topic: str, author: str, advice: Advice, run: Run) -> AdviceGiven:
    """An advice over a run as it stands, for the home's chain.

    Raises:
        ValueError: a number is none, a probability is not one, or an entry does not exist; likewise `TypeError`.
    """
    told = advice.forecast
    forecast: _Forecast = {} if told is None else _forecast(told)
    confidence = None if advice.confidence is None else _number("confidence", advice.confidence)
    if confidence is not None and not 0 <= confidence <= 1:
        raise ValueError(f"confidence {confidence:g} is not from 0 to 1")
    entries = tuple(int(seq) for seq in advice.entries)
    if bad := next((seq for seq in entries if not 1 <= seq <= run.seq), None):
        raise ValueError(f"entry #{bad} is not in the journal")
    return AdviceGiven(
        topic=topic, author=author, text=_plain(advice.text), run=run.id, seq=run.seq, head=run.head,
        instant=run.instant, about=told.about if told else _line(advice.about),
        numbers=rounded(_numbers(advice.numbers)), confidence=confidence, entries=entries,
        changes={_line(key): _line(value) for key, value in advice.changes.items()}, **forecast,
    )  # fmt: skip


def _forecast(told: Forecast) -> _Forecast:
    if told.outcome not in _DATED:
        raise ValueError(f"nothing tells a forecast of {told.outcome!r}; known are {', '.join(_DATED)}")
    if _DATED[told.outcome] and not _sound(told):
        raise ValueError(
            f"a forecast of {told.outcome} needs an instrument, 1 to {_FURTHEST} sessions, and a session as its day"
        )
    if set(told.expected) != set(told.naive):
        raise ValueError("expected and naive are not about the same outcomes")
    return {
        "outcome": told.outcome, "expected": _expected(told.outcome, told.expected),
        "naive": _expected(told.outcome, told.naive), "method": _line(told.method), "model": _line(told.model),
        "instrument": _line(told.instrument), "sessions": int(told.sessions),
        "threshold": _number("threshold", told.threshold),
    }  # fmt: skip


def _sound(told: Forecast) -> bool:
    session = xnys().session(date.fromisoformat(told.about))
    return 1 <= told.sessions <= _FURTHEST and bool(told.instrument) and session is not None


def _expected(outcome: str, said: Mapping[str, float]) -> dict[str, object]:
    numbers = _numbers(said)
    if outcome == "volatility":
        if set(numbers) != {"percent"} or numbers["percent"] <= 0:
            raise ValueError("a forecast of volatility is one number above 0, named percent")
    elif not numbers or min(numbers.values()) <= 0 or abs(sum(numbers.values()) - 1) > 1e-6:
        raise ValueError(f"probabilities of {outcome} are above 0 and 1 together")
    return rounded(numbers)


def _numbers(said: Mapping[str, float]) -> dict[str, float]:
    return {_line(name): _number(name, value) for name, value in said.items()}


def _number(name: str, value: float) -> float:
    if isinstance(value, bool) or not isfinite(found := float(value)):
        raise ValueError(f"{name} is no number")
    return found


def _line(text: str) -> str:
    return " ".join(_plain(text).split())[:_LINE]


def _plain(text: str) -> str:
    """Text without control characters, which a terminal could obey; line breaks stay."""
    return _UNFIT.sub(" ", str(text)).strip()[:_LONGEST]
