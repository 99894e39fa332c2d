"""A tax year as plain tables: one form for JSON, CSV files and the page."""

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import StringIO

from allusr_sdk.model.money import ZERO
from allusr_sdk.tax.forms import Line8949, Totals, amount
from allusr_sdk.tax.index_options import Line6781, sixty_forty, total_6781
from allusr_sdk.tax.outcome import TaxYear
from allusr_sdk.tax.straddles import Deferral
from allusr_sdk.tax.terms import Terms
from allusr_sdk.tax.year import Report

ADVICE = "This is no tax advice. A CPA has to look at it and sign it off before anything of it is filed."

Row = Mapping[str, object]
Tables = Mapping[str, Sequence[Row]]


def tables(report: Report, terms: Terms) -> dict[str, list[Row]]:
    """Every table by name; rows of one table have the same columns.

    Args:
        report: the year.
        terms: what it was worked out by, for boxes and rendering.
    """
    year = report.chosen
    return {
        "differences": [
            {"cause": d.cause, "rule": d.rule, "broker": d.broker, "taxpayer": d.taxpayer} for d in report.differences
        ],
        "form_8949": [_line(line, terms) for line in sorted(year.lines, key=lambda line: line.long_term)],
        "schedule_d": [_total(t) for t in schedule(year)],
        "form_6781": [*_part_one(year, terms), *(_part_two(row) for row in year.waiting)],
        "dividends": [
            {"ledger": d.ledger, "symbol": d.symbol, "ex": d.ex, "paid": d.paid, "shares": d.shares, "1a": d.amount,
             "1b": d.qualified, "without_calls": d.uncovered, "note": d.note}
            for d in year.dividends
        ],
        "reserve": [
            {"quarter": q.quarter, "gain": q.gain, "after_losses": q.base, "reserve": q.wanted,
             "appropriated": q.appropriated} for q in year.reserve
        ],
        "lots": [
            {"ledger": lot.ledger, "instrument": lot.instrument, "quantity": lot.quantity, "acquired": lot.acquired,
             "held_since": lot.since, "book": lot.book, "basis": lot.basis} for lot in year.lots
        ],
        "flags": [{"rule": f.rule, "day": f.day, "about": f.about, "text": f.text} for f in year.flags],
    }  # fmt: skip


def head(report: Report) -> dict[str, object]:
    """What the tables are of."""
    year = report.chosen
    return {
        "year": year.year, "mode": year.mode, "lots_by": year.method, "asof": year.asof, "complete": year.complete,
        "draft": report.draft, "signed_off": report.signed_off, "advice": ADVICE,
        "short_term": year.net(long_term=False), "long_term": year.net(long_term=True),
        "gain": year.gain, "dividends": sum((d.amount for d in year.dividends), ZERO),
        "qualified": sum((d.qualified for d in year.dividends), ZERO),
        "moved_elsewhere": dict(year.moved), "unknown": list(year.unknown),
    }  # fmt: skip


def csv_text(rows: Sequence[Row]) -> str:
    """Rows as CSV with a head of columns; nothing for a table without rows."""
    if not rows:
        return ""
    out = StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.2f}" if isinstance(value, Decimal) else value for name, value in row.items()}
                     for row in rows)  # fmt: skip
    return out.getvalue()


def _line(line: Line8949, terms: Terms) -> Row:
    columns = line.columns(terms.written)
    return {
        "part": columns["part"], "box": line.box(terms.box), "ledger": line.ledger, "a": columns["desc"],
        **{letter: columns.get(letter, "") for letter in "bcdefgh"},
    }  # fmt: skip


def schedule(year: TaxYear) -> list[Totals]:
    """Totals by part, each part with its sum."""
    found: list[Totals] = []
    for long_term in (False, True):
        mine = [t for t in year.totals if t.long_term is long_term]
        sums = (sum((getattr(t, name) for t in mine), ZERO) for name in ("proceeds", "cost", "adjustment", "gain"))
        found += [*mine, Totals("net", long_term, *sums)]
    return found


def _total(t: Totals) -> Row:
    return {"part": "II" if t.long_term else "I", "from": t.box if t.box[0].isdigit() or t.box == "net" else
            f"8949 box {t.box}", "d": amount(t.proceeds), "e": amount(t.cost), "g": amount(t.adjustment),
            "h": amount(t.gain)}  # fmt: skip


def _part_one(year: TaxYear, terms: Terms) -> list[Row]:
    if not year.index:
        return []
    net = total_6781(year.index)
    long, short = sixty_forty(net, terms.long_share)
    sums = {"net of Part I": net, "short-term part": short, "long-term part": long}
    return [*(_index(line) for line in year.index), *(_6781("I", text, result=value) for text, value in sums.items())]


def _index(line: Line6781) -> Row:
    sides = (line.before, line.value) if line.quantity < 0 else (line.value, line.before)
    note = "marked" if line.marked else ""
    return _6781("I", line.description, line.ledger, line.opened, line.until, *sides, result=line.gain, note=note)


def _part_two(row: Deferral) -> Row:
    call = row.call
    note = f"{amount(row.deferred)} waits" + (", carried from an earlier year" if row.carried else "")
    return _6781(
        "II", call.description, call.ledger, call.opened, call.end.day if call.end else "",
        call.amount, call.against + call.moved, loss=row.loss, gain=row.unrecognised, result=-row.recognised, note=note,
    )  # fmt: skip


def _6781(
    part: str, what: str, ledger: str = "", opened: object = "", closed: object = "", proceeds: object = "",
    cost: object = "", *, loss: object = "", gain: object = "", result: object = "", note: str = "",
) -> Row:  # fmt: skip
    return {"part": part, "a": what, "ledger": ledger, "opened": opened, "closed": closed, "proceeds": proceeds,
            "cost": cost, "loss": loss, "unrecognised_gain": gain, "result": result, "note": note}  # fmt: skip
