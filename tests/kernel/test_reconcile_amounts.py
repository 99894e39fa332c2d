"""Dollars on both sides: B09, B12 and B14 of RECON, with their tolerances."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.model.events import CashBooked, DividendPaid, Funded, Mended, Valued
from tests.builders import FRIDAY, THURSDAY
from tests.kernel.accounts import Account, codes, holding, line, only


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc") as made:
        yield made


def explained(account, code, subject, theirs):
    account.write(Mended(rule=code, subject=subject, how="explained", theirs=theirs, actor="ann", reason="mine"))


# --- B09 ---


@pytest.mark.parametrize(("more", "nav", "found"), [
    ("10.00", None, []), ("-10.00", None, []), ("10.01", None, [("B09", "ACCOUNT")]),
    ("-10.01", None, [("B09", "ACCOUNT")]), ("1.00", "5000", []), ("1.01", "5000", [("B09", "ACCOUNT")]),
    ("25.00", "500000", []), ("25.01", "500000", [("B09", "ACCOUNT")]),
])  # fmt: skip
def test_cash_may_differ_by_a_dollar_or_half_a_basis_point_of_the_net_value(account, more, nav, found):
    theirs = account.states(cash=account.cash + Decimal(more), nav=None if nav is None else Decimal(nav))
    assert codes(account.compare(theirs)) == found


def test_cash_that_nothing_explains_is_told_as_a_difference(account):
    found = only(account.finds(cash=account.cash - Decimal("1234.5")))
    assert (found.subject, found.symbol, found.theirs) == ("cash", "", "-1,234.50")
    assert found.mends == ()


def test_an_explained_difference_stays_explained_as_cash_moves_and_no_longer_than_it_stays(account):
    explained(account, "B09", "cash", "-1,234.50")
    assert account.finds(cash=account.cash - Decimal("1234.50")) == ()
    account.hold("AAPL", 100, "99")
    assert account.finds(cash=account.cash - Decimal("1234.50")) == ()
    assert codes(account.finds(cash=account.cash - Decimal("1300"))) == [("B09", "ACCOUNT")]
    assert codes(account.finds()) == [("B09", "ACCOUNT")]


# --- B14 ---


def test_interest_and_fees_belong_to_all_ledgers_by_their_capital(account):
    theirs = account.states(lines=(line("-10.01", "fee", "", id="f1"),), cash=account.cash - Decimal("10.01"))
    found = only(account.compare(theirs))
    assert (found.code, found.action, found.subject) == ("B14", "INFO", "f1")
    assert [(event.ledger, event.what, event.amount) for event in found.mends] == [
        ("gen_acc", "fee", Decimal("-5.01")), ("rev_acc", "fee", Decimal("-5.00")),
    ]  # fmt: skip
    assert account.mend(theirs) == ()


def test_a_ledger_of_which_more_was_drawn_than_given_bears_nothing(account):
    account.write(Funded(ledger="rev_acc", amount=Decimal(-150000), rule="CAD-12"))
    (event,) = only(account.finds(lines=(line("-10.01", "fee", ""),), cash=account.cash - Decimal("10.01"))).mends
    assert (event.ledger, event.amount) == ("gen_acc", Decimal("-10.01"))


def test_a_line_that_is_booked_is_no_finding(account):
    account.write(CashBooked(ledger="gen_acc", rule="RECON B14", line="l1", what="interest", amount=Decimal("3.00")))
    assert account.finds(lines=(line("3.00", "interest", ""),)) == ()


def test_a_line_half_booked_is_booked_to_its_end(account):
    theirs = account.states(lines=(line("8.00", "interest", ""),), cash=account.cash + 8)
    first, *_ = only(account.compare(theirs)).mends
    account.write(first)
    assert account.mend(theirs) == ()
    assert account.cash == theirs.cash


def test_a_dividend_goes_to_those_who_hold_the_shares(account):
    account.hold("AAPL", 300, "99", ledger="rev_acc")
    theirs = account.states(lines=(line("78.00"),), cash=account.cash + 78)
    (event,) = only(account.compare(theirs)).mends
    assert (event.ledger, event.symbol, event.what, event.amount) == ("rev_acc", "AAPL", "dividend", Decimal("78.00"))
    assert account.mend(theirs) == ()


def dividend(account, per_share="0.26"):
    account.hold("AAPL", 300, "99")
    cash = Decimal(per_share) * 300
    account.write(DividendPaid(ledger="gen_acc", symbol="AAPL", shares=300, per_share=Decimal(per_share), cash=cash))


@pytest.mark.parametrize(("amount", "found"), [
    ("78.00", []), ("78.01", []), ("77.99", []), ("78.02", [("B14", "INFO")]), ("77.98", [("B14", "INFO")]),
])  # fmt: skip
def test_a_dividend_that_is_booked_may_differ_by_a_cent(account, amount, found):
    dividend(account)
    theirs = account.states(lines=(line(amount),), cash=account.cash - 78 + Decimal(amount))
    assert codes(account.compare(theirs)) == found


def test_of_a_dividend_paid_otherwise_the_difference_is_booked(account):
    dividend(account)
    theirs = account.states(lines=(line("66.30"),), cash=account.cash - Decimal("11.70"))
    (event,) = only(account.compare(theirs)).mends
    assert event.amount == Decimal("-11.70")
    assert account.mend(theirs) == ()
    assert account.cash == theirs.cash


def test_a_dividend_that_is_paid_weeks_after_its_ex_date_is_pending_until_then(account):
    dividend(account)
    assert account.finds(cash=account.cash - 78) == ()
    assert codes(account.finds(cash=account.cash - 100)) == [("B09", "ACCOUNT")]
    account.later(date(2026, 3, 12))
    assert account.finds(lines=(line("78.00", on=date(2026, 3, 12)),)) == ()


def test_a_dividend_is_pending_no_longer_than_it_may_be_and_not_once_it_is_paid(account):
    dividend(account)
    assert codes(account.finds(lines=(line("78.00"),), cash=account.cash - 78)) == [("B09", "ACCOUNT")]
    account.later(date(2026, 3, 30))
    assert codes(account.finds(cash=account.cash - 78)) == [("B09", "ACCOUNT")]


def test_a_line_pays_the_nearest_dividend_before_it(account):
    dividend(account)
    account.later(FRIDAY)
    account.write(DividendPaid(
        ledger="gen_acc", symbol="AAPL", shares=300, per_share=Decimal("1.00"), cash=Decimal("300.00"),
    ))  # fmt: skip
    assert account.finds(lines=(line("300.00", on=FRIDAY),)) == ()
    assert account.finds(lines=(line("300.00", on=FRIDAY), line("78.00", id="l2", on=THURSDAY))) == ()
    found = account.finds(lines=(line("78.00", on=date(2026, 2, 11)),), cash=account.cash + 78)
    assert codes(found) == [("B14", "INFO")]


def test_a_fee_on_shares_pays_no_dividend(account):
    dividend(account)
    theirs = account.states(lines=(line("78.00", "fee"),), cash=account.cash + 78)
    assert only(only(account.compare(theirs)).mends).amount == Decimal("78.00")


def test_a_dividend_of_a_quarter_ago_is_another_one(account):
    dividend(account)
    account.later(date(2026, 5, 14))
    theirs = account.states(lines=(line("78.00", on=date(2026, 5, 14)),), cash=account.cash + 78)
    assert codes(account.compare(theirs)) == [("B14", "INFO")]


def test_two_lines_do_not_pay_one_dividend(account):
    dividend(account)
    lines = line("78.00", id="l1"), line("78.00", id="l2")
    found = only(account.finds(lines=lines, cash=account.cash + 78))
    assert (found.subject, found.mends[0].amount) == ("l2", Decimal("78.00"))


# --- B12 ---


@pytest.fixture
def valued(account):
    """The evening of Thursday: two hundred thousand dollars, all of it cash."""
    for name in account.book.ledgers:
        account.write(Valued(
            ledger=name, day=THURSDAY, cash=Decimal(100000), equity=Decimal(100000), realised=Decimal(0),
            unrealised=Decimal(0), reserved=Decimal(0), at_touch=Decimal(100000),
        ))  # fmt: skip
    account.later(THURSDAY, "16:30")
    return account


@pytest.mark.parametrize(("nav", "found"), [
    ("200000", []), ("200200", []), ("200201", [("B12", "INFO")]), ("199800.2", []), ("199800", [("B12", "INFO")]),
    ("201005", [("B12", "INFO")]), ("201006", [("B12", "ACCOUNT")]), ("199004", [("B12", "ACCOUNT")]),
    (None, []),
])  # fmt: skip
def test_net_value_may_differ_by_a_tenth_of_a_percent_and_is_noted_up_to_half_of_one(valued, nav, found):
    assert codes(valued.finds(nav=None if nav is None else Decimal(nav))) == found


def test_marks_that_differ_are_noted_once(valued):
    theirs = valued.states(nav=Decimal(200600))
    assert valued.mend(theirs) == ()
    assert valued.finds(nav=Decimal(200700)) == ()
    assert codes(valued.finds(nav=Decimal(200900))) == [("B12", "INFO")]


def test_what_was_noted_does_not_make_room_for_more(valued):
    assert valued.mend(valued.states(nav=Decimal(200900))) == ()
    assert codes(valued.finds(nav=Decimal(201100))) == [("B12", "ACCOUNT")]


def test_an_explained_difference_of_net_value_is_where_it_is_measured_from(valued):
    explained(valued, "B12", "nav", "+5,000.00")
    assert valued.finds(nav=Decimal(205000)) == ()
    assert codes(valued.finds(nav=Decimal(200000))) == [("B12", "ACCOUNT")]


def test_cash_that_was_explained_is_part_of_the_net_value(valued):
    explained(valued, "B09", "cash", "-5,000.00")
    assert valued.finds(cash=valued.cash - 5000, nav=Decimal(195000)) == ()


def test_net_value_and_bases_wait_until_nothing_is_left_to_be_booked(valued):
    valued.hold("AAPL", 100, "99")
    more = {"nav": Decimal(210000), "holdings": (holding("AAPL", 100, "1"),)}
    fee = {"lines": (line("-5.00", "fee", ""),), "cash": valued.cash - 5}
    assert codes(valued.finds(**more)) == [("B12", "ACCOUNT"), ("B16", "SYMBOL")]
    assert codes(valued.finds(**more, **fee)) == [("B14", "INFO")]


@pytest.mark.parametrize(("day", "clock", "compared"), [
    (THURSDAY, "15:59", False), (THURSDAY, "16:00", True), (FRIDAY, "08:30", True), (FRIDAY, "09:30", False),
])  # fmt: skip
def test_net_value_is_compared_on_the_marks_of_a_close_and_not_while_they_move(valued, day, clock, compared):
    valued.later(day, clock)
    assert bool(valued.finds(nav=Decimal(210000))) is compared


def test_books_that_were_never_valued_are_not_compared(account):
    assert account.finds(nav=Decimal(210000)) == ()
