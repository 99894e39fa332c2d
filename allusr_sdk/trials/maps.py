"""Heat maps of a sweep: a measure over each pair of parameters; points where values are too many for cells."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from html import escape
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.trials.rows import SHARPE, Row, growth
from allusr_sdk.trials.space import named
from allusr_sdk.trials.sweep import Sweep

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_PAIRS = 10
_MOST_CELLS = 30  # values of a parameter beyond which they are points
_SCALE = ((0.0, "#b2442b"), (0.5, "#f7f3e8"), (1.0, "#0b6a8f"))  # apart for eyes that do not tell red from green
_FORMATS = {"fraction": ".2%", "number": ".2f", "count": ",d"}
_CONFIG = {"displaylogo": False, "displayModeBar": False, "responsive": True, "plotlyServerURL": ""}
_INK, _LINE = "#1d2327", "#d8dde0"


@frozen(kw_only=True)
class Map:
    """A measure over a pair of parameters, or over one (`across` is empty); `unit` and `label` are the measure's."""

    key: str
    label: str
    unit: str
    across: str
    up: str

    @property
    def format(self) -> str:
        """Of the measure, as plotly takes it."""
        return _FORMATS[self.unit]


def maps(sweep: Sweep, rows: Sequence[Row]) -> Iterator[tuple[Map, ...]]:
    """Maps of each pair of parameters that vary, a tuple of the measures that are known; at most `MOST_PAIRS` pairs."""
    vary = [axis.key for axis in sweep.space.axes if len({row.values[axis.key] for row in rows}) > 1]
    pairs = list(combinations(vary, 2)) or [(key, "") for key in vary]
    cells = {cell.key: cell for row in rows for cell in row.cells if cell.value is not None}
    for up, across in pairs[:MOST_PAIRS]:
        yield tuple(Map(key=key, label=cells[key].label, unit=cells[key].unit, across=across, up=up)
                    for key in (SHARPE, growth(rows), "drawdown") if key in cells)  # fmt: skip


def drawn(one: Map, rows: Sequence[Row]) -> str:
    """A map as HTML that draws it; plotly's script has to be on the page."""
    import plotly.io

    return str(plotly.io.to_html(figure(one, rows), include_plotlyjs=False, full_html=False, config=_CONFIG,
                                 div_id=f"map-{one.key}-{one.up}-{one.across}".replace(".", "-")))  # fmt: skip


def figure(one: Map, rows: Sequence[Row]) -> "Figure":
    """A map as plotly's figure."""
    told = [(row, cell.value) for row in rows if (cell := row.cell(one.key)) is not None and cell.value is not None]
    many = max(len({row.values[key] for row in rows}) for key in (one.up, one.across) if key) > _MOST_CELLS
    made = _line(one, told) if not one.across else _points(one, told) if many else _cells(one, told, rows)
    made.update_layout(
        height=330, margin={"l": 10, "r": 10, "t": 10, "b": 10}, template="plotly_white", dragmode=False,
        font={"family": "system-ui, sans-serif", "size": 12, "color": _INK}, hoverlabel={"align": "left"},
    )  # fmt: skip
    made.update_xaxes(title=escape(named(one.across or one.up)), automargin=True, gridcolor=_LINE, fixedrange=True)
    made.update_yaxes(
        title=escape(named(one.up) if one.across else one.label), automargin=True, gridcolor=_LINE, fixedrange=True
    )
    return made


def _cells(one: Map, told: "Sequence[tuple[Row, float]]", rows: Sequence[Row]) -> "Figure":
    """Means over whatever else varies; the hover says of how many rows, and from where to where they reach."""
    from plotly.graph_objects import Figure, Heatmap

    x, y = (ordered({row.values[key] for row in rows}) for key in (one.across, one.up))
    found: dict[tuple[str, str], list[float]] = {}
    for row, value in told:
        found.setdefault((row.values[one.up], row.values[one.across]), []).append(value)
    grid = [[found.get((up, across)) for across in x] for up in y]
    return Figure(Heatmap(
        x=[*map(escape, x)], y=[*map(escape, y)], z=[[fmean(cell) if cell else None for cell in line] for line in grid],
        text=[[_hover(cell, one.format) for cell in line] for line in grid], texttemplate=f"%{{z:{one.format}}}"
        if len(x) * len(y) <= 64 else None, colorscale=_SCALE, xgap=2, ygap=2, hoverongaps=False,
        colorbar={"thickness": 10, "tickformat": one.format}, hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
    )).update_xaxes(type="category").update_yaxes(type="category")  # fmt: skip


def _points(one: Map, told: "Sequence[tuple[Row, float]]") -> "Figure":
    from plotly.graph_objects import Figure, Scatter

    shade = {"color": [value for _, value in told], "colorscale": _SCALE, "size": 9, "showscale": True,
             "line": {"width": 1, "color": _LINE}, "colorbar": {"thickness": 10, "tickformat": one.format}}  # fmt: skip
    return Figure(Scatter(
        x=[_plain(row.values[one.across]) for row, _ in told], y=[_plain(row.values[one.up]) for row, _ in told],
        mode="markers", marker=shade, text=[f"row {row.row}: {value:{one.format}}" for row, value in told],
        hovertemplate="%{y}, %{x}<br>%{text}<extra></extra>",
    ))  # fmt: skip


def _line(one: Map, told: "Sequence[tuple[Row, float]]") -> "Figure":
    """One parameter: each row as a point with its interval, or its reach over seeds."""
    from plotly.graph_objects import Figure, Scatter

    places = {value: i for i, value in enumerate(ordered({row.values[one.up] for row, _ in told}))}
    told = sorted(told, key=lambda pair: places[pair[0].values[one.up]])
    bars = {"type": "data", "color": "#9fb4bf", "thickness": 1.2} | _ends(one, told)
    made = Figure(Scatter(
        x=[_plain(row.values[one.up]) for row, _ in told], y=[value for _, value in told], mode="markers", error_y=bars,
        marker={"color": "#0b6a8f", "size": 9}, text=[f"row {row.row}" for row, _ in told],
        hovertemplate="%{x}: %{y}, %{text}<extra></extra>",
    ))  # fmt: skip
    return made.update_yaxes(tickformat=one.format)


def _ends(one: Map, told: "Sequence[tuple[Row, float]]") -> dict[str, list[float]]:
    """How far each row's interval reaches above and below its value."""
    up, down = [], []
    for row, value in told:
        cell = row.cell(one.key)
        low, high = (value, value) if cell is None or cell.low is None or cell.high is None else (cell.low, cell.high)
        up.append(max(high - value, 0.0))
        down.append(max(value - low, 0.0))
    return {"array": up, "arrayminus": down}


def _hover(cell: Sequence[float] | None, form: str) -> str:
    if not cell:
        return ""
    many = f", {len(cell)} rows, {min(cell):{form}} to {max(cell):{form}}" if len(cell) > 1 else ""
    return f"{fmean(cell):{form}}{many}"


def ordered(values: set[str]) -> list[str]:
    """Values in their order: numbers by size, texts by letters."""
    return sorted(values, key=lambda text: (0, number, text) if (number := _decimal(text)) is not None
                  else (1, Decimal(0), text))  # fmt: skip


def _plain(text: str) -> float | str:
    number = _decimal(text)
    return escape(text) if number is None else float(number)


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
