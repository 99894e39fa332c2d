"""Every view of one run tells the same money, to the cent: table, status, report, books, lots, story and JSON."""

import json
import re
from decimal import Decimal

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.cli.summary import show
from allusr_sdk.office.places import opened
from allusr_sdk.reports.facts import of_run

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
