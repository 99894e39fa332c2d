"""Dollars on both sides: B09, B12 and B14 of RECON, with their tolerances."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.model.events import CashBooked, DividendAccrued, Funded, Mended, Valued
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
    assert (found.subject, found.symbol, found.ours, found.theirs) == ("cash", "", "0.00", "-1,234.50")
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


def dividend(account, per_share="0.26", *, shares=300, ledger="gen_acc", pay_day=None, symbol="AAPL"):
    """Shares that have just gone ex: their dividend is awaited."""
    account.hold(symbol, shares, "99", ledger=ledger)
    accrue(account, per_share, shares=shares, ledger=ledger, pay_day=pay_day, symbol=symbol)


def accrue(account, per_share, *, shares=300, ledger="gen_acc", pay_day=None, symbol="AAPL"):
    account.write(DividendAccrued(
        ledger=ledger, symbol=symbol, shares=shares, per_share=Decimal(per_share), cash=Decimal(per_share) * shares,
        pay_day=pay_day,
    ))  # fmt: skip


def awaited(account):
    return {name: dict(ledger.receivable) for name, ledger in account.book.ledgers.items() if ledger.receivable}


def test_the_line_of_a_dividend_that_is_awaited_pays_it_once(account):
    dividend(account)
    before, income = account.cash, account.book.ledgers["gen_acc"].realised
    theirs = account.states(lines=(line("78.00"),), cash=before + 78)
    found = only(account.compare(theirs))
    assert (found.code, found.action, found.subject, found.ours, found.theirs) == (
        "B14", "INFO", "l1", "+78.00", "+78.00",
    )  # fmt: skip
    (paid,) = found.mends
    assert (paid.kind, paid.ledger, paid.cash, paid.ex_day, paid.line) == (
        "DividendReceived", "gen_acc", Decimal("78.00"), THURSDAY, "l1",
    )  # fmt: skip
    assert account.mend(theirs) == ()
    assert (account.cash, awaited(account)) == (before + 78, {})
    assert account.book.ledgers["gen_acc"].realised == income
    assert account.finds(lines=(line("78.00"),)) == ()
    with pytest.raises(KernelError, match="line l1 of the broker's account is already booked"):
        account.write(paid)


def test_a_dividend_of_several_ledgers_is_paid_to_each_under_a_name_of_its_own(account):
    dividend(account)
    dividend(account, shares=200, ledger="rev_acc")
    theirs = account.states(lines=(line("130.00"),), cash=account.cash + 130)
    first, second = only(account.compare(theirs)).mends
    assert [(e.ledger, e.cash, e.line) for e in (first, second)] == [
        ("gen_acc", Decimal("78.00"), "l1/gen_acc/paid"), ("rev_acc", Decimal("52.00"), "l1"),
    ]  # fmt: skip
    account.write(first)
    assert account.mend(theirs) == ()
    assert (account.cash, awaited(account)) == (theirs.cash, {})


@pytest.mark.parametrize(("amount", "more"), [
    ("78.00", []), ("78.01", []), ("77.99", []), ("78.02", ["0.02"]), ("77.98", ["-0.02"]),
])  # fmt: skip
def test_a_dividend_that_is_paid_may_differ_by_a_cent(account, amount, more):
    dividend(account)
    theirs = account.states(lines=(line(amount),), cash=account.cash + Decimal(amount))
    paid, *rest = only(account.compare(theirs)).mends
    assert (paid.kind, paid.cash) == ("DividendReceived", Decimal("78.00"))
    assert [(e.kind, e.what, str(e.amount)) for e in rest] == [("CashBooked", "dividend", each) for each in more]
    assert account.mend(theirs) == ()


def test_of_a_dividend_paid_otherwise_the_difference_is_booked(account):
    dividend(account)
    theirs = account.states(lines=(line("66.30"),), cash=account.cash + Decimal("66.30"))
    paid, rest = only(account.compare(theirs)).mends
    assert (paid.line, rest.line, rest.amount) == ("l1/gen_acc/paid", "l1", Decimal("-11.70"))
    assert account.mend(theirs) == ()
    assert (account.cash, awaited(account)) == (theirs.cash, {})
    assert account.book.ledgers["gen_acc"].realised == Decimal("66.30")


def test_a_dividend_fits_cash_with_it_or_without_it_until_its_line_comes(account):
    dividend(account, pay_day=date(2026, 3, 12))
    assert account.finds(cash=account.cash + 78) == ()
    assert account.finds() == ()
    assert codes(account.finds(cash=account.cash + 100)) == [("B09", "ACCOUNT")]
    account.later(date(2026, 3, 12))
    theirs = account.states(lines=(line("78.00", on=date(2026, 3, 12)),), cash=account.cash + 78)
    assert account.mend(theirs) == ()
    assert awaited(account) == {}


def test_a_dividend_is_pending_no_longer_than_it_may_be_and_not_once_it_is_paid(account):
    dividend(account, pay_day=date(2026, 3, 12))
    account.later(date(2026, 3, 11))
    assert account.finds(cash=account.cash + 78) == ()
    account.later(date(2026, 3, 30))
    assert codes(account.finds(cash=account.cash + 78)) == [("B09", "ACCOUNT")]
    account.later(date(2026, 3, 12))
    assert account.mend(account.states(lines=(line("78.00"),), cash=account.cash + 78)) == ()
    assert codes(account.finds(lines=(line("78.00"),), cash=account.cash + 78)) == [("B09", "ACCOUNT")]


def test_where_a_broker_tells_no_lines_cash_that_is_there_pays_what_is_due(account):
    dividend(account, pay_day=FRIDAY)
    dividend(account, "1.00", shares=100, ledger="rev_acc", pay_day=date(2026, 2, 20), symbol="MSFT")
    assert account.finds() == ()
    assert account.mend(account.states(cash=account.cash + 78)) == ()
    assert awaited(account) == {"gen_acc": {"AAPL": Decimal("78.00")}, "rev_acc": {"MSFT": Decimal("100.00")}}
    account.later(FRIDAY)
    found = only(account.finds(cash=account.cash + 78))
    assert (found.code, found.action, found.subject, found.theirs) == ("B14", "INFO", "AAPL 2026-02-12", "+78.00")
    assert account.mend(account.states(cash=account.cash + 78)) == ()
    assert awaited(account) == {"rev_acc": {"MSFT": Decimal("100.00")}}
    account.later(date(2026, 2, 23))
    assert account.finds() == ()
    assert account.mend(account.states(cash=account.cash + Decimal("100.50"))) == ()
    assert awaited(account) == {}


def test_two_dividends_may_have_come_since_the_last_look(account):
    dividend(account, pay_day=FRIDAY)
    dividend(account, "1.00", shares=100, ledger="rev_acc", pay_day=FRIDAY, symbol="MSFT")
    account.later(FRIDAY)
    assert codes(account.finds(cash=account.cash + 178)) == [("B14", "INFO"), ("B14", "INFO")]
    assert only(account.finds(cash=account.cash + 100)).symbol == "MSFT"
    assert account.mend(account.states(cash=account.cash + 178)) == ()
    assert awaited(account) == {}


def test_the_line_of_a_dividend_that_cash_has_paid_is_not_booked_again(account):
    dividend(account, pay_day=THURSDAY)
    assert account.mend(account.states(cash=account.cash + 78)) == ()
    assert awaited(account) == {}
    assert account.finds(lines=(line("78.00"),)) == ()


def test_a_line_pays_the_nearest_dividend_before_it(account):
    dividend(account)
    account.later(FRIDAY)
    accrue(account, "1.00")
    (paid,) = only(account.finds(lines=(line("300.00", on=FRIDAY),), cash=account.cash + 300)).mends
    assert (paid.cash, paid.ex_day) == (Decimal("300.00"), FRIDAY)
    both = line("300.00", on=FRIDAY), line("78.00", id="l2", on=THURSDAY)
    assert account.mend(account.states(lines=both, cash=account.cash + 378)) == ()
    assert awaited(account) == {}
    found = account.finds(lines=(line("78.00", id="l3", on=date(2026, 2, 11)),), cash=account.cash + 78)
    assert codes(found) == [("B14", "INFO")]


def test_a_fee_on_shares_or_a_dividend_that_is_taken_back_pays_no_dividend(account):
    dividend(account)
    for amount, kind in (("78.00", "fee"), ("-78.00", "dividend")):
        theirs = account.states(lines=(line(amount, kind),), cash=account.cash + Decimal(amount))
        (event,) = only(account.compare(theirs)).mends
        assert (event.kind, event.amount) == ("CashBooked", Decimal(amount))


def test_a_dividend_of_a_quarter_ago_is_another_one(account):
    dividend(account)
    account.later(date(2026, 5, 14))
    theirs = account.states(lines=(line("78.00", on=date(2026, 5, 14)),), cash=account.cash + 78)
    (event,) = only(account.compare(theirs)).mends
    assert (event.kind, event.amount) == ("CashBooked", Decimal("78.00"))


def test_two_lines_do_not_pay_one_dividend(account):
    dividend(account)
    lines = line("78.00", id="l1"), line("78.00", id="l2")
    first, second = account.finds(lines=lines, cash=account.cash + 156)
    assert [mend.kind for found in (first, second) for mend in found.mends] == ["DividendReceived", "CashBooked"]
    assert second.subject == "l2"


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
