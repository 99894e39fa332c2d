"""Dollars that lie exactly on a bound, and who bears them where several may (B09, B14)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.events import CashBooked, DividendAccrued, DividendReceived, Funded, Mended, Valued
from tests.builders import FRIDAY, RULES, THURSDAY
from tests.kernel.accounts import Account, codes, line, only


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc") as made:
        yield made


def dividend(account, per_share="0.26", *, shares=300, ledger="gen_acc", pay_day=None):
    account.hold("AAPL", shares, "99", ledger=ledger)
    account.write(DividendAccrued(
        ledger=ledger, symbol="AAPL", shares=shares, per_share=Decimal(per_share), cash=Decimal(per_share) * shares,
        pay_day=pay_day,
    ))  # fmt: skip


def booked(finding):
    return [(e.ledger, e.kind, e.line) for e in finding.mends]


def test_what_a_line_books_names_its_rule_and_its_share(account):
    dividend(account)
    found = only(account.finds(lines=(line("80.00"),), cash=account.cash + 80))
    assert (found.symbol, [e.rule for e in found.mends]) == ("AAPL", ["RECON B14", "RECON B14"])


def test_each_part_of_a_dividend_that_is_paid_otherwise_has_a_name_of_its_own(account):
    dividend(account)
    dividend(account, shares=200, ledger="rev_acc")
    theirs = account.states(lines=(line("135.00"),), cash=account.cash + 135)
    assert booked(only(account.compare(theirs))) == [
        ("gen_acc", "DividendReceived", "l1/gen_acc/paid"), ("rev_acc", "DividendReceived", "l1/rev_acc/paid"),
        ("gen_acc", "CashBooked", "l1/gen_acc"), ("rev_acc", "CashBooked", "l1"),
    ]  # fmt: skip
    assert account.mend(theirs) == ()
    assert account.cash == theirs.cash


@pytest.mark.parametrize(("bases", "bearers"), [
    (("1", "0"), {"gen_acc": "-10.01"}), (("0", "0"), {"gen_acc": "-5.01", "rev_acc": "-5.00"}),
])  # fmt: skip
def test_a_fee_falls_on_the_last_dollar_of_capital_and_without_any_on_all_alike(account, bases, bearers):
    for name, base in zip(account.book.ledgers, bases, strict=True):
        account.write(Funded(ledger=name, amount=Decimal(base) - 100000, rule="CAD-12"))
    found = only(account.finds(lines=(line("-10.01", "fee", ""),), cash=account.cash - Decimal("10.01")))
    assert {e.ledger: str(e.amount) for e in found.mends} == bearers


def test_a_line_after_one_that_is_booked_is_seen(account):
    account.write(CashBooked(ledger="gen_acc", rule="RECON B14", line="l1", what="interest", amount=Decimal("3.00")))
    lines = line("3.00", "interest", ""), line("4.00", "interest", "", id="l2")
    assert only(account.finds(lines=lines, cash=account.cash + 4)).subject == "l2"


def test_a_fee_of_a_cent_is_booked(account):
    theirs = account.states(lines=(line("-0.01", "fee", ""),), cash=account.cash - Decimal("0.01"))
    assert codes(account.compare(theirs)) == [("B14", "INFO")]
    assert account.mend(theirs) == ()
    assert account.cash == theirs.cash


@pytest.mark.parametrize(("told", "more"), [("78.01", []), ("78.02", ["0.02"]), ("77.98", ["-0.02"])])
def test_the_line_of_a_dividend_that_is_in_the_books_tells_what_differs_by_more_than_a_cent(account, told, more):
    dividend(account)
    account.write(DividendReceived(
        ledger="gen_acc", symbol="AAPL", rule="RECON B14", cash=Decimal("78.00"), ex_day=THURSDAY,
    ))  # fmt: skip
    assert [str(e.amount) for found in account.finds(lines=(line(told),)) for e in found.mends] == more


def test_a_line_of_nothing_pays_no_dividend(account):
    dividend(account)
    (event,) = only(account.finds(lines=(line("0.00"),))).mends
    assert (event.kind, event.ledger, event.amount) == ("CashBooked", "gen_acc", Decimal(0))


@pytest.mark.parametrize(("told", "due", "what", "cause"), [
    ("5.00", None, "is not in the books", "a line of the account that no execution explains"),
    ("78.00", "0.26", "is paid", "a dividend that was awaited"),
    ("66.30", "0.26", "is not in the books", "the broker paid another amount"),
])  # fmt: skip
def test_a_line_is_told_with_what_is_known_of_it(account, told, due, what, cause):
    if due:
        dividend(account, due)
    found = only(account.finds(lines=(line(told),), cash=account.cash + Decimal(told)))
    assert (found.what, found.cause) == (f"dividend l1 of 2026-02-12 {what}", cause)


def test_a_line_of_less_than_nothing_and_of_no_cent_is_told_as_nothing(account):
    found = only(account.finds(lines=(line("-0.00", "interest", ""),)))
    assert (found.ours, found.theirs) == ("+0.00", "+0.00")


def test_a_dividend_of_a_dollar_is_paid(account):
    dividend(account, "0.01", shares=100)
    (paid,) = only(account.finds(lines=(line("1.00"),), cash=account.cash + 1)).mends
    assert (paid.kind, paid.cash) == ("DividendReceived", Decimal("1.00"))


def test_cash_pays_what_is_due_as_long_as_it_is_off_by_no_more_than_cash_may_be(account):
    dividend(account, pay_day=THURSDAY)
    theirs = account.states(nav=Decimal(200000), cash=account.cash + 88)
    assert codes(account.compare(theirs)) == [("B14", "INFO")]
    assert codes(account.compare(evolve(theirs, cash=theirs.cash + Decimal("0.01")))) == [("B09", "ACCOUNT")]


@pytest.mark.parametrize(("more", "found"), [(0, []), (1, [("B09", "ACCOUNT")])])
def test_the_last_day_on_which_a_dividend_may_be_on_its_way_is_one_of_them(account, more, found):
    account.later(FRIDAY)
    last = FRIDAY + timedelta(days=RULES.integer("RECON.dividend_days"))
    dividend(account, pay_day=last + timedelta(days=5))
    account.later(last + timedelta(days=more))
    assert codes(account.finds(cash=account.cash + 78)) == found


@pytest.mark.parametrize(("more", "kind"), [(0, "DividendReceived"), (1, "CashBooked")])
def test_the_last_day_on_which_a_line_pays_a_dividend_is_one_of_them(account, more, kind):
    dividend(account)
    on = THURSDAY + timedelta(days=RULES.integer("RECON.dividend_days") + more)
    account.later(THURSDAY + timedelta(days=47))
    assert only(account.finds(lines=(line("78.00", on=on),), cash=account.cash + 78)).mends[0].kind == kind


# --- explained differences ---


def explained(account, code, subject, theirs):
    account.write(Mended(rule=code, subject=subject, how="explained", theirs=theirs, actor="ann", reason="mine"))


def test_cash_is_measured_from_what_was_explained(account):
    explained(account, "B09", "cash", "-1,234.50")
    assert account.finds(cash=account.cash - Decimal("1244.50")) == ()
    assert codes(account.finds(cash=account.cash - Decimal("1244.51"))) == [("B09", "ACCOUNT")]


@pytest.mark.parametrize(("difference", "found"), [
    ("+9,790.00", []), ("+9,789.99", [("B12", "INFO")]), ("+8,950.00", [("B12", "INFO")]),
    ("+8,949.99", [("B12", "ACCOUNT")]),
])  # fmt: skip
def test_net_value_is_measured_from_what_was_explained_and_its_bounds_are_allowed(account, difference, found):
    for name in account.book.ledgers:
        account.write(Valued(
            ledger=name, day=THURSDAY, cash=Decimal(100000), equity=Decimal(100000), realised=Decimal(0),
            unrealised=Decimal(0), reserved=Decimal(0), at_touch=Decimal(100000),
        ))  # fmt: skip
    account.later(THURSDAY, "16:30")
    explained(account, "B12", "nav", difference)
    told = account.finds(nav=Decimal(210000))
    assert codes(told) == found
    assert [(e.actor, e.reason) for each in told for e in each.mends] == [
        ("engine", "marks differ by less than anyone is asked about") for code in found if code == ("B12", "INFO")
    ]
