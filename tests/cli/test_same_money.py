"""Every view of one run tells the same money, to the cent.

Table, status, report, books, lots, story, tax, metrics, answers, console, and each of their forms.
"""

import json
import re
from decimal import Decimal

import pytest
from allusr_console.pages.account import screen
from allusr_console.pages.rendering import render, usd
from allusr_console.people import FILE
from allusr_console.settings import Settings

from allusr_sdk.cli.entry import invoke
from allusr_sdk.cli.summary import show
from allusr_sdk.office.places import opened
from allusr_sdk.reports.facts import of_run
from tests.console.conftest import running, until, users

D = Decimal
SLEEVES = ("gen_acc", "rev_acc", "com_acc")
STOCK, LONG, SHORT = "1100", "1200", "2100"
AMOUNT = r"(-?[\d,]+\.\d\d)"
ENDED = rf"\bresult {AMOUNT}|; {AMOUNT} kept$"  # bought back or assigned; expired


def dollars(text):
    return D(text.replace(",", ""))


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """The home of four weeks in which puts and calls were assigned, calls bought back and hedges bought."""
    home = tmp_path_factory.mktemp("money")
    assert invoke(["run", "--home", str(home), "--json"]) == 0
    return home


@pytest.fixture
def told(allusr, month):
    """What a command says of the run, as text or as JSON."""

    def ask(*words, as_json=True):
        done = allusr(*words, "--home", month, *(("--json",) if as_json else ()))
        assert (done.code, done.err) == (0, "")
        return json.loads(done.out) if as_json else done.out

    return ask


@pytest.fixture
def facts(month):
    """The sums that `allusr run` ends with, by ledger; that of all is `total`."""
    with opened(str(month)) as run:
        found = of_run(run)
    assert found.total.assigned > 0
    assert found.total.closed > 0
    assert found.total.hedge_cost > 0
    return {each.ledger: each for each in (*found.ledgers, found.total)}


def test_the_table_of_the_run_says_its_facts(capsys, month, facts):
    with opened(str(month)) as run:
        show(run, str(month), as_json=False)
    printed = capsys.readouterr().out
    for row, name in (("premium taken", "premium_taken"), ("premium kept", "premium_kept"), ("cash", "cash"),
                      ("hedge cost", "hedge_cost"), ("realised", "realised"), ("unrealised", "unrealised"),
                      ("collateral", "collateral"), ("equity", "equity")):  # fmt: skip
        (amounts,) = re.findall(rf"^{row} +{' +'.join([AMOUNT] * 4)}$", printed, re.MULTILINE)
        assert [dollars(each) for each in amounts] == [getattr(facts[who], name) for who in (*SLEEVES, "total")], row


def test_status_says_the_same_in_words_and_as_json(told, facts):
    body, text, total = told("status"), told("status", as_json=False), facts["total"]
    assert [D(body[key]) for key in ("equity", "cash", "collateral")] == [total.equity, total.cash, total.collateral]
    assert sum(D(each["unrealised"]) for each in body["positions"]) == total.unrealised
    assert f"equity {total.equity:,.2f} · cash {total.cash:,.2f} · collateral {total.collateral:,.2f}\n" in text


def test_the_reports_of_the_month_and_the_quarter_say_it_too(told, facts):
    columns = ("premium_taken", "premium_kept", "hedge_cost", "dividends", "realised", "unrealised", "equity")
    for period in ("month", "quarter"):
        (earned,) = [table for table in told("report", period)["tables"] if table["key"] == "earned"]
        place = {"premium_taken": "premium"} | {column["key"]: column["key"] for column in earned["columns"]}
        keys = [column["key"] for column in earned["columns"]]
        for row in earned["rows"]:
            cells = dict(zip(keys, (cell["value"] for cell in row["cells"]), strict=True))
            mine = facts[cells["ledger"]]
            assert [D(cells[place.get(key, key)]) for key in columns] == [getattr(mine, key) for key in columns]
    text = told("report", "month", as_json=False)
    assert f"Equity ended at {facts['total'].equity:,.2f}, " in text
    assert re.search(r"To date, over 26 days: return [+-][\d.]+%, too short to speak of a year, with a drawdown", text)


def test_the_books_and_the_open_lots_come_to_it(told, facts):
    rows, lots = told("ledger", "balances")["balances"], told("ledger", "lots")["lots"]
    assert sum(D(row["amount"]) for row in rows) == 0
    for name in SLEEVES:
        books = {row["account"]: D(row["amount"]) for row in rows if row["ledger"] == name}
        under = {head: sum(v for k, v in books.items() if k.startswith(head)) for head in ("1", "2", "4", "5", "60")}
        mine = facts[name]
        assert books["1010"] == mine.cash
        assert under["1"] + under["2"] == mine.equity
        assert -(under["4"] + under["5"]) == mine.realised
        assert -under["60"] == mine.unrealised
        held = sum(D(lot["cost"]) for lot in lots if lot["ledger"] == name)
        assert held == sum(books.get(account, D(0)) for account in (STOCK, LONG, SHORT))


