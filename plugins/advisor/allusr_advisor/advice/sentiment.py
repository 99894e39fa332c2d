"""Headlines as numbers. Their text is data: words are counted and nothing in them is ever followed.

A row is ``date,symbol,text`` with an optional ``score`` from -1 to 1. Without a score a short public list of words
counts; a headline with none of them has no score, which is unknown and not neutral.
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date

from attrs import frozen

from allusr_sdk.errors import DataError

GOOD = frozenset(
    {
        "beat", "beats", "gain", "gains", "growth", "higher", "jump", "jumps", "outperform", "profit",
        "profits", "raise", "raises", "rallies", "rally", "rebound", "record", "rise", "rises", "soar",
        "soars", "strong", "surge", "surges", "tops", "upgrade", "upgraded", "upgrades", "win", "wins",
    }
)  # fmt: skip
BAD = frozenset(
    {
        "bankruptcy", "crash", "crashes", "cut", "cuts", "decline", "declines", "default", "downgrade",
        "downgraded", "downgrades", "drop", "drops", "fall", "falls", "fear", "fears", "fraud",
        "investigation", "lawsuit", "layoffs", "loss", "losses", "lower", "miss", "misses", "plunge",
        "plunges", "probe", "recall", "recession", "selloff", "slump", "slumps", "tumble", "tumbles",
        "warning", "warns", "weak",
    }
)  # fmt: skip
_NEEDED = ("date", "symbol", "text")


@frozen(kw_only=True)
class Headline:
    """One headline; `score` is -1 (bad) to 1 (good), None where nothing tells."""

    day: date
    symbol: str
    text: str
    score: float | None


def headlines(content: str, *, name: str = "headlines") -> tuple[Headline, ...]:
    """The headlines of a CSV file's content, in its order.

    Raises:
        DataError: a column is missing, or a row's date or score is none; it names file and row.
    """
    rows = csv.DictReader(io.StringIO(content))
    missing = [column for column in _NEEDED if column not in (rows.fieldnames or ())]
    if missing:
        raise DataError(f"{name}: no column {', '.join(missing)}; it takes date,symbol,text and perhaps score")
    return tuple(_headline(row, f"{name} row {i}") for i, row in enumerate(rows, 2))


def word_score(text: str) -> float | None:
    """Good less bad words as a share of both; None where the text has neither."""
    words = re.findall(r"[a-z]+", text.lower())
    good, bad = sum(word in GOOD for word in words), sum(word in BAD for word in words)
    return (good - bad) / (good + bad) if good + bad else None


def daily_sentiment(found: Iterable[Headline]) -> Mapping[date, float]:
    """Mean score by day over the headlines that have one; a day without any is not in it."""
    scores: dict[date, list[float]] = {}
    for headline in found:
        if headline.score is not None:
            scores.setdefault(headline.day, []).append(headline.score)
    return {day: math.fsum(values) / len(values) for day, values in sorted(scores.items())}


def _headline(row: Mapping[str, str | None], where: str) -> Headline:
    text = row["text"] or ""
    try:
        day = date.fromisoformat((row["date"] or "").strip())
    except ValueError:
        raise DataError(f"{where}: {row['date']!r} is not a date (2026-02-11)") from None
    given = (row.get("score") or "").strip()
    score = _given(given, where) if given else word_score(text)
    return Headline(day=day, symbol=(row["symbol"] or "").strip().upper(), text=text, score=score)


def _given(text: str, where: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not -1 <= score <= 1:
        raise DataError(f"{where}: score {text!r} is no number from -1 to 1")
    return score
