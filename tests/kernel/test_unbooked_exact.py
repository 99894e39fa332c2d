"""Options that ended without an entry: what is booked field by field, in words, and how many ways are tried (B10)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.kernel.breaks import Finding
from allusr_sdk.model.events import Assigned, Exercised, Expired
from tests.builders import FRIDAY, contract
from tests.kernel.accounts import PUT, Account, holding, only

D = Decimal
TUESDAY = date(2026, 2, 17)  # Monday is Presidents' Day
LOWER = contract(95)


@pytest.fixture
def account():
    with Account("gen_acc", cash="1000000") as made:
        made.closes["AAPL"] = D("90")
        yield made


def stated(account, *, cash=0, **held):
    return account.states(holdings=tuple(holding(k, q) for k, q in held.items()), cash=account.cash + D(cash))


def finding(ours, theirs, cause, *, count, action="INFO", mends=()):
    return Finding(
        code="B10", subject=PUT.osi, symbol="AAPL", action=action, ours=ours, theirs=theirs, cause=cause, mends=mends,
        what=f"{PUT.osi}: {count} ended at the broker without an entry",
    )  # fmt: skip


def test_what_was_held_long_is_exercised(account):
    account.hold("AAPL", 200, "99")
    account.hold(PUT, 2, "3.00")
    account.later(TUESDAY, "08:30")
    assert account.compare(stated(account, cash=20000)) == (finding(
        "2", "0", "exercised at its expiry", count=2, mends=(Exercised(
            ledger="gen_acc", symbol="AAPL", rule="RECON B10", instrument=PUT.osi, quantity=2, settlement=D("90.00"),
        ),),
    ),)  # fmt: skip


def test_what_was_written_is_assigned_at_its_expiry(account):
    account.hold(PUT, -2)
    account.later(TUESDAY, "08:30")
    assert account.compare(stated(account, AAPL=200, cash=-20000)) == (finding(
        "-2", "0", "assigned at its expiry", count=2, mends=(Assigned(
            ledger="gen_acc", symbol="AAPL", rule="RECON B10", instrument=PUT.osi, quantity=-2, settlement=D("90.00"),
            early=False, effective=None,
        ),),
    ),)  # fmt: skip


def test_some_of_them_may_be_assigned_and_some_expire(account):
    account.hold(PUT, -3)
    account.later(TUESDAY, "08:30")
    (found,) = account.compare(stated(account, AAPL=100, cash=-10000))
    assert found.cause == "1 assigned at its expiry, 2 expired worthless"
    assert [(type(event), event.quantity) for event in found.mends] == [(Assigned, -1), (Expired, -2)]


@pytest.mark.parametrize(("shares", "cash", "why"), [
    (200, -25000, "shares fit, cash does not"), (201, -25000, "the shares that moved do not fit"),
])  # fmt: skip
def test_what_does_not_fit_is_said(account, shares, cash, why):
    account.hold(PUT, -2)
    account.later(FRIDAY, "08:30")
    found = account.compare(stated(account, AAPL=shares, cash=cash))
    assert found[0] == finding("-2", "0", why, count=2, action="SYMBOL")


@pytest.mark.parametrize(("second", "booked"), [(63, 2), (64, 0)])
def test_of_one_symbol_four_thousand_and_ninety_six_ways_are_tried(account, second, booked):
    account.hold(PUT, -63)
    account.hold(LOWER, -second)
    account.later(TUESDAY, "08:30")
    found = account.compare(stated(account, AAPL=100, cash=-9500))
    assert sum(bool(f.mends) for f in found) == booked


@pytest.mark.parametrize(("more", "booked"), [(False, 4), (True, 0)])
def test_of_several_symbols_together_as_many(account, more, booked):
    """Half of each symbol's puts were assigned, by what cash tells all of the lower strike: one way of 64, 64 and 2."""
    held = {"AAPL": (100, 95, 63), "MSFT": (410, 400, 63), **({"SPY": (500, 490, 1)} if more else {})}
    for symbol, (*strikes, count) in held.items():
        account.closes[symbol] = D(strikes[0])
        for strike in strikes:
            account.hold(contract(strike, root=symbol), -count)
    account.later(TUESDAY, "08:30")
    cash = -sum(100 * lower * count for _, lower, count in held.values())
    found = account.compare(stated(account, cash=cash, **{name: 100 * count for name, (_, _, count) in held.items()}))
    assert sum(bool(f.mends) for f in found) == booked


def test_where_ledgers_hold_one_side_together_each_books_its_own():
    with Account("gen_acc", "rev_acc", "com_acc") as account:
        account.hold(PUT, -1)
        account.hold(PUT, -1, ledger="rev_acc")
        found = only(account.compare(stated(account, AAPL=200, cash=-20000)))
        assert [(event.ledger, event.quantity) for event in found.mends] == [("gen_acc", -1), ("rev_acc", -1)]
