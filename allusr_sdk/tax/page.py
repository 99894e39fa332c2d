"""The tax year as one page that stands by itself: no scripts, nothing from another host."""

import re
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from importlib.resources import files
from string import Template

from allusr_sdk.tax.tables import ADVICE, Row, head, tables
from allusr_sdk.tax.terms import Terms
from allusr_sdk.tax.year import Report

# name, title, what it says, columns with their heads; right-aligned ones are numbers
_SECTIONS = (
    ("schedule_d", "Schedule D", "Totals by box of Form 8949 and from Form 6781.",
     {"part": "Part", "from": "From", "d": "(d) Proceeds", "e": "(e) Cost", "g": "(g) Adjustment", "h": "(h) Gain"}),
    ("form_8949", "Form 8949", "An assigned option has no line of its own. (f) W: a wash sale; (g) is the loss that it "
     "disallows and that stands in the basis of what replaces it.",
     {"part": "Part", "box": "Box", "a": "(a) Description", "ledger": "Ledger", "b": "(b) Acquired", "c": "(c) Sold",
      "d": "(d) Proceeds", "e": "(e) Cost", "f": "(f)", "g": "(g)", "h": "(h) Gain"}),
    ("form_6781", "Form 6781", "Part I: section 1256 contracts, marked at the year's end, 60 percent long-term. Part "
     "II: losses on covered calls, which wait while the shares under them show a gain.",
     {"part": "Part", "a": "(a) Identification", "ledger": "Ledger", "opened": "Opened", "closed": "Closed or marked",
      "proceeds": "Proceeds", "cost": "Cost", "loss": "Loss", "unrecognised_gain": "Unrecognised gain",
      "result": "Result", "note": "Note"}),
    ("dividends", "Dividends", "1b: held for more than 60 days of the 121 around the ex-date; days under a call do not "
     "count in the taxpayer's mode. The last sum is what would qualify without calls.",
     {"ledger": "Ledger", "symbol": "Symbol", "ex": "Ex-date", "paid": "Paid", "shares": "Shares", "1a": "1a Ordinary",
      "1b": "1b Qualified", "without_calls": "Without calls", "note": "Note"}),
    ("reserve", "Tax reserve by quarter", "What the rule sets apart of net gains, beside what was appropriated (TX-8).",
     {"quarter": "Quarter", "gain": "Net gain", "after_losses": "After losses of the year", "reserve": "Reserve",
      "appropriated": "Appropriated"}),
    ("lots", "Open at the end", "Where next year begins: basis for tax beside the books'.",
     {"ledger": "Ledger", "instrument": "Instrument", "quantity": "Units", "acquired": "Acquired",
      "held_since": "Held since", "book": "Book", "basis": "Basis"}),
    ("flags", "To be looked at", "These change no amount.",
     {"rule": "Rule", "day": "Day", "about": "About", "text": "What was found"}),
)  # fmt: skip
_NUMBERS = frozenset(
    ("d", "e", "g", "h", "proceeds", "cost", "loss", "result", "shares", "1a", "1b", "gain", "reserve", "appropriated",
     "quantity", "book", "basis", "broker", "taxpayer", "without_calls", "after_losses", "unrecognised_gain")
)  # fmt: skip
_WHOLE = frozenset(
    ("a", "b", "c", "opened", "closed", "ex", "paid", "acquired", "held_since", "instrument", "day", "about")
)
_FORM_NUMBER = re.compile(r"\d+\.\d\d|\(\d+\.\d\d\)")
_DIFFERENCES = {"cause": "Cause", "rule": "Rule", "broker": "Broker", "taxpayer": "Taxpayer"}


def page(report: Report, terms: Terms) -> str:
    """The page as HTML.

    Args:
        report: the year.
        terms: what it was worked out by.
    """
    about, found = head(report), tables(report, terms)
    sections = [
        f"<h2>{title}</h2>\n<p>{escape(text)}</p>\n{_table(found[name], columns)}"
        for name, title, text, columns in _SECTIONS
    ]
    template = Template(files("allusr_sdk.tax").joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        year=report.chosen.year,
        mode=report.chosen.mode,
        about=escape(_about(report)),
        advice=escape(ADVICE),
        draft='<span class="draft">DRAFT: a live account, and nobody has signed the method off.</span>'
        if report.draft else escape(f"Method signed off: {report.signed_off}." if report.signed_off else ""),
        unknown=_unknown(report),
        sums="".join(f"<div><span>{name}</span><b>{_money(about[key])}</b></div>" for key, name in _SUMS.items()),
        differences=_table(found["differences"], _DIFFERENCES),
        sections="\n".join(sections),
        footer=escape(_footer(terms)),
    )  # fmt: skip


_SUMS = {
    "short_term": "Short-term result", "long_term": "Long-term result", "gain": "Schedule D",
    "dividends": "Dividends", "qualified": "of them qualified",
}  # fmt: skip


def _about(report: Report) -> str:
    year = report.chosen
    until = "the whole year" if year.complete else f"as of {year.asof}: the year is not over, and open positions stand "
    until += "" if year.complete else "at their last marks"
    kind = f", {report.mode_of_run} run" if report.mode_of_run else ""
    return f"ALL-USE, {year.mode} mode, lots by {year.method.upper()}, {until}{kind}. Dollars."


def _footer(terms: Terms) -> str:
    rendering = "with proceeds and cost" if terms.written == "gross" else "net, as on a 1099-B"
    return (f"Written options are shown {rendering}. Wash sales within {terms.days} days before and after. Not worked "
            "out: elections (475(f), mixed straddles), constructive sales, puts held over shares, carryovers of "
            "earlier years' capital losses.")  # fmt: skip


def _unknown(report: Report) -> str:
    lines = [*report.chosen.unknown]
    lines += [f"{amount:,.2f} of losses went into purchases in {where}, which these pages do not follow"
              for where, amount in report.chosen.moved.items()]  # fmt: skip
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""


def _table(rows: Sequence[Row], columns: dict[str, str]) -> str:
    if not rows:
        return '<p class="none">Nothing.</p>'
    names = "".join(f"<th{_aligned(name)}>{escape(title)}</th>" for name, title in columns.items())
    body = "\n".join(_row(row, columns) for row in rows)
    return f'<div class="wide"><table><thead><tr>{names}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _row(row: Row, columns: dict[str, str]) -> str:
    sums = "sum" if {row.get("from"), row.get("cause")} & {"net", "Schedule D"} else ""
    cells = "".join(f"<td{_aligned(name, row[name])}>{_shown(row[name])}</td>" for name in columns)
    return f'<tr class="{sums}">{cells}</tr>' if sums else f"<tr>{cells}</tr>"


def _aligned(name: str, value: object = "") -> str:
    negative = (isinstance(value, Decimal) and value < 0) or str(value).startswith("(")
    words = ["n"] * (name in _NUMBERS) + ["neg"] * (negative and name in _NUMBERS) + ["w"] * (name in _WHOLE)
    return f' class="{" ".join(words)}"' if words else ""


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return _money(value)
    text = str(value)
    if _FORM_NUMBER.fullmatch(text):
        return _money(f"-{text[1:-1]}" if text[0] == "(" else text)
    return escape(text)


def _money(value: object) -> str:
    amount = Decimal(str(value))
    return f'<span class="neg">({-amount:,.2f})</span>' if amount < 0 else f"{amount:,.2f}"
