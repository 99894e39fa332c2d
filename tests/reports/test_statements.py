"""Statements of ledgers, accounts and the user: what is owned is what is owed and whose it is, on any day."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.capital import at_mark
from allusr_sdk.model.events import (
    Assigned,
    DividendAccrued,
    DividendReceived,
    Expired,
    ForkPaid,
    SplitApplied,
)
from allusr_sdk.reports.beancount import beancount, commodity
from allusr_sdk.reports.statements import balance_sheet, cash_flow, income_statement
from tests.ledger.capital_words import User

D = Decimal
PUT = "AAPL  260116P00270000"
CALL = "AAPL  260220C00280000"
HEDGE = "SPXW  260918P05400000"


def whole(statement):
    """Whether every column of a balance sheet balances."""
    rows = {row.key: row.amounts for row in statement.rows}
    return all(a == x + e for a, x, e in zip(rows["assets"], rows["liabilities"], rows["equity"], strict=True))


def told(statement, column="user"):
    """What a statement says in a column, without what is zero."""
    return {row.key: str(x) for row in statement.rows if (x := statement.amount(row.key, column))}


@pytest.fixture
def user():
    with open_ledger("sqlite://") as ledger:
        yield User(ledger)


def test_a_put_that_was_written_is_cash_and_a_liability_and_no_income_yet(user):
    user.on(2026, 1, 12).fill("gen_acc", PUT, -1, "1.69")
    sheet = balance_sheet(user.run)
    assert whole(sheet)
    assert (sheet.amount("premium", "gen_acc"), sheet.amount("retained", "gen_acc")) == (D("168.30"), 0)
    assert told(income_statement(user.run)) == {}


def test_realised_and_unrealised_stand_apart(user):
    user.on(2026, 1, 12).fill("gen_acc", PUT, -2, "1.69")
    user.fill("gen_acc", PUT, 1, "0.69", opening=False)
    user.mark("gen_acc", PUT, "1.00")
    sheet, income = balance_sheet(user.run), income_statement(user.run)
    assert (sheet.amount("retained"), sheet.amount("unrealised")) == (D("98.95"), D("68.65"))
    assert sheet.amount("marked") == user.run.book.equity
    assert told(income) == {"4010": "98.95", "realised": "98.95", "unrealised": "68.65"}


def test_a_mark_that_stands_in_the_accounts_is_in_no_total(user):
    user.on(2026, 1, 12).fill("com_acc", "AAPL", 100, "260.00")
    user.mark("com_acc", "AAPL", "265.00")
    before = balance_sheet(user.run)
    user.tell(at_mark(user.book("com_acc"), "com_acc:AAPL", D("265.00")))
    assert balance_sheet(user.run) == before
    assert before.amount("unrealised") == D("499.30")


def test_what_has_no_mark_is_unknown_and_named(user):
    user.on(2026, 1, 12).fill("com_acc", "AAPL", 100, "260.00")
    sheet = balance_sheet(user.run)
    assert sheet.unmarked == ("com_acc:AAPL",)
    assert [sheet.amount("unrealised", name) for name in ("gen_acc", "com_acc", "user")] == [0, None, None]


def test_a_split_ends_the_marks_of_its_symbol(user):
    user.on(2026, 1, 12).fill("com_acc", "AAPL", 100, "260.00")
    user.mark("com_acc", "AAPL", "265.00")
    user.tell(SplitApplied(ledger="com_acc", symbol="AAPL", ratio=2))
    assert balance_sheet(user.run).unmarked == ("com_acc:AAPL",)
    user.mark("com_acc", "AAPL", "132.50")
    assert balance_sheet(user.run).amount("unrealised") == D("499.30")


def test_a_statement_knows_the_books_of_a_day_that_is_past(user):
    user.on(2026, 1, 12).fill("gen_acc", PUT, -1, "1.69")
    user.on(2026, 1, 13).fill("gen_acc", PUT, 1, "0.69", opening=False)
    user.on(2026, 1, 14).earn("gen_acc", "12.00")
    monday, tuesday, end = (balance_sheet(user.run, at) for at in (date(2026, 1, 12), date(2026, 1, 13), None))
    assert [s.amount("premium") for s in (monday, tuesday, end)] == [D("168.30"), 0, 0]
    assert [s.amount("retained") for s in (monday, tuesday, end)] == [0, D("98.60"), D("110.60")]


def test_income_of_a_period_is_that_of_its_days(user):
    for day in (12, 13, 14):
        user.on(2026, 1, day).earn("gen_acc", f"{day}.00")
    of = [income_statement(user.run, *period).amount("4300") for period in (
        (None, None), (date(2026, 1, 13), None), (None, date(2026, 1, 13)), (date(2026, 1, 13), date(2026, 1, 13)),
        (date(2026, 1, 15), None),
    )]  # fmt: skip
    assert of == [39, 27, 25, 13, 0]


def test_cash_flow_says_what_cash_came_from(user):
    at = user.on(2026, 1, 12)
    at.fill("gen_acc", PUT, -2, "1.69")
    at.fill("gen_acc", PUT, 1, "0.55", opening=False)
    at.fill("rev_acc", HEDGE, 1, "5.00")
    at.fill("rev_acc", HEDGE, -1, "6.00", opening=False)
    at.fill("com_acc", "AAPL", 200, "260.00")
    at.fill("com_acc", "AAPL", -100, "261.00", opening=False)
    about = {"ledger": "gen_acc", "symbol": "AAPL"}
    at.tell(Assigned(**about, instrument=PUT, quantity=-1, settlement=D("268.00")))
    at.fill("gen_acc", CALL, -1, "2.00")
    at.tell(Expired(**about, instrument=CALL, quantity=-1, settlement=D("270.00")))
    at.tell(DividendAccrued(**about, shares=100, per_share=D("0.25"), cash=D("25.00")))
    at.tell(DividendReceived(**about, cash=D("10.00")))
    at.earn("com_acc", "7.00")
    at.earn("com_acc", "-3.00")
    assert told(cash_flow(user.run, date(2026, 1, 12))) == {
        "premium": "536.60", "bought_back": "-55.70", "options_bought": "-500.70", "options_sold": "599.30",
        "shares_bought": "-52000.70", "shares_sold": "26099.30", "delivered": "-27000.00", "dividends": "10.00",
        "interest": "7.00", "charges": "-3.00", "change": "-52307.90", "before": f"{sum_of_root()}",
        "after": str(user.cash),
    }  # fmt: skip


def sum_of_root():
    with open_ledger("sqlite://") as ledger:
        return User(ledger).cash


def test_a_fork_moves_cash_between_ledgers_and_none_of_the_users(user):
    user.fork()
    flow = cash_flow(user.run)
    assert [flow.amount("transfers", name) for name in ("gen_acc", "m1.gen_acc", "root", "m1", "user")] == [
        -100_000, 50_000, -100_000, 100_000, 0,
    ]  # fmt: skip
    sheet = balance_sheet(user.run)
    assert whole(sheet)
    assert [column.name for column in sheet.columns if column.kind == "account"] == ["root", "m1"]
    assert sheet.amount("forks", "m1") == 100_000
    assert (sheet.amount("forks"), sheet.amount("in_flight")) == (0, 0)


def test_between_two_phases_what_is_in_flight_is_shown(user):
    user.earn("gen_acc", "100000")
    cash = user.cash
    user.tell(user.mini())
    assert balance_sheet(user.run).amount("in_flight") == 0
    paid = next(e for each in user.run.book.unfinished.values() for e in each.missing if isinstance(e, ForkPaid))
    user.tell(paid)
    sheet = balance_sheet(user.run)
    assert whole(sheet)
    assert (sheet.amount("in_flight"), sheet.amount("cash")) == (100_000, cash - 100_000)
    user.finish()
    assert balance_sheet(user.run).amount("in_flight") == 0


def test_a_ledger_that_a_transfer_began_stands_in_the_account_of_its_source(user):
    user.fork()
    user.tell(user.transfer("m1.gen_acc", "m1.ladder", "500.00"))
    user.finish()
    sheet = balance_sheet(user.run)
    assert sheet.amount("due_to", "m1.ladder") == sheet.amount("due_from", "m1.gen_acc") == 500
    assert next(c.ledgers for c in sheet.columns if c.name == "m1") == ("m1.gen_acc", "m1.com_acc", "m1.ladder")


def test_appropriations_leave_equity_as_it_is(user):
    user.earn("rev_acc", "10000")
    before = balance_sheet(user.run).amount("equity", "rev_acc")
    user.tell(user.reinvest())
    sheet = balance_sheet(user.run)
    assert sheet.amount("equity", "rev_acc") == before
    parts = [sheet.amount(key, "rev_acc") for key in ("retained", "tax_reserve", "contracts", "leaps")]
    assert parts == [0, 3000, 5250, 1750]


def test_what_is_told_late_counts_on_its_day(user):
    user.on(2026, 1, 14).earn("gen_acc", "14.00")
    user.on(2026, 1, 13).earn("gen_acc", "13.00")
    user.on(2026, 1, 15).earn("gen_acc", "15.00")
    of = [income_statement(user.run, None, date(2026, 1, day)).amount("4300") for day in (12, 13, 14, 15)]
    assert of == [0, 13, 27, 42]


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        ("AAPL", "AAPL"),
        ("BRK.B", "BRK.B"),
        ("F", "X-F-X"),
        ("USD", "X-USD-X"),
        (PUT, "AAPL_260116P00270000"),
        ("F     260116P00010000", "F_260116P00010000"),
        ("AAPL1 260116P00270000", "AAPL1_260116P00270000"),
    ],
)
def test_beancount_has_a_legal_name_for_it(instrument, name):
    assert commodity(instrument) == name
    amount = pytest.importorskip("beancount.core.amount", reason="beancount is not installed: it is in the group dev")
    assert amount.from_string(f"1 {name}").currency == name


def test_a_life_with_a_fork_a_transfer_a_split_and_a_mark_is_taken_by_beancount(user):
    user.on(2026, 1, 12).fork()
    user.fill("com_acc", "AAPL", 200, "260.00")
    user.tell(SplitApplied(ledger="com_acc", symbol="AAPL", ratio=2))
    user.tell(at_mark(user.book("com_acc"), "com_acc:AAPL", D("131.00")))
    user.tell(user.transfer("rev_acc", "llms", "1000.00"))
    user.finish()
    user.tell(user.reinvest())
    text = "\n".join(beancount(user.run))
    assert "Assets:M1:M1-gen-acc:1010-Cash" in text
    assert "Assets:Root:Com-acc:1100-Stock-inventory-cost:Units  200 AAPL @ 0 USD" in text
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed: it is in the group dev")
    _, errors, _ = loader.load_string(text)
    assert errors == []
