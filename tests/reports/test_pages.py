"""Renderings of a report's facts: nothing but the facts, every link with an end, hostile text as text."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from allusr_sdk.reports.periods.plain import csv_text, json_text
from allusr_sdk.reports.periods.rendering import rendered
from allusr_sdk.reports.periods.shown import shown
from allusr_sdk.reports.periods.values import (
    Added,
    Cell,
    Column,
    Figure,
    Linked,
    PeriodFacts,
    Plot,
    Row,
    Sentence,
    Span,
    Table,
    Trace,
)

EVIL = "</script><script>alert('$x$')</script><a href=\"javascript:alert(1)\">&"
FORMULA = "=cmd|'/c calc'!A1"
DAYS = (date(2026, 2, 9), date(2026, 2, 10))


@pytest.fixture(scope="module")
def facts():
    """Facts in which every text that others write is hostile."""
    figure = Figure("realised", "Realised", Decimal("-1234.50"), "usd", (3, 5))
    table = Table("earned", "Earned", "About.", (Column("ledger", EVIL), Column("amount", "Amount", "usd")), (
        Row((Cell(EVIL), Cell(Decimal("0.10"), (5,)))), Row((Cell(FORMULA), Cell(None)), total=True),
    ))  # fmt: skip
    routine = Table(
        "passed", "Passed over", "", (Column("days", "Days", "count"),), (Row((Cell(7, (7,)),)),), routine=True
    )
    plots = (
        Plot("equity", "Equity", "", "lines", "usd", (Trace(EVIL, DAYS, (1.0, None)),)),
        Plot("premium", "Premium", "", "bars", "usd", (Trace(EVIL, (EVIL, "b"), (1.0, 2.0)),)),
        Plot("levels", "Levels", "", "grid", "count", (Trace(EVIL, DAYS, (1.0, None)),), words=("Normal", "Enhanced")),
        Plot("tree", "Tree", "", "spans", spans=(Span(EVIL, *DAYS, text=EVIL, depth=1),)),
    )
    linked = tuple(
        Linked(seq, datetime(2026, 2, 9, 15, tzinfo=UTC), "Filled", EVIL, "AAPL", "LQ-1", Decimal("1.00"), EVIL)
        for seq in (3, 5, 7)
    )
    return PeriodFacts(
        run=1, mode="backtest", market=EVIL, rulebook="1", what_if={"k": EVIL}, kind="week", label="2026-W07",
        first=DAYS[0], last=date(2026, 2, 15), status="FINAL", asof=datetime(2026, 2, 13, tzinfo=UTC), seq=9,
        headline=(figure,), words=(Sentence(EVIL, (3,)),), tables=(table, routine), plots=plots,
        sections=(Added(EVIL, EVIL, EVIL, failed=True),), linked=linked,
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(facts):
    return rendered(facts, "html", beside=True).decode()


def test_hostile_text_is_text_wherever_it_stands(page):
    assert "<script>alert" not in page
    assert 'javascript:alert(1)">' not in page.replace("&quot;", "'")
    assert page.count("&lt;script&gt;") > 8


def test_every_link_of_a_page_ends_on_the_page_and_every_number_is_one(page):
    anchors = set(re.findall(r'id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= anchors
    assert {"e3", "e5", "e7"} <= links
    assert re.search(r'<a href="#g\d+">-1,234\.50</a>', page)
    assert '<a href="#e5">0.10</a>' in page


def test_unknown_is_said_and_is_no_zero(page):
    assert ">unknown<" in page


def test_a_page_asks_no_other_host_for_anything(page):
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert re.findall(r'<script[^>]* src="([^"]*)"', page) == ["plotly.min.js"]


def test_a_page_in_one_file_has_its_script_in_it(facts):
    made = rendered(facts, "html").decode()
    assert "<script src=" not in made
    assert len(made) > 1_000_000


def test_a_printed_report_is_a_pdf_and_leaves_routine_entries_out(facts):
    from allusr_sdk.reports.periods.page import page as made
    from allusr_sdk.reports.periods.static import pictured

    assert rendered(facts, "pdf").startswith(b"%PDF")
    printed = made(facts, pictured, "", printed=True)
    assert 'id="e5"' in printed
    assert 'id="e7"' not in printed
    assert "are not printed" in printed
    assert printed.count("<svg") == 4
    assert "<image" not in printed


def test_json_has_exact_amounts_and_null_for_the_unknown(facts):
    body = json.loads(json_text(facts))
    assert body["report"] == "week-2026-W07"
    assert body["headline"][0]["value"] == "-1234.50"
    assert body["tables"][0]["rows"][1]["cells"][1]["value"] is None
    assert body["sections"][0]["text"] == EVIL


def test_csv_has_every_value_and_no_formula(facts):
    rows = list(csv.reader(io.StringIO(csv_text(facts))))
    assert ["headline", "", "realised", "-1234.50", "usd", "3 5"] in rows
    assert [f"'{FORMULA}"] == [row[3] for row in rows if FORMULA in row[3]]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal("1234.5"), "usd", "1,234.50"),
        (0.1234, "fraction", "12.3%"),
        (1234, "count", "1,234"),
        (None, "usd", "unknown"),
        (date(2026, 2, 9), "date", "2026-02-09"),
        ("", "usd", ""),
    ],
)
def test_a_value_is_shown_so(value, unit, text):
    assert shown(value, unit) == text