def test_the_stories_of_all_symbols_sum_to_it(told, month, facts):
    said = {name: {"premium_taken": D(0), "realised": D(0)} for name in SLEEVES}
    with opened(str(month)) as run:
        traded = of_run(run).traded
    for symbol in traded:
        for chapter in told("explain", symbol)["chapters"]:
            for line in (line["text"] for line in chapter["lines"] if chapter["ledger"] in said):
                mine = said[chapter["ledger"]]
                mine["premium_taken"] += sum(map(dollars, re.findall(rf"^SOLD .* credit {AMOUNT} less", line)))
                mine["realised"] += sum(dollars(a or b) for a, b in re.findall(ENDED, line))
    assert said == {name: {key: getattr(facts[name], key) for key in said[name]} for name in SLEEVES}


def test_prometheus_reads_the_same(told, facts):
    text = told("metrics", "--once", as_json=False)
    for name in ("equity", "cash", "collateral", "premium_taken", "premium_kept", "realised", "unrealised", "fees",
                 "hedge_cost", "dividends"):  # fmt: skip
        found = re.findall(rf'^allusr_{name}_dollars{{account="",ledger="(\w+)"}} (\S+)$', text, re.MULTILINE)
        assert {ledger: D(value) for ledger, value in found} == {who: getattr(facts[who], name) for who in SLEEVES}


def test_the_tax_year_begins_from_what_the_books_realised_and_its_parts_sum(told, facts, month, tmp_path, allusr):
    year, text = told("ledger", "tax", "2026"), told("ledger", "tax", "2026", as_json=False)
    rows = {mode: [D(each[mode]) for each in year["differences"]] for mode in ("broker", "taxpayer")}
    for amounts in rows.values():
        assert amounts[0] == facts["total"].realised
        assert sum(amounts[:-1]) == amounts[-1]
    assert rows["taxpayer"][-1] == D(year["gain"]) == D(year["short_term"]) + D(year["long_term"])
    last = rf"^Schedule D +TX-2 +{AMOUNT} +{AMOUNT}$"
    assert [dollars(each) for each in re.findall(last, text, re.MULTILINE)[0]] == [rows[m][-1] for m in rows]
    done = allusr("ledger", "tax", "2026", "--format", "html", "--out", tmp_path, "--home", month)
    (page,) = tmp_path.iterdir()
    assert done.code == 0
    assert f">{rows['taxpayer'][-1]:,.2f}<" in page.read_text()


def test_a_page_and_a_table_of_the_month_have_its_figures(told, facts):
    page, table = (told("report", "month", "--format", form, as_json=False) for form in ("html", "csv"))
    total = facts["total"]
    figures = {
        "realised": ("Realised", total.realised), "premium": ("Premium taken", total.premium_taken),
        "premium_kept": ("Premium kept", total.premium_kept), "equity": ("Equity at the end", total.equity),
    }  # fmt: skip
    for key, (label, value) in figures.items():
        assert f"headline,,{key},{value:.2f},usd," in table
        (card,) = re.findall(rf"<span>{label}</span><b[^>]*>(?:<[^>]+>)*([^<]+)<", page)
        assert dollars(card) == value


def test_answers_say_it_in_sentences(told, facts):
    total = facts["total"]
    premium, worth = (told("ask", question, "--fresh", as_json=False) for question in
                      ("How much premium did we take?", "What is the equity?"))  # fmt: skip
    for text, name, words in ((premium, "premium_taken", "of premium"), (worth, "equity", "")):
        assert f"${getattr(total, name):,.2f} " in text
        for who, title in zip(SLEEVES, ("Gen-Acc", "Rev-Acc", "Com-Acc"), strict=True):
            assert f"{title}: ${getattr(facts[who], name):,.2f} {words}".rstrip() in text
    assert f"unrealised result of ${total.unrealised:,.2f} at its last marks" in worth


def test_beancount_is_told_what_cash_must_be(told, facts):
    text = told("ledger", "export", "--format", "beancount", as_json=False)
    told_cash = dict(re.findall(r"balance Assets:Root:([\w-]+):1010-Cash (\S+) USD", text))
    assert {who.lower().replace("-", "_"): D(cash) for who, cash in told_cash.items()} == {
        who: facts[who].cash for who in SLEEVES
    }


def test_the_console_shows_and_serves_the_same(month, facts, tmp_path):
    users(tmp_path)
    with running(Settings(home=str(month), users=tmp_path / FILE, wait=0)) as browser:
        house = browser.console.house
        (name,) = house.accounts
        assert until(lambda: not house.snapshot(name).problem)
        assert browser.log_in().status_code == 303
        found = browser.get(f"/api/accounts/{name}").json()["found"]
        held = browser.get(f"/api/accounts/{name}/positions").json()["found"]
        shown = render("sleeves", s=screen(house.snapshot(name)))
    total = facts["total"]
    assert [D(found[key]) for key in ("equity", "cash", "collateral")] == [total.equity, total.cash, total.collateral]
    assert sum(D(each["unrealised"]) for each in held) == total.unrealised
    for each in facts.values():
        for key in ("equity", "cash", "collateral", "premium_taken", "premium_kept", "realised", "unrealised"):
            assert usd(getattr(each, key)) in shown, (each.ledger, key)
