"""A sweep as one page: what was tried, what that leaves of the best row, heat maps, rows. Nothing is fetched."""

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from allusr_sdk.reports.periods.interactive import script
from allusr_sdk.reports.periods.shown import negative, shown
from allusr_sdk.reports.words import plural
from allusr_sdk.trials.headings import headings
from allusr_sdk.trials.judged import Judged, telling
from allusr_sdk.trials.maps import MOST_PAIRS, drawn, maps
from allusr_sdk.trials.rows import SHARPE, Cell, Row, growth
from allusr_sdk.trials.sweep import Sweep

COLUMNS = ("volatility", "drawdown", "under_water", "worst_week", "cvar_95", "kept", "hit_rate")
MOST_ROWS = 500


def page(sweep: Sweep, found: Judged, rows: Sequence[Row]) -> str:
    """The page as HTML, with plotly's script in it. Raises `InputError` where plotly is not installed."""
    text = script()
    bad = [row for row in rows if row.why]
    keys = (SHARPE, growth(rows), *COLUMNS)
    heads = [*(axis.name for axis in sweep.space.axes), *(_label(rows, key) for key in keys)]
    return Template(files("allusr_sdk.trials").joinpath("page.html").read_text("utf-8")).substitute(
        title=escape(f"Sweep over {', '.join(axis.name for axis in sweep.space.axes)}"), sub=escape(_about(sweep)),
        headings="\n".join(f'<p class="note">{escape(said)}</p>' for said in headings(sweep)),
        judged="".join(f"<p>{escape(said)}</p>" for said in telling(found)), cards="".join(_cards(found, sweep)),
        maps_title="Over its parameters", maps_about=escape(_maps_about(sweep)), maps="\n".join(_maps(sweep, rows)),
        rows_about=escape(_rows_about(sweep, rows)), script=text,
        heads='<th class="n">Row</th>' + "".join(f'<th class="n">{escape(head)}</th>' for head in heads),
        rows="\n".join(_row(row, keys) for row in rows[:MOST_ROWS]),
        failures=_failures(bad), shared="\n".join(_shared(sweep)),
    )  # fmt: skip


def _about(sweep: Sweep) -> str:
    seeds = ", ".join(map(str, sweep.seeds))
    return (f"{sweep.shared['first']} to {sweep.shared['last']} · {sweep.market} · capital "
            f"{float(sweep.shared['capital']):,.0f} · seeds {seeds} · rulebook {sweep.shared['rulebook']} · options "
            f"{sweep.prices}")  # fmt: skip


def _cards(found: Judged, sweep: Sweep) -> Iterator[str]:
    told = {
        "Variants tried": (f"{found.variants:,}", f"{found.ended:,} of {found.trials:,} backtests ended"),
        "Best Sharpe ratio": (_number(found.ratio), "row " + str(found.best) if found.best else "nothing to rank"),
        "Expected of luck": (_number(found.luck), "the best of as many without any skill"),
        "Deflated Sharpe ratio": (_number(found.deflated), "chance that the best one's true ratio is above 0"),
        "Probability of overfitting": (_number(found.overfitted), "the best of one half no better than the median"),
        "Options": (sweep.prices, f"{found.returns:,} daily returns a variant"),
    }
    for label, (value, note) in told.items():
        yield f"<div><span>{label}</span><b>{escape(value)}</b><i>{escape(note)}</i></div>"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _maps(sweep: Sweep, rows: Sequence[Row]) -> Iterator[str]:
    for pair in maps(sweep, rows):
        figures = "".join(f"<figure><h3>{escape(one.label)}</h3>{drawn(one, rows)}</figure>" for one in pair)
        yield f'<div class="maps">{figures}</div>'


def _maps_about(sweep: Sweep) -> str:
    others = "Each cell is the mean over all that varies beside it. " if len(sweep.space.axes) > 2 else ""
    return (f"{others}A good cell among bad ones is luck more often than a find; broad regions say more. At most "
            f"{MOST_PAIRS} pairs are drawn. Options {sweep.prices}.")  # fmt: skip


def _rows_about(sweep: Sweep, rows: Sequence[Row]) -> str:
    reach = (
        "95 % intervals of the bootstrap" if len(sweep.seeds) == 1 else "from the lowest to the highest of the seeds"
    )
    left = f" The first {MOST_ROWS} of {len(rows):,}; trials.parquet has all." if len(rows) > MOST_ROWS else ""
    return (f"From the highest Sharpe ratio to the lowest: the first is the luckiest as well as the best. Under values "
            f"stand {reach}.{left} Options {sweep.prices}.")  # fmt: skip


def _label(rows: Sequence[Row], key: str) -> str:
    return next((cell.label for row in rows if (cell := row.cell(key)) is not None), key)


def _row(row: Row, keys: Sequence[str]) -> str:
    set_here = "".join(f'<td class="n">{escape(value)}</td>' for value in row.values.values())
    return f'<tr><td class="n">{row.row}</td>{set_here}{"".join(_cell(row.cell(key)) for key in keys)}</tr>'


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return '<td class="n"></td>'
    red = " neg" if negative(cell.value, cell.unit) else ""
    reach = "" if cell.low is None else f"<br><i>{shown(cell.low, cell.unit)} to {shown(cell.high, cell.unit)}</i>"
    return f'<td class="n{red}">{shown(cell.value, cell.unit)}{reach}</td>'


def _failures(bad: Sequence[Row]) -> str:
    if not bad:
        return ""
    rows = "\n".join(f'<tr><td class="n">{row.row}</td><td>{escape(row.said)}</td><td>{escape(row.why)}</td></tr>'
                     for row in bad[:MOST_ROWS])  # fmt: skip
    return (f"<h2>Rows that did not end</h2><p>{plural(len(bad), "variant")}, counted as tried.</p>"
            f'<div class="wide"><table><tbody>\n{rows}\n</tbody></table></div>')  # fmt: skip


def _shared(sweep: Sweep) -> Iterator[str]:
    for name, value in sweep.deciding.items():
        yield f"<tr><td>{escape(name)}</td><td>{escape(value or 'none')}</td></tr>"
