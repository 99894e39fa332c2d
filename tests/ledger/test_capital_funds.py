"""What of a ledger's capital is set apart: appropriations, dividends on their way, marks (FK-7, TX-8, LG-2, LG-3)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.ledger.capital import appropriated, at_mark, off_mark
from allusr_sdk.ledger.queries import balances
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.events import (
    BudgetSpent,
    DividendAccrued,
    DividendReceived,
    Expired,
    ForkCapped,
    Marked,
    SplitApplied,
)
from tests.ledger.capital_words import PUT, User, accounts, otherwise
from tests.ledger.moving import refused

D = Decimal
KEY = f"gen_acc:{PUT}"
APPLE = {"ledger": "com_acc", "symbol": "AAPL"}
ACCRUED = DividendAccrued(**APPLE, shares=100, per_share=D("0.26"), cash=D("26.00"))


@pytest.fixture
def user(memory):
    return User(memory)


def stands(user, ledger, account):
    return sum(b.amount for b in balances(user.run) if (b.ledger, b.account) == (ledger, account))


# --- appropriations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gain", "parts"),
    [
        ("10000", ("3000.00", "5250.00", "1750.00")),
        ("2250", ("675.00", "1181.25", "393.75")),
        ("0.01", ("0.00", "0.01", "0.00")),
        ("333.33", ("100.00", "175.00", "58.33")),
    ],
)
def test_a_gain_is_appropriated_to_the_cent(gain, parts):
    found = appropriated(D(gain), D("0.30"), D("0.75"))
    assert found == tuple(map(D, parts))
    assert sum(found) == D(gain)


def test_an_appropriation_moves_no_cash_and_never_raises_the_base(user):
    before = user.book("rev_acc")
    posted = accounts(user.tell(user.reinvest()))
    assert posted == {"3100": 1_000_000, "3500": -300_000, "3510": -525_000, "3520": -175_000}
    rev = user.book("rev_acc")
    assert (rev.cash, rev.base, rev.equity, rev.realised) == (before.cash, before.base, before.equity, 0)
    assert (rev.tax_reserve, rev.contracts_budget, rev.leap_budget) == (D("3000"), D("5250"), D("1750"))
    assert (rev.released, rev.reinvested) == (D("5250"), "2026-Q1")
    assert user.sound()


def test_the_tax_reserve_is_no_equity_of_forks_and_no_free_cash(user):
    before = user.book("rev_acc")
    user.tell(user.reinvest())
    rev = user.book("rev_acc")
    assert before.surplus - rev.surplus == before.own_equity - rev.own_equity == before.free - rev.free == D("3000")
    assert before.deployable - rev.deployable == D("3000") + D("1750")
    refused(user, user.transfer("rev_acc", "llms", "87000.01"), "free cash is 87,000.00")


def test_budgets_that_are_not_spent_carry_forward(user):
    user.tell(user.reinvest("rev_acc", "2026-Q1"), user.reinvest("rev_acc", "2026-Q2"))
    rev = user.book("rev_acc")
    assert (rev.tax_reserve, rev.leap_budget, rev.released) == (D("6000"), D("3500"), D("10500"))


def test_what_a_budget_paid_for_goes_back_to_retained_earnings_and_stays_released(user):
    user.tell(user.reinvest("com_acc"))
    spent = BudgetSpent(ledger="com_acc", rule="FK-7", key="o1", budget="contracts", amount=D("5000"))
    assert accounts(user.tell(spent)) == {"3510": 500_000, "3100": -500_000}
    com = user.book("com_acc")
    assert (com.contracts_budget, com.released) == (D("250"), D("5250"))
    user.tell(otherwise(spent, key="cents", amount=D("0.50")), otherwise(spent, key="o3", amount=D("249.50")))
    assert user.book("com_acc").contracts_budget == 0
    refused(user, spent, "it has already begun: a phase is booked once")
    refused(user, otherwise(spent, key="o2", amount=D("0.01")), "0.01 of a contracts budget of 0")
    refused(user, otherwise(spent, key="o2", amount=D("0")), "0 of a contracts budget")
    refused(user, otherwise(spent, key="o2", budget="beer"), "'beer' is no budget of com_acc")


@pytest.mark.parametrize(
    ("quarter", "parts", "why"),
    [
        ("2026-Q1", (), "2026-Q1 is already appropriated, the last one was 2026-Q1"),
        ("2025-Q4", (), "2025-Q4 is already appropriated"),
        ("2026", (), "'2026' is no quarter"),
        ("2026-Q2", ("-1", "2", "3"), "is no appropriation of a gain of 4"),
        ("2026-Q2", ("0", "0", "0"), "is no appropriation of a gain of 0"),
        ("2026-Q2", ("0.001", "1", "1"), "is no whole number of cents"),
    ],
)
def test_a_quarter_is_appropriated_once_and_in_whole_cents(user, quarter, parts, why):
    user.tell(user.reinvest())
    refused(user, user.reinvest("rev_acc", quarter, *parts), why)


def test_a_part_of_nothing_is_a_part(user):
    user.tell(user.reinvest("rev_acc", "2026-Q1", "0.00", "0.01", "0.00"))
    assert (user.book("rev_acc").contracts_budget, user.book("rev_acc").reinvested) == (D("0.01"), "2026-Q1")


def test_parts_that_are_not_the_gain_are_no_appropriation(user):
    refused(
        user, otherwise(user.reinvest(), gain=D("9999")), r"3000 \+ 5250 \+ 1750 is no appropriation of a gain of 9999"
    )


def test_a_fork_refused_by_the_cap_is_said_and_changes_nothing(user):
    before = user.run.book
    user.tell(ForkCapped(ledger="gen_acc", rule="FK-5", key="gen_acc:2026-W02", active=8, amount=D("100000")))
    assert user.run.book.ledgers == before.ledgers
    assert user.run.book.nodes == before.nodes
    assert user.sound()


def test_results_of_finished_quarters_are_remembered(user):
    user.earn("rev_acc", "1000")
    user.on(2026, 4, 1).earn("rev_acc", "-400")
    user.on(2026, 7, 1).earn("rev_acc", "50")
    rev = user.book("rev_acc")
    assert rev.results == {"2026-Q1": D("1000"), "2026-Q2": D("-400")}
    assert rev.quarter.label == "2026-Q3"
    for year in range(2027, 2030):
        user.on(year, 1, 4).earn("rev_acc", "1")
        user.on(year, 7, 1).earn("rev_acc", "1")
    assert len(user.book("rev_acc").results) == 8
    assert list(user.book("rev_acc").results)[-1] == "2029-Q1"


def test_what_the_books_show_of_a_ledger_cannot_be_changed(user):
    user.earn("rev_acc", "1000")
    user.on(2026, 4, 1).fill("rev_acc", PUT, -1, "1.50")
    user.tell(at_mark(user.book("rev_acc"), f"rev_acc:{PUT}", D("2.10")))
    rev = user.book("rev_acc")
    for shown in (rev.results, rev.revalued, rev.positions, rev.pinned):
        with pytest.raises(TypeError, match="does not support item assignment"):
            shown["x"] = D("1")


# --- dividends whose pay date is known ------------------------------------------------------------------------------


def test_a_dividend_is_income_on_its_ex_date_and_cash_when_it_is_paid(user):
    user.fill("com_acc", "AAPL", 100, "200.00")
    cash = user.book("com_acc").cash
    assert accounts(user.tell(ACCRUED)) == {"1300": 2600, "4200": -2600}
    com = user.book("com_acc")
    assert (com.cash, com.realised, com.receivable) == (cash, D("26.00"), {"AAPL": D("26.00")})
    assert user.sound()
    assert accounts(user.tell(DividendReceived(**APPLE, cash=D("26.00")))) == {"1010": 2600, "1300": -2600}
    com = user.book("com_acc")
    assert (com.cash - cash, com.realised, com.receivable) == (D("26.00"), D("26.00"), {})
    assert [*user.run.dividends.values()] == [D("26.00")]
    assert user.sound()


def test_a_dividend_that_does_not_fit_the_shares_or_what_is_receivable_is_refused(user):
    user.fill("com_acc", "AAPL", 100, "200.00")
    refused(user, otherwise(ACCRUED, shares=200), "a dividend on 200 of 100 shares held")
    refused(user, otherwise(ACCRUED, cash=D("26.01")), "100 shares at 0.26 do not pay 26.01")
    user.tell(ACCRUED)
    refused(user, DividendReceived(**APPLE, cash=D("26.01")), "26.01 of AAPL are paid, 26.00 are receivable")
    refused(user, DividendReceived(**APPLE, cash=D("0.00")), "0.00 of AAPL are paid")
    refused(user, otherwise(DividendReceived(**APPLE, cash=D("26.00")), symbol="MSFT"), "0.00 are receivable")


def test_of_two_dividends_on_their_way_the_one_that_is_named_is_paid_else_the_oldest(user):
    user.fill("com_acc", "AAPL", 100, "200.00")
    days = [user.tell(otherwise(ACCRUED, pay_day=pay_day)).at.date() for pay_day in (None, date(2026, 9, 1))]
    user.on(2026, 8, 10)
    days.append(user.tell(otherwise(ACCRUED, per_share=D("0.30"), cash=D("30.00"))).at.date())
    assert [(one.symbol, one.cash, one.pay_day) for one in user.book("com_acc").awaited] == [
        ("AAPL", D("26.00"), None), ("AAPL", D("26.00"), date(2026, 9, 1)), ("AAPL", D("30.00"), None),
    ]  # fmt: skip
    assert [one.ex_day for one in user.book("com_acc").awaited] == days
    refused(user, DividendReceived(**APPLE, cash=D("30.01"), ex_day=days[2]), "30.01 of AAPL are paid, 30.00 are")
    user.tell(DividendReceived(**APPLE, cash=D("30.00"), ex_day=days[2]))
    user.tell(DividendReceived(**APPLE, cash=D("27.00")))
    assert [(one.cash, one.pay_day) for one in user.book("com_acc").awaited] == [(D("25.00"), date(2026, 9, 1))]
    assert user.sound()


def test_a_line_of_the_account_pays_a_dividend_once(user):
    user.fill("com_acc", "AAPL", 100, "200.00")
    user.tell(ACCRUED)
    user.tell(DividendReceived(**APPLE, cash=D("12.50"), line="l1"), DividendReceived(**APPLE, cash=D("0.50")))
    refused(user, DividendReceived(**APPLE, cash=D("13.00"), line="l1"), "line l1 of the broker's account is already")
    user.tell(DividendReceived(**APPLE, cash=D("13.00")))
    assert user.run.lines == {"l1"}


def test_shares_that_are_sold_after_the_ex_date_are_paid_all_the_same(user):
    user.fill("com_acc", "AAPL", 100, "200.00")
    user.tell(ACCRUED)
    user.fill("com_acc", "AAPL", -100, "199.00", opening=False)
    user.tell(DividendReceived(**APPLE, cash=D("26.00")))
    assert user.book("com_acc").receivable == {}
    assert user.sound()


# --- marks ----------------------------------------------------------------------------------------------------------


def test_a_short_option_at_its_mark_is_a_loss_that_is_not_realised(user):
    user.fill("gen_acc", PUT, -1, "1.50")
    event = at_mark(user.book("gen_acc"), KEY, D("2.10"))
    assert (event.amount, event.symbol, event.rule) == (D("-60.70"), "AAPL", "LG-2")
    assert accounts(user.tell(event)) == {"6010": 6070, "2190": -6070}
    gen = user.book("gen_acc")
    assert (gen.realised, gen.revalued) == (0, {KEY: D("-60.70")})
    assert user.sound()
    back = off_mark(gen, KEY)
    assert (back.amount, back.symbol, back.rule, back.undone) == (D("-60.70"), "AAPL", "LG-2", True)
    assert accounts(user.tell(back)) == {"2190": 6070, "6010": -6070}
    assert user.book("gen_acc").revalued == {}
    assert disposals(user.run) == ()
    assert user.sound()


def test_what_is_owned_stands_at_its_mark_in_accounts_of_its_own(user):
    user.fill("com_acc", "AAPL", 100, "200.00")
    event = at_mark(user.book("com_acc"), "com_acc:AAPL", D("210.00"))
    assert accounts(user.tell(event)) == {"1290": 99_930, "6020": -99_930}
    assert user.sound()


def test_a_mark_is_taken_back_when_its_position_has_ended_or_goes_by_another_name(user):
    user.fill("gen_acc", PUT, -1, "1.50")
    user.fill("gen_acc", "AAPL", 100, "200.00")
    for key in (KEY, "gen_acc:AAPL"):
        user.tell(at_mark(user.book("gen_acc"), key, D("3.10")))
    user.tell(SplitApplied(ledger="gen_acc", symbol="AAPL", ratio=2))
    name = next(key for key in user.book("gen_acc").positions if key != "gen_acc:AAPL").partition(":")[2]
    user.on(2026, 2, 13).tell(
        Expired(ledger="gen_acc", symbol="AAPL", instrument=name, quantity=-2, settlement=D("190"))
    )
    for key in (KEY, "gen_acc:AAPL"):
        user.tell(off_mark(user.book("gen_acc"), key))
    assert {stands(user, "gen_acc", account) for account in ("1290", "2190", "6010", "6020")} == {0}
    assert user.sound()


def test_a_mark_that_is_wrong_or_stands_already_is_refused(user):
    user.fill("gen_acc", PUT, -1, "1.50")
    event = at_mark(user.book("gen_acc"), KEY, D("2.10"))
    refused(user, otherwise(event, amount=D("60.70")), "is -60.70 off, not 60.70")
    refused(user, otherwise(event, mark=D("NaN")), "or NaN is no mark")
    refused(user, otherwise(event, position="gen_acc:MSFT"), "gen_acc:MSFT is not held")
    refused(user, otherwise(event, undone=True), f"-60.70 of {KEY} to take back, None stands")
    user.tell(event)
    refused(user, event, "is already at a mark: take back its -60.70 first")
    refused(user, otherwise(event, undone=True, amount=D("-60.71")), "to take back, -60.70 stands")


def test_a_mark_of_a_session_is_no_mark_in_the_accounts(user):
    user.fill("gen_acc", PUT, -1, "1.50")
    entry = user.tell(Marked(ledger="gen_acc", symbol="AAPL", position=KEY, mark=D("2.10")))
    assert entry.lines == ()
