"""The worked journals' tax lines, wash sales and index options included, of every vector whose events are told here."""

import json
from contextlib import ExitStack, closing
from decimal import Decimal

import pytest

from tests.tax.books import Books

FILLS = {
    "sell_to_open": "write", "buy_to_open": "buy", "buy": "buy", "sell_to_close": "sell", "buy_to_close": "back",
    "sell": "sell",
}  # fmt: skip
KNOWN = {*FILLS, "expire", "assign", "exercise", "split", "mark", "unmark"}


@pytest.fixture
def told():
    """The books after a vector's events, closed with the test."""
    with ExitStack() as open_books:
        yield lambda vector: after(vector, open_books.enter_context(closing(Books())))


def after(vector, books):
    ledger = vector["ledger"]
    for lot in vector["opening_lots"]:
        price = str(Decimal(lot["basis"]) / lot["qty"])
        books.buy(lot["acquired"], lot["symbol"], lot["qty"], price, ledger=ledger)
    for step in vector["events"]:
        what, day, name = step["do"], step["date"], step.get("contract") or step.get("symbol")
        if what in FILLS:
            getattr(books, FILLS[what])(day, name, step["qty"], step["price"], fee=step["fee"], ledger=ledger)
        elif what == "expire":
            held = books.run.book.ledgers[ledger].positions[f"{ledger}:{name}"].quantity
            books.expire(day, name, step["qty"] if held > 0 else -step["qty"], ledger=ledger)
        elif what == "assign":
            books.assign(day, name, step["qty"], ledger=ledger, fee=step["fee"])
        elif what == "exercise":
            books.exercise(day, name, step["qty"], ledger=ledger)
        elif what == "split":
            books.split(day, name, step["qty"], ledger=ledger)
        elif what == "mark":
            books.mark(day, name, step["price"], ledger=ledger)
    return books


@pytest.fixture
def vectors(vectors_dir):
    path = vectors_dir / "ledger.json"
    every = json.loads(path.read_text())["vectors"] if path.is_file() else []
    found = [v for v in every if v["events"] and all(e["do"] in KNOWN and "ledger" not in e for e in v["events"])]
    if not found:
        pytest.skip("ledger.json holds no vector whose events are told here")
    return found


def every_year(books, vector, mode):
    first = min(e["date"] for e in [*vector["events"], *({"date": x["acquired"]} for x in vector["opening_lots"])])
    years = range(int(first[:4]), int(vector["events"][-1]["date"][:4]) + 1)
    return [books.year(year, mode=mode) for year in years]


def test_lines_of_form_8949_are_the_worked_ones_wash_sales_included(vectors, told, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            books = told(vector)
            lines = [line.columns() for year in every_year(books, vector, "taxpayer") for line in year.lines]
            assert lines == vector["form8949"]


def test_bases_and_days_that_a_wash_sale_moves_are_the_worked_ones(vectors, told, subtests):
    for vector in vectors:
        asserts = vector["asserts"]
        if "disallowed" in asserts:
            with subtests.test(vector["id"]):
                last = every_year(told(vector), vector, "taxpayer")[-1]
                assert sum(line.adjustment for line in last.lines) == Decimal(asserts["disallowed"])
                (lot,) = last.lots
                assert lot.basis == Decimal(asserts.get("tax_basis_new_lot", lot.basis))
                assert lot.book == Decimal(asserts.get("book_basis_new_lot", lot.book))
                assert asserts.get("tax_acquired_date", f"{lot.acquired}").startswith(f"{lot.acquired}")


def test_form_6781_is_the_worked_one(vectors, told, subtests):
    for vector in vectors:
        asserts = vector["asserts"]
        if "form6781_part1" in asserts:
            with subtests.test(vector["id"]):
                last = every_year(told(vector), vector, "broker")[-1]
                assert sum(line.gain for line in last.index) == Decimal(asserts["form6781_part1"])
                parts = {"st_40": last.net(long_term=False), "lt_60": last.net(long_term=True)}
                assert {name: parts[name] for name in parts if name in asserts} == {
                    name: Decimal(asserts[name]) for name in parts if name in asserts
                }


def test_a_1099_b_rendering_is_the_worked_one(vectors, told, subtests):
    for vector in vectors:
        worked = vector["asserts"].get("broker_1099b")
        if worked:
            with subtests.test(vector["id"]):
                (line,) = every_year(told(vector), vector, "broker")[-1].lines
                assert (line.columns("net")["d"], line.columns("net")["e"]) == (worked["proceeds"], worked["basis"])
