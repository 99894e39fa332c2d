"""How each of several options ended, where shares, cash, last prices or ledgers leave more ways than one (B10)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Assigned, Expired
from tests.builders import FRIDAY, THURSDAY, contract
from tests.kernel.accounts import PUT, Account, codes, holding

D = Decimal
TUESDAY = date(2026, 2, 17)  # Monday is Presidents' Day


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc", cash="400000") as made:
        yield made


def stated(account, *, cash=0, **held):
    return account.states(holdings=tuple(holding(k, q) for k, q in held.items()), cash=account.cash + D(cash))


def booked(found):
    return [(event.ledger, type(event), event.quantity) for finding in found for event in finding.mends]


def test_a_symbol_after_one_whose_ledgers_hold_opposite_sides_is_booked_all_the_same(account):
    account.hold(PUT, -3)
    account.hold(PUT, 1, ledger="rev_acc")
    account.hold(contract(410, root="MSFT"), -1)
    found = account.compare(stated(account, MSFT=100, cash=-41000))
    assert booked(found) == [("gen_acc", Assigned, -1)]


def test_more_shares_than_what_expired_can_bring_are_no_assignment(account):
    account.hold(PUT, -2)
    account.later(TUESDAY, "08:30")
    found = account.compare(stated(account, AAPL=300, cash=-30000))
    assert booked(found) == []
    assert (found[0].code, found[0].action, found[0].cause) == ("B10", "SYMBOL", "the shares that moved do not fit")


def test_what_was_assigned_in_a_ledger_has_not_expired_in_it_too(account):
    account.closes["AAPL"] = D("100")
    account.hold(PUT, -1)
    account.hold(PUT, -3, ledger="rev_acc")
    account.later(TUESDAY, "08:30")
    theirs = stated(account, AAPL=200, cash=-20000)
    assert booked(account.compare(theirs)) == [
        ("gen_acc", Assigned, -1), ("rev_acc", Assigned, -1), ("rev_acc", Expired, -2),
    ]  # fmt: skip
    assert account.mend(theirs) == ()
    assert account.book.positions[0].quantity == 100


@pytest.mark.parametrize(("close", "fits"), [("99.99", True), ("100.00", False), ("99.49", False)])
def test_a_cent_in_the_money_is_exercised_where_cash_cannot_tell(account, close, fits):
    near = contract("99.50")
    account.hold(PUT, -1)
    account.hold(near, -1)
    account.closes["AAPL"] = D(close)
    account.later(TUESDAY, "08:30")
    found = account.compare(stated(account, AAPL=100, cash=-9975))
    assert {f.subject: type(f.mends[0]) for f in found if f.mends} == (
        {PUT.osi: Assigned, near.osi: Expired} if fits else {}
    )


def test_what_the_cash_tells_alone_is_not_asked_of_the_last_price(account):
    lower = contract(95)
    account.hold(PUT, -1)
    account.hold(lower, -1)
    account.closes["AAPL"] = D("120")
    account.later(TUESDAY, "08:30")
    found = account.compare(stated(account, AAPL=100, cash=-10000))
    assert {f.subject: type(f.mends[0]) for f in found} == {PUT.osi: Assigned, lower.osi: Expired}


@pytest.mark.parametrize(("cash", "found"), [(-10500, 1), (-9500, 2)])
def test_where_cash_fits_nothing_what_has_one_way_alone_is_booked(account, cash, found):
    other = contract(410, root="MSFT", expiry=FRIDAY)
    account.hold(PUT, -1)
    account.hold(other, -1)
    account.closes["AAPL"] = D("99")
    account.later(TUESDAY, "08:30")
    theirs = stated(account, AAPL=100, cash=cash)
    assert codes(account.compare(theirs)) == [("B10", "INFO"), ("B10", "INFO"), ("B09", "ACCOUNT")]
    assert [(kind, count) for _, kind, count in booked(account.compare(theirs))] == [(Assigned, -1), (Expired, -1)]


@pytest.mark.parametrize(("clock", "night"), [("15:59", date(2026, 2, 11)), ("16:00", THURSDAY), ("16:01", THURSDAY)])
def test_the_night_of_a_session_begins_with_its_close(account, clock, night):
    account.hold(PUT, -1)
    account.later(THURSDAY, clock)
    (finding,) = account.compare(stated(account, AAPL=100, cash=-10000))
    assert finding.mends[0].effective == night


def test_a_long_option_that_expires_worthless_leaves_with_all_that_was_held(account):
    account.closes["AAPL"] = D("120")
    account.hold(PUT, 2, "3.00")
    account.later(TUESDAY, "08:30")
    theirs = stated(account)
    assert booked(account.compare(theirs)) == [("gen_acc", Expired, 2)]
    assert account.mend(theirs) == ()
    assert account.book.positions == ()
