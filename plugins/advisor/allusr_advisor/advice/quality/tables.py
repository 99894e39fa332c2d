"""Markdown tables, and words for what a comparison says."""

from collections.abc import Sequence

from attrs import frozen

from allusr_advisor.advice.scores import Comparison

HEAD = ("loss", "naive", "t", "verdict")


@frozen
class Section:
    """A part of the page: its conclusion in a sentence, and the whole as Markdown."""

    short: str
    text: str


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; numbers are written with up to four significant digits."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def said(comparison: Comparison) -> tuple[object, ...]:
    """A comparison's cells for `HEAD`."""
    return comparison.loss, comparison.naive, f"{comparison.t:+.1f}", comparison.verdict


def listed(names: Sequence[str]) -> str:
    """``a, b and c``; ``none`` of nothing."""
    *rest, last = names or ["none"]
    return f"{', '.join(rest)} and {last}" if rest else last


def verdicts(found: Sequence[tuple[str, Comparison]]) -> str:
    """One line of what a forecast is better than, no different from and worse than."""
    parts = []
    for word, phrase in (("better", "better than"), ("no different", "no different from"), ("worse", "worse than")):
        names = [name for name, comparison in found if comparison.verdict == word]
        parts += [f"{phrase} {listed(names)}"] if names else []
    return "; ".join(parts)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
