"""Plots for a page, drawn by plotly's script in the reader's browser; nothing is fetched.

What the script draws from is made here as plain values: plotly's objects check each of them, and copy a theme into each
plot, which took half of the time of a run that writes reports.
"""

import json
from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files

from allusr_sdk.errors import InputError
from allusr_sdk.reports.periods.palette import COLORS, GRADES
from allusr_sdk.reports.periods.values import Plot

SCRIPT = "plotly.min.js"
_CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True, "plotlyServerURL": ""}
_FORMATS = {"usd": ",.0f", "fraction": ".1%", "count": ",d"}
_DAY = 86_400_000  # of plotly, in milliseconds
_INK, _LINE = "#1d2327", "#d8dde0"
_AXIS = {"automargin": True, "gridcolor": _LINE, "zerolinecolor": _LINE, "fixedrange": True}
_LAYOUT = {
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10}, "colorway": COLORS, "dragmode": False, "autotypenumbers": "strict",
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": _INK},
    "legend": {"orientation": "h", "y": -0.2, "x": 0}, "hoverlabel": {"align": "left"},
}  # fmt: skip
_UNSAFE = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>/&"})

type Part = dict[str, object]
type Drawing = tuple[list[Part], Part]
"""Traces, and what their plot adds to the layout."""


def script() -> str:
    """plotly's script. Raises `InputError` where plotly is not installed."""
    try:
        return files("plotly").joinpath("package_data", SCRIPT).read_text("utf-8")
    except ModuleNotFoundError:
        raise InputError("a page of a report needs plotly: install allusr-sdk[reports], or use --format json") from None


def described(plot: Plot) -> dict[str, object]:
    """A plot as the object that plotly's script draws from: JSON; names of plugins and symbols are text in it."""
    traces, more = _KINDS[plot.kind](plot)
    height = max(260, 90 + 26 * _rows(plot)) if plot.kind in ("grid", "spans") else 300
    return {"data": traces, "layout": {**_LAYOUT, "height": height, **more}, "config": _CONFIG}


def drawn(plot: Plot) -> str:
    """A plot as HTML that draws it."""
    place = f"plot-{plot.key}"
    told = ", ".join(_safe(part) for part in (place, *described(plot).values()))
    return f'<div id="{escape(place)}"></div><script>Plotly.newPlot({told});</script>'


def _safe(value: object) -> str:
    """A value as JSON that ends no element of a page, whatever stands in it."""
    return json.dumps(value).translate(_UNSAFE)


def _rows(plot: Plot) -> int:
    return len(plot.traces) or len(plot.spans)


def _axes(x: Part, y: Part) -> Part:
    return {"xaxis": _AXIS | x, "yaxis": _AXIS | y}


def _lines(plot: Plot) -> Drawing:
    traces: list[Part] = [
        {"type": "scatter", "x": [str(x) for x in t.x], "y": t.y, "name": escape(t.name), "mode": _mode(len(t.x))}
        for t in plot.traces
    ]
    longest = max((trace.x for trace in plot.traces), key=len)
    few = {"tickvals": [str(x) for x in longest]} if len(longest) < 8 else {}
    axes = _axes({"tickformat": "%-d %b\n%Y", **few}, {"tickformat": _FORMATS[plot.unit]})
    return traces, {**axes, "hovermode": "x unified"}


def _mode(points: int) -> str:
    return "lines+markers" if points < 8 else "lines"


def _bars(plot: Plot) -> Drawing:
    traces: list[Part] = [
        {"type": "bar", "x": [escape(str(x)) for x in t.x], "y": t.y, "name": escape(t.name),
         "marker": {"color": COLORS[i + 1]}}
        for i, t in enumerate(plot.traces)
    ]  # fmt: skip
    return traces, _axes({"type": "category"}, {"tickformat": _FORMATS[plot.unit]})


def _grid(plot: Plot) -> Drawing:
    top, names = len(plot.words) - 1, [escape(trace.name) for trace in plot.traces]
    told = [["" if y is None else plot.words[int(y)] for y in trace.y] for trace in plot.traces]
    steps = [(edge, GRADES[i]) for i in range(len(plot.words)) for edge in (i / (top + 1), (i + 1) / (top + 1))]
    bar = {"tickvals": [*range(len(plot.words))], "ticktext": plot.words, "thickness": 12, "outlinewidth": 0}
    heat: Part = {
        "type": "heatmap", "x": [escape(str(x)) for x in plot.traces[0].x], "y": names,
        "z": [t.y for t in plot.traces], "zmin": -0.5, "zmax": top + 0.5, "colorscale": steps, "colorbar": bar,
        "xgap": 1, "ygap": 1, "text": told, "hovertemplate": "%{y}, %{x}: %{text}<extra></extra>",
    }  # fmt: skip
    return [heat], _axes({"type": "category"}, {"type": "category", "autorange": "reversed"})


def _spans(plot: Plot) -> Drawing:
    names = [f"{'  ' * 2 * span.depth}{escape(span.name)}" for span in plot.spans]
    days = [(span.last - span.first).days for span in plot.spans]
    bars: Part = {
        "type": "bar", "y": [*range(len(names))], "x": [count * _DAY for count in days],
        "base": [str(span.first) for span in plot.spans], "orientation": "h",
        "text": [escape(span.text) for span in plot.spans], "textposition": "auto", "insidetextanchor": "start",
        "marker": {"color": "#a9cbe3"}, "width": 0.6,
        "customdata": [(str(span.first), str(span.last)) for span in plot.spans],
        "hovertemplate": "%{customdata[0]} to %{customdata[1]}<br>%{text}<extra></extra>",
    }  # fmt: skip
    ticks: Part = {"autorange": "reversed", "tickvals": [*range(len(names))], "ticktext": names}
    return [bars], _axes({"type": "date"}, ticks)


_KINDS: Mapping[str, Callable[[Plot], Drawing]] = {"lines": _lines, "bars": _bars, "grid": _grid, "spans": _spans}
