"""A report as one page: headline, sentences, plots, tables, and the entries under every number."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from attrs import Factory, define

from allusr_sdk.market.modelled import modelled
from allusr_sdk.reports.periods.shown import negative, numeric, shown
from allusr_sdk.reports.periods.values import Added, Entries, Figure, Linked, PeriodFacts, Plot, Row, Table
from allusr_sdk.reports.words import clock

_TITLES = {"week": "Week", "month": "Month", "quarter": "Quarter", "backtest": "Backtest", "montecarlo": "Monte Carlo"}
_STATUS = {
    "OPEN": "The period is not over: this is its state so far.",
    "PROVISIONAL": "Provisional: the next session's reconciliation is not in it.",
    "FINAL": "Final.",
}
_LEFT = "Those of what was passed over are not printed; the page has them."
_EARLY = ("needs", "earned", "performance", "positions", "refused", "returns", "weekly")


@define
class _Groups:
    """Sets of entries that numbers rest on, each listed once."""

    listed_here: frozenset[int]
    found: dict[Entries, int] = Factory(dict)
    about: list[str] = Factory(list)

    def link(self, text: str, entries: Entries, label: str) -> str:
        """Text as a link to its entries; plain where it has none, or they are not on this page."""
        if not self.listed_here.issuperset(entries) or not entries:
            return text
        if len(entries) == 1:
            return f'<a href="#e{entries[0]}">{text}</a>'
        if entries not in self.found:
            self.found[entries] = len(self.found) + 1
            self.about.append(label)
        return f'<a href="#g{self.found[entries]}">{text}</a>'

    def listed(self) -> Iterator[str]:
        """Each set with its entries."""
        for (entries, number), label in zip(self.found.items(), self.about, strict=True):
            links = " ".join(f'<a href="#e{seq}">#{seq}</a>' for seq in entries)
            yield f'<p class="group" id="g{number}"><b>{escape(label)}</b>, {len(entries):,} entries: {links}</p>'


def page(facts: PeriodFacts, draw: Callable[[Plot], str], script: str, *, printed: bool = False) -> str:
    """The page as HTML.

    Args:
        facts: what it is of.
        draw: makes HTML or SVG of a plot.
        script: the element that brings what the plots need; empty where they are pictures.
        printed: leaves the entries of routine tables out, which would fill most of the paper.
    """
    groups = _Groups(facts.under(routine=not printed))
    linked = [entry for entry in facts.linked if entry.seq in groups.listed_here]
    early = [table for table in facts.tables if table.key in _EARLY and (table.rows or table.key != "needs")]
    late = [table for table in facts.tables if table not in early]
    body = {
        "title": escape(f"{_TITLES[facts.kind]} {facts.label}"), "sub": escape(_about(facts)),
        "status": escape(_STATUS[facts.status]), "headings": _headings(facts),
        "cards": "".join(_card(figure, groups) for figure in facts.headline),
        "words": "\n".join(f"<li>{_sentence(s.text, s.entries, groups)}</li>" for s in facts.words),
        "early": "\n".join(_section(table, groups) for table in early),
        "plots": "\n".join(_figure(plot, draw) for plot in facts.plots),
        "tables": "\n".join(_section(table, groups) for table in late),
        "sections": "\n".join(map(_added, facts.sections)),
        "contents": " ".join(f'<a href="#t-{t.key}">{escape(t.title)}</a>' for t in (*early, *late)),
        "script": script,
    }  # fmt: skip
    entries = {
        "groups": "\n".join(groups.listed()),
        "entries": _entries(linked),
        "count": f"{len(linked):,}",
        "left": _LEFT if printed else "",
    }
    template = Template(files("allusr_sdk.reports.periods").joinpath("page.html").read_text("utf-8"))
    return template.substitute(body | entries)


def _about(facts: PeriodFacts) -> str:
    upto = f"up to entry {facts.seq} of {clock(facts.asof):%Y-%m-%d %H:%M} New York" if facts.asof else "no journal"
    return (f"{facts.first} to {facts.last} · {facts.mode} run {facts.run} · {facts.market} · rulebook "
            f"{facts.rulebook} · {upto}. Dollars.")  # fmt: skip


def _headings(facts: PeriodFacts) -> str:
    loosened = ", ".join(f"{key} = {value}" for key, value in facts.what_if.items())
    said = (modelled(facts.market), f"WHAT-IF, rules were loosened: {loosened}" if loosened else "")
    return "\n".join(f'<p class="note">{escape(text)}</p>' for text in said if text)


def _card(figure: Figure, groups: _Groups) -> str:
    text = groups.link(escape(shown(figure.value, figure.unit)), figure.entries, figure.label)
    sign = ' class="neg"' if negative(figure.value, figure.unit) else ""
    note = f"<i>{escape(figure.note)}</i>" if figure.note else ""
    return f"<div><span>{escape(figure.label)}</span><b{sign}>{text}</b>{note}</div>"


def _sentence(text: str, entries: Entries, groups: _Groups) -> str:
    said = escape(text)
    return f"{said} <small>{groups.link('entries', entries, text)}</small>" if entries else said


def _figure(plot: Plot, draw: Callable[[Plot], str]) -> str:
    return f"<figure><h3>{escape(plot.title)}</h3><p>{escape(plot.about)}</p>{draw(plot)}</figure>"


def _section(table: Table, groups: _Groups) -> str:
    head = f'<h2 id="t-{table.key}">{escape(table.title)}</h2>\n<p>{escape(table.about)}</p>'
    if not table.rows:
        return f'{head}\n<p class="none">{escape(table.empty)}</p>'
    names = "".join(f"<th{_classes(numeric(c.unit))}>{escape(c.title)}</th>" for c in table.columns)
    rows = "\n".join(_row(table, row, groups) for row in table.rows)
    return f'{head}\n<div class="wide"><table><thead><tr>{names}</tr></thead><tbody>\n{rows}\n</tbody></table></div>'


def _row(table: Table, row: Row, groups: _Groups) -> str:
    name = str(row.cells[0].value)
    cells = "".join(
        f"<td{_classes(numeric(column.unit), negative(cell.value, column.unit))}>"
        f"{groups.link(escape(shown(cell.value, column.unit)), cell.entries, f'{column.title}, {name}')}</td>"
        for column, cell in zip(table.columns, row.cells, strict=True)
    )
    return f'<tr class="sum">{cells}</tr>' if row.total else f"<tr>{cells}</tr>"


def _classes(right: bool, red: bool = False) -> str:
    words = ["n"] * right + ["neg"] * red
    return f' class="{" ".join(words)}"' if words else ""


def _added(section: Added) -> str:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in section.text.split("\n\n"))
    failed = ' class="note"' if section.failed else ""
    return (f"<section{failed}><h2>{escape(section.title)}</h2>{paragraphs}"
            f'<p class="none">By the plugin {escape(section.plugin)}.</p></section>')  # fmt: skip


def _entries(linked: Sequence[Linked]) -> str:
    if not linked:
        return '<p class="none">Nothing rests on any entry.</p>'
    head = "".join(f"<th>{name}</th>" for name in ("Entry", "New York", "Kind", "Ledger", "Symbol", "Rule"))
    rows = "\n".join(map(_entry, linked))
    return f'<table class="journal"><thead><tr>{head}<th class="n">Cash</th><th>What it says</th></tr></thead>' \
           f"<tbody>\n{rows}\n</tbody></table>"  # fmt: skip


def _entry(entry: Linked) -> str:
    texts = (
        f"#{entry.seq}",
        f"{clock(entry.at):%Y-%m-%d %H:%M:%S}",
        entry.kind,
        entry.ledger,
        entry.symbol,
        entry.rule,
    )
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    cash = "" if entry.amount is None else f"{entry.amount:,.2f}"
    return f'<tr id="e{entry.seq}">{cells}<td class="n">{cash}</td><td>{escape(entry.text)}</td></tr>'
