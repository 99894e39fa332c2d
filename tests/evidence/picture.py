"""Lines over days as SVG: small, without a script, and the same bytes for the same lines."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from math import ceil, floor, log10

from tests.evidence.plans import MAIN, UNSWITCHED, Bars, fresh
from tests.evidence.reading import Facts

WIDTH, HEIGHT = 860, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 16, 34, 30
_COLOURS = ("#c2410c", "#1d4ed8", "#4b5563", "#15803d", "#7e22ce")
_STEPS = (1, 1.5, 2, 3, 5, 7)
_FEWEST, _MOST = 4, 8

_WAYS = {"main": "Rules", "bare": "Without protocol", "strict": "No report dates"}

Line = Sequence[tuple[date, float]]
Mark = tuple[date, str]


def pictures(runs: Mapping[str, Mapping[str, Facts]], one: Bars) -> dict[str, str]:
    """The pictures of a set by name: equity over all years, and of an account that begins before each window."""
    ways = runs[one.key]
    main = ways[MAIN.key]
    held = {name: path for name, path in main.paths.items() if name in ("Hold SPY", "Hold underlyings")}
    own = {name: ways[key].path for key, name in _WAYS.items() if key in ways}
    found = {"equity": lines("Equity by day", {name: thinned([*path.items()]) for name, path in (own | held).items()})}
    for window in one.windows:
        ways = runs[fresh(one, window).key]
        curves = {name: [*ways[key].curve(window.first, window.last).path.items()]
                  for key, name in ((MAIN.key, "With VIX switches"), (UNSWITCHED.key, "Without"))}  # fmt: skip
        moves = {move["after"]: date.fromisoformat(move["day"]) for move in reversed(ways[MAIN.key].moves(window))}
        marks = [(moves[tier], tier) for tier in ("HEDGED", "SAFE", "HALT") if tier in moves]
        found[window.key] = lines(f"Equity, {window.title}", curves, marks)
    return found


def lines(title: str, curves: Mapping[str, Line], marks: Sequence[Mark] = ()) -> str:
    """Curves of dollars on a logarithmic scale, with days marked by a word."""
    points = [point for line in curves.values() for point in line]
    first, last = min(day for day, _ in points), max(day for day, _ in points)
    low, high = min(value for _, value in points), max(value for _, value in points)
    low, high = low * 0.97, high * 1.03

    def across(day: date) -> float:
        return round(_LEFT + (day - first).days / max((last - first).days, 1) * (WIDTH - _LEFT - _RIGHT), 1)

    def down(value: float) -> float:
        share = (log10(value) - log10(low)) / (log10(high) - log10(low))
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *(_grid(f"{value:,.0f}", down(value)) for value in _ticks(low, high)),
        *(_year(text, across(day)) for day, text in _years(first, last)),
        *(_mark(text, across(day), i) for i, (day, text) in enumerate(marks)),
    ]
    for i, (name, line) in enumerate(curves.items()):
        path = " ".join(f"{across(day)},{down(value)}" for day, value in line)
        colour = _COLOURS[i % len(_COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{path}"/>')
        parts.append(_key(name, colour, i, len(curves)))
    return "\n".join([*parts, "</svg>", ""])


def thinned(line: Line, most: int = 320) -> Line:
    """A line with every so many-th point, and its last one."""
    step = max(1, ceil(len(line) / most))
    return [*line[:-1:step], line[-1]]


def _ticks(low: float, high: float) -> list[float]:
    found = [step * 10.0**power for power in range(floor(log10(low)), ceil(log10(high)) + 1) for step in _STEPS]
    inside = [value for value in found if low <= value <= high]
    return inside if len(inside) >= _FEWEST else _even(low, high)


def _even(low: float, high: float) -> list[float]:
    """Round values in equal steps, for a range in which few powers of ten and their parts lie."""
    wide = 10.0 ** floor(log10(high - low))
    step = next(wide * part for part in (0.1, 0.2, 0.5, 1) if (high - low) / (wide * part) <= _MOST)
    return [step * i for i in range(ceil(low / step), floor(high / step) + 1)]


def _years(first: date, last: date) -> list[tuple[date, str]]:
    if (last - first).days > 800:
        step = max(1, (last.year - first.year) // 8)
        return [(date(year, 1, 1), str(year)) for year in range(first.year + 1, last.year + 1, step)]
    months = [date(y, m, 1) for y in range(first.year, last.year + 1) for m in range(1, 13)]
    return [(day, f"{day:%b %Y}") for day in months if first <= day <= last]


def _grid(text: str, at: float) -> str:
    line = f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at}" y2="{at}" stroke="#e5e7eb"/>'
    return f'{line}<text x="{_LEFT - 6}" y="{at + 4}" text-anchor="end" fill="#374151">{text}</text>'


def _year(text: str, at: float) -> str:
    return f'<text x="{at}" y="{HEIGHT - 10}" text-anchor="middle" fill="#374151">{text}</text>'


def _mark(text: str, at: float, place: int) -> str:
    line = f'<line x1="{at}" x2="{at}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}" stroke="#9ca3af" stroke-dasharray="3 3"/>'
    return (
        f'{line}<text x="{at + 3}" y="{_TOP + 10 + place % 3 * 13}" font-size="10" fill="#374151">{escape(text)}</text>'
    )


def _key(name: str, colour: str, place: int, count: int) -> str:
    at = _LEFT + place * (WIDTH - _LEFT - _RIGHT) // count
    line = f'<line x1="{at}" x2="{at + 18}" y1="14" y2="14" stroke="{colour}" stroke-width="3"/>'
    return f'{line}<text x="{at + 23}" y="18" fill="#111827">{escape(name)}</text>'
