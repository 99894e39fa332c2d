"""`allusr ledger tax`: what it says, prints, writes and refuses."""

import csv
import json
import re
from io import StringIO

import pytest

from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.tax.tables import ADVICE
from tests.tax.books import Books


def test_the_summary_goes_from_the_books_to_both_modes_and_says_that_it_is_no_advice(tax):
    done = tax(2026)
    assert done.code == 0
    assert ADVICE in done.out
    rows = {line[:44].strip(): line.split()[-2:] for line in done.out.splitlines()}
    assert rows["Books: realised, first in, first out"] == ["-1,271.40", "-1,271.40"]
    assert rows["Wash sales: losses disallowed"] == ["1,200.00", "1,200.00"]
    assert rows["Straddles: losses that wait"] == ["0.00", "300.00"]
    assert rows["Schedule D"] == ["328.60", "628.60"]


def test_json_has_every_table_and_its_head(tax):
    body = json.loads(tax(2026, "--json").out)
    assert (body["mode"], body["complete"], body["draft"], body["gain"]) == ("taxpayer", True, False, "628.60")
    assert [(line["a"], line["f"], line["g"]) for line in body["form_8949"]] == [
        ("2 AAPL 05/22/26 P210 written", "", ""), ("100 TSLA", "W", "1200.00"),
    ]  # fmt: skip
    assert [row["result"] for row in body["form_6781"]] == ["400.00", "400.00", "160.00", "240.00", "0.00"]
    assert [(row["1a"], row["1b"]) for row in body["dividends"]] == [("25.00", "25.00")]


def test_the_brokers_mode_waits_for_nothing(tax):
    body = json.loads(tax(2026, "--mode", "broker", "--format", "json").out)
    assert (body["mode"], body["gain"]) == ("broker", "328.60")
    assert [line["a"] for line in body["form_8949"]][-1] == "1 NVDA 12/11/26 C175 written"


def test_csv_on_the_terminal_is_form_8949(tax):
    rows = list(csv.DictReader(StringIO(tax(2026, "--format", "csv").out)))
    assert [(row["box"], row["d"], row["e"], row["h"]) for row in rows] == [
        ("A", "228.60", "Expired (0.00)", "228.60"), ("A", "30000.00", "31200.00", "0.00"),
    ]  # fmt: skip


def test_a_folder_gets_every_table_the_page_and_json(tax, tmp_path):
    done = tax(2026, "--out", tmp_path / "new")
    assert done.code == 0
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert {f"tax-2026-taxpayer{end}" for end in (
        ".html", ".json", "-form_8949.csv", "-schedule_d.csv", "-form_6781.csv", "-dividends.csv", "-reserve.csv",
        "-lots.csv", "-flags.csv", "-differences.csv",
    )} == names  # fmt: skip
    assert sorted(done.out.split()) == sorted(str(tmp_path / "new" / name) for name in names)


def test_the_page_stands_by_itself_and_says_what_it_is(tax):
    text = tax(2026, "--format", "html").out
    assert ADVICE in text
    assert not re.search(r"https?:|<script|<link|<img|@import|url\(", text)
    for title in ("From the books to each mode", "Schedule D", "Form 8949", "Form 6781", "Dividends", "Tax reserve"):
        assert f"<h2>{title}" in text
    assert text.count("<table>") == 7


def test_what_a_configuration_says_decides_boxes_and_rendering(tax, tmp_path):
    (tmp_path / "allusr.toml").write_text('[tax]\nbox = "none"\nwritten = "net"\n')
    rows = list(csv.DictReader(StringIO(tax(2026, "--format", "csv", "--config", tmp_path / "allusr.toml").out)))
    assert next((row["box"], row["d"], row["e"]) for row in rows) == ("C", "228.60", "0.00")


def test_purchases_elsewhere_are_read_from_a_file(tax, tmp_path):
    (tmp_path / "ira.csv").write_text("date,account,symbol,quantity\n2026-06-16,ira,TSLA,50\n")
    body = json.loads(tax(2026, "--json", "--set", f"tax.outside={tmp_path / 'ira.csv'}").out)
    assert body["moved_elsewhere"] == {"ira": "600.00"}


@pytest.mark.parametrize(("line", "says"), [
    ("2026-06-16,ira,TSLA,-50", "only shares and calls that were bought"),
    ("16 June,ira,TSLA,50", "line 2"),
    ("2026-06-16,ira,TSLA", "expected date, account, symbol, quantity"),
    ("2026-06-16,ira,TSLA  260626P00295000,1", "only shares and calls"),
])  # fmt: skip
def test_a_line_that_is_no_purchase_is_named(line, says, tax, tmp_path):
    (tmp_path / "ira.csv").write_text(f"date,account,symbol,quantity\n{line}\n")
    done = tax(2026, "--set", f"tax.outside={tmp_path / 'ira.csv'}")
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_calls_bought_elsewhere_count_for_their_shares(tax, tmp_path):
    (tmp_path / "ira.csv").write_text("date,account,symbol,quantity\n2026-06-16,ira,TSLA  260918C00300000,1\n")
    body = json.loads(tax(2026, "--json", "--set", f"tax.outside={tmp_path / 'ira.csv'}").out)
    assert body["moved_elsewhere"] == {"ira": "1200.00"}


@pytest.mark.parametrize(("arguments", "says"), [
    (("1066",), "YEAR 1066: expected one from 1990 to 2045"),
    (("2026", "--mode", "irs"), "irs"),
    (("2026", "--set", "account.broker_accounts=['f1']"), "'f1' is no LEDGER=ACCOUNT"),
    (("2026", "--set", "tax.outside=/nowhere/ira.csv"), "tax.outside /nowhere/ira.csv: cannot be read"),
    (("2026", "--run", "9"), "run 9 is not in this ledger"),
])  # fmt: skip
def test_what_cannot_be_used_is_one_line_and_exit_2(arguments, says, tax):
    done = tax(*arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_home_without_a_ledger_says_what_to_type(tax, tmp_path):
    done = tax(2026, at=tmp_path)
    assert done.code == 2
    assert "allusr run" in done.err


def test_a_folder_that_cannot_be_written_is_named(tax, tmp_path):
    (tmp_path / "file").write_text("")
    done = tax(2026, "--out", tmp_path / "file")
    assert (done.code, "cannot be written" in done.err) == (2, True)


def test_pages_of_a_live_account_are_drafts_until_the_method_is_signed_off(tax, tmp_path):
    with open_ledger(tmp_path / "live") as ledger:
        books = Books(mode="live", ledger=ledger)
        books.buy("2026-01-05", "TSLA", 100, "312")
        books.run.flush()
    assert "DRAFT" in tax(2026, "--format", "html", at=tmp_path / "live").out
    signed = tax(2026, "--format", "html", "--set", "tax.signed_off=A. Person CPA", at=tmp_path / "live").out
    assert "DRAFT" not in signed
    assert "Method signed off: A. Person CPA." in signed


def test_a_year_without_anything_has_empty_pages(tax):
    assert json.loads(tax(2031, "--json").out)["form_8949"] == []
    assert tax(2031, "--format", "csv").out == ""
    assert "Nothing." in tax(2031, "--format", "html").out
