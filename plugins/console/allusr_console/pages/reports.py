"""Reports: which there are, and one with its figures, sentences, plots and tables."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, cast

from nicegui import run, ui

from allusr_console.console import Console
from allusr_console.pages.frame import frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import NUMERIC, render, shown
from allusr_sdk.errors import AllusrError
from allusr_sdk.office.periods import PeriodFacts, Told, described

if TYPE_CHECKING:
    from allusr_sdk.reports.periods.values import Plot

_NONE = "rgba(0,0,0,0)"
_FORMS = ("html", "pdf", "json", "csv")
_COLORS = ("#7b8a96", "#3d8ecb", "#e69f00", "#13a67d", "#cc79a7", "#56b4e9", "#d55e00", "#a08b5b")
"""Of series, apart for eyes that do not tell red from green, on a light and on a dark ground."""


async def listed(console: Console, reader: Reader, name: str | None) -> None:
    """The reports of an account, or of all of them."""
    names = console.house.accounts if name is None else (name,)
    found = [(one, *await _periods(console, one)) for one in names]
    with frame("Reports" if name is None else f"Reports · {name}", reader, "/reports"):
        still(render("title", title="Reports", sub="Written from the journal when they are opened."))
        still(render("reports", accounts=found))


async def _periods(console: Console, name: str) -> tuple[list[tuple[str, tuple[Told, ...]]], str]:
    """What there is, by kind, and why it cannot be told."""
    try:
        found = await console.house.ask(name).periods()
    except AllusrError as why:
        return [], str(why)
    return [(kind, tuple(every)) for kind, every in groupby(found, lambda one: one.kind)], ""


async def report(console: Console, reader: Reader, name: str, kind: str, at: date) -> None:
    """One report."""
    facts = await console.house.ask(name).report(kind, at)
    drawn = await run.io_bound(_drawn, facts)
    with frame(f"{facts.kind.capitalize()} {facts.label} · {name}", reader, "/reports"):
        still(render("crumbs", trail=((f"/a/{name}", name), (f"/a/{name}/reports", "Reports"), ("", facts.label))))
        values: Mapping[str, object] = {"name": name, "f": facts, "shown": shown, "numeric": NUMERIC, "forms": _FORMS}
        still(render("report", **values))
        _plots(facts.plots, drawn or ())
        still(render("report_tables", **values))


def _drawn(facts: PeriodFacts) -> list[dict[str, object]]:
    """The plots on no ground of their own, so that they stand on a light and on a dark one."""
    found = [described(plot) for plot in facts.plots]
    for one in found:
        layout = cast("dict[str, object]", one["layout"])
        layout |= {"colorway": _COLORS, "paper_bgcolor": _NONE, "plot_bgcolor": _NONE}
    return found


def _plots(plots: "Sequence[Plot]", drawn: Sequence[dict[str, object]]) -> None:
    with ui.element("div").classes("plots"):
        for plot, figure in zip(plots, drawn, strict=True):
            with ui.element("figure").classes("sheet").props(f'aria-labelledby="plot-{plot.key}"'):
                still(render("plot", plot=plot))
                ui.plotly(figure).classes("plot")
