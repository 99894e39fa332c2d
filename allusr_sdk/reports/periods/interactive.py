"""Plots for a page, drawn by plotly's script in the reader's browser; nothing is fetched."""

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError
from allusr_sdk.reports.periods.palette import COLORS, GRADES
from allusr_sdk.reports.periods.values import Plot

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SCRIPT = "plotly.min.js"
_CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True, "plotlyServerURL": ""}
_FORMATS = {"usd": ",.0f", "fraction": ".1%", "count": ",d"}
_DAY = 86_400_000  # of plotly, in milliseconds
_INK, _LINE = "#1d2327", "#d8dde0"


def script() -> str:
    """plotly's script. Raises `InputError` where plotly is not installed."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise InputError("a page of a report needs plotly: install allusr-sdk[reports], or use --format json") from None
    return str(get_plotlyjs())


def figure(plot: Plot) -> "Figure":
    """A plot as plotly's figure; names of plugins and symbols are text in it and nothing else."""
    figure = _KINDS[plot.kind](plot)
    figure.update_layout(
        height=max(260, 90 + 26 * _rows(plot)) if plot.kind in ("grid", "spans") else 300,
        margin={"l": 10, "r": 10, "t": 10, "b": 10}, template="plotly_white", colorway=COLORS, dragmode=False,
        font={"family": "system-ui, sans-serif", "size": 13, "color": _INK},
        legend={"orientation": "h", "y": -0.2, "x": 0}, hoverlabel={"align": "left"},
    )  # fmt: skip
    figure.update_xaxes(automargin=True, gridcolor=_LINE, fixedrange=True)
    figure.update_yaxes(automargin=True, gridcolor=_LINE, fixedrange=True)
    return figure


def drawn(plot: Plot) -> str:
    """A plot as HTML that draws it."""
    import plotly.io

    return str(plotly.io.to_html(
        figure(plot), include_plotlyjs=False, full_html=False, config=_CONFIG, div_id=f"plot-{plot.key}"
    ))  # fmt: skip


def described(plot: Plot) -> dict[str, object]:
    """A plot as the object that plotly's script draws from."""
    found: dict[str, object] = json.loads(str(figure(plot).to_json()))
    return found | {"config": _CONFIG}


def _rows(plot: Plot) -> int:
    return len(plot.traces) or len(plot.spans)


def _lines(plot: Plot) -> "Figure":
    from plotly.graph_objects import Figure, Scatter

    figure = Figure([Scatter(x=t.x, y=t.y, name=escape(t.name), mode=_mode(len(t.x))) for t in plot.traces])
    few = {"dtick": _DAY} if max(len(trace.x) for trace in plot.traces) < 8 else {}
    figure.update_xaxes(tickformat="%-d %b\n%Y", **few)
    figure.update_yaxes(tickformat=_FORMATS[plot.unit])
    figure.update_layout(hovermode="x unified")
    return figure


def _mode(points: int) -> str:
    return "lines+markers" if points < 8 else "lines"


def _bars(plot: Plot) -> "Figure":
    from plotly.graph_objects import Bar, Figure

    figure = Figure([Bar(x=[escape(str(x)) for x in t.x], y=t.y, name=escape(t.name), marker={"color": COLORS[i + 1]})
                     for i, t in enumerate(plot.traces)])  # fmt: skip
    figure.update_xaxes(type="category")
    figure.update_yaxes(tickformat=_FORMATS[plot.unit])
    return figure


def _grid(plot: Plot) -> "Figure":
    from plotly.graph_objects import Figure, Heatmap

    top, names = len(plot.words) - 1, [escape(trace.name) for trace in plot.traces]
    told = [["" if y is None else plot.words[int(y)] for y in trace.y] for trace in plot.traces]
    steps = [(edge, GRADES[i]) for i in range(len(plot.words)) for edge in (i / (top + 1), (i + 1) / (top + 1))]
    bar = {"tickvals": [*range(len(plot.words))], "ticktext": plot.words, "thickness": 12}
    figure = Figure(Heatmap(
        x=[escape(str(x)) for x in plot.traces[0].x], y=names, z=[t.y for t in plot.traces], zmin=-0.5, zmax=top + 0.5,
        colorscale=steps, colorbar=bar, xgap=1, ygap=1, text=told, hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
    ))  # fmt: skip
    figure.update_xaxes(type="category")
    figure.update_yaxes(type="category", autorange="reversed")
    return figure


def _spans(plot: Plot) -> "Figure":
    from plotly.graph_objects import Bar, Figure

    names = [f"{'  ' * 2 * span.depth}{escape(span.name)}" for span in plot.spans]
    days = [(span.last - span.first).days for span in plot.spans]
    figure = Figure(Bar(
        y=[*range(len(names))], x=[count * _DAY for count in days], base=[span.first for span in plot.spans],
        orientation="h", text=[escape(span.text) for span in plot.spans], textposition="auto", insidetextanchor="start",
        marker={"color": "#a9cbe3"},
        customdata=[(str(span.first), str(span.last)) for span in plot.spans], width=0.6,
        hovertemplate="%{customdata[0]} to %{customdata[1]}<br>%{text}<extra></extra>",
    ))  # fmt: skip
    figure.update_xaxes(type="date")
    figure.update_yaxes(autorange="reversed", tickvals=[*range(len(names))], ticktext=names)
    return figure


_KINDS: Mapping[str, Callable[[Plot], "Figure"]] = {"lines": _lines, "bars": _bars, "grid": _grid, "spans": _spans}
