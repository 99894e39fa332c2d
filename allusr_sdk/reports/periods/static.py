"""The same plots as pictures: SVG by matplotlib, for what is printed."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from allusr_sdk.errors import InputError
from allusr_sdk.reports.periods.palette import COLORS, GRADES
from allusr_sdk.reports.periods.values import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT, _ROW = 7.2, 2.3, 0.22
_STYLE = {
    "svg.fonttype": "path", "svg.hashsalt": "allusr", "font.size": 8, "axes.spines.top": False, "axes.grid": True,
    "axes.spines.right": False, "grid.color": "#d8dde0", "grid.linewidth": 0.5, "text.parse_math": False,
}  # fmt: skip
_MOST_TICKS, _MOST_DATES = 14, 7
_EPOCH = date(1970, 1, 1)  # of matplotlib's dates


def pictured(plot: Plot) -> str:
    """A plot as SVG. Raises `InputError` where matplotlib is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("a printed report needs matplotlib: install allusr-sdk[reports]") from None
    rows = len(plot.traces) or len(plot.spans)
    height = max(1.2, 0.7 + _ROW * rows) if plot.kind in ("grid", "spans") else _HEIGHT
    with mpl.rc_context(cast("Any", _STYLE)):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        _KINDS[plot.kind](plot, figure.add_subplot())
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def _lines(plot: Plot, axes: "Axes") -> None:
    for i, trace in enumerate(plot.traces):
        y = [float("nan") if value is None else value for value in trace.y]
        mark = "o" if len(trace.x) < 8 else ""
        axes.plot(
            cast("Any", trace.x),
            y,
            label=_text(trace.name),
            color=COLORS[i % len(COLORS)],
            linewidth=1,
            marker=mark,
            ms=2,
        )
    _scaled(plot, axes)
    days = max((trace.x for trace in plot.traces), key=len)
    shown = days[:: -(-len(days) // _MOST_DATES)]
    axes.set_xticks(cast("Any", shown), list(_days(shown)))


def _days(shown: Sequence[object]) -> Iterator[str]:
    """Days as they are written under an axis; the year under the first of each."""
    year = 0
    for day in shown:
        if not isinstance(day, date):
            yield str(day)
        else:
            yield f"{day:%-d %b}" + (f"\n{day:%Y}" if day.year != year else "")
            year = day.year


def _bars(plot: Plot, axes: "Axes") -> None:
    width = 0.8 / len(plot.traces)
    for i, trace in enumerate(plot.traces):
        at = [j + (i - (len(plot.traces) - 1) / 2) * width for j in range(len(trace.x))]
        axes.bar(at, [y or 0.0 for y in trace.y], width, label=_text(trace.name), color=COLORS[1 + i])
    _named(axes, [str(x) for x in plot.traces[0].x])
    _scaled(plot, axes)


def _grid(plot: Plot, axes: "Axes") -> None:
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    count = len(plot.words)
    values = [[float("nan") if y is None else y for y in trace.y] for trace in plot.traces]
    norm = BoundaryNorm([i - 0.5 for i in range(count + 1)], count)
    colors = ListedColormap(GRADES[:count])
    axes.pcolormesh(values, cmap=colors, norm=norm, edgecolors="white", linewidth=0.5)
    axes.invert_yaxis()
    axes.set_yticks([i + 0.5 for i in range(len(plot.traces))], [_text(trace.name) for trace in plot.traces])
    _named(axes, [str(x) for x in plot.traces[0].x], 0.5)
    axes.grid(visible=False)
    keys = [Patch(facecolor=GRADES[i], edgecolor="#8a8f94", label=word) for i, word in enumerate(plot.words)]
    axes.legend(handles=keys, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=7)


def _spans(plot: Plot, axes: "Axes") -> None:
    for i, span in enumerate(plot.spans):
        first, last = (float((day - _EPOCH).days) for day in (span.first, span.last))
        axes.barh(i, last - first, left=first, height=0.6, color="#a9cbe3")
        axes.text(first, i, f" {_text(span.text)}", va="center", fontsize=7)
    axes.xaxis_date()
    names = [f"{'    ' * span.depth}{_text(span.name)}" for span in plot.spans]
    axes.set_yticks([*range(len(names))], names)
    axes.invert_yaxis()


def _named(axes: "Axes", names: list[str], shift: float = 0.0) -> None:
    step = -(-len(names) // _MOST_TICKS)
    axes.set_xticks(
        [i + shift for i in range(0, len(names), step)],
        [_text(name) for name in names[::step]],
        rotation=30,
        ha="right",
    )


def _scaled(plot: Plot, axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    by_unit = {"usd": FuncFormatter(lambda value, _: f"{value:,.0f}"), "fraction": PercentFormatter(1.0)}
    axes.yaxis.set_major_formatter(by_unit[plot.unit])
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=7)


def _text(name: str) -> str:
    """A name without what matplotlib would take for a label to hide, or cannot draw."""
    return "".join(c if c.isprintable() else " " for c in name.lstrip("_"))[:60]


_KINDS: Mapping[str, Callable[[Plot, "Axes"], None]] = {
    "lines": _lines, "bars": _bars, "grid": _grid, "spans": _spans,
}  # fmt: skip
