"""Executions and working orders, ours and theirs: B04 to B08 and B13 of RECON."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.broker import reference
from allusr_sdk.model.events import Corrected, Filled, OrderChanged
from tests.builders import AT, FRIDAY, THURSDAY, contract
from tests.kernel.accounts import CALL, PUT, Account, codes, holding, only, opened, paid, told


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc") as made:
        yield made


# --- B04: orders that the books do not know ---


def test_a_working_order_that_both_sides_know_is_no_finding(account):
    account.order(PUT, -2)
    assert account.finds() == ()


def test_an_order_of_ours_that_the_books_took_for_ended_is_to_be_cancelled_by_its_reference(account):
    account.order(PUT, -2)
    account.end(status="denied")
    found = only(account.finds(orders=(opened("k1", PUT, -2),)))
    assert (found.code, found.action, found.subject, found.symbol) == ("B04", "CANCEL", reference("k1"), "AAPL")
    assert "acknowledgement" in found.cause


def test_an_order_under_our_prefix_without_an_intent_is_cancelled_too(account):
    found = only(account.finds(orders=(opened("elsewhere", PUT, -2),)))
    assert (found.action, found.cause) == ("CANCEL", "sent by an engine whose journal is not this one")


@pytest.mark.parametrize(("cancels", "action"), [(0, "CANCEL"), (2, "CANCEL"), (3, "ACCOUNT")])
def test_an_order_of_ours_alive_after_three_cancels_freezes_the_account(account, cancels, action):
    account.cancels = {reference("gone"): cancels}
    assert codes(account.finds(orders=(opened("gone", PUT, -2),))) == [("B04", action)]


def test_a_foreign_order_freezes_the_account_and_is_named_by_its_number(account):
    found = only(account.finds(orders=(opened("by hand", PUT, -2, number="4711", ours=False),)))
    assert (found.code, found.action, found.subject) == ("B04", "ACCOUNT", "4711")
    assert found.cause == "an order of another client"


# --- B05: orders that the broker does not know ---


@pytest.mark.parametrize(("seconds", "found"), [(0, []), (30, []), (31, [("B05", "ACCOUNT")])])
def test_an_order_that_the_broker_does_not_know_freezes_the_account_after_thirty_seconds(account, seconds, found):
    account.order(PUT, -2)
    assert codes(account.finds(orders=(), at=AT + timedelta(seconds=seconds))) == found


def test_a_slice_has_its_thirty_seconds_from_when_it_leaves(account):
    account.order(PUT, -2, delay=40)
    assert account.finds(orders=(), at=AT + timedelta(seconds=70)) == ()
    assert codes(account.finds(orders=(), at=AT + timedelta(seconds=71))) == [("B05", "ACCOUNT")]


@pytest.mark.parametrize(("day", "clock"), [(THURSDAY, "16:00"), (FRIDAY, "08:30")])
def test_an_order_for_a_day_that_is_over_is_booked_as_expired(account, day, clock):
    account.order(PUT, -2)
    account.later(day, clock)
    found = only(account.finds(orders=()))
    assert (found.code, found.action, found.subject) == ("B05", "INFO", "k1")
    assert [type(event) for event in found.mends] == [OrderChanged]
    assert account.mend(account.states(orders=())) == ()
    assert not account.book.ledgers["gen_acc"].working


def test_at_the_close_nothing_is_waited_for(account):
    close = AT.replace(hour=21, minute=0)
    account.order(PUT, -2, at=close - timedelta(seconds=5))
    assert codes(account.finds(orders=(), at=close - timedelta(seconds=1))) == []
    assert codes(account.finds(orders=(), at=close)) == [("B05", "INFO")]


def test_an_order_whose_executions_fill_it_is_not_lost(account):
    account.order(PUT, -2)
    execution = told(PUT, -2)
    theirs = account.states(
        orders=(), executions=(execution,), holdings=(holding(PUT, -2),), at=AT + timedelta(hours=1)
    )
    theirs = evolve(theirs, cash=account.cash + paid(execution))
    assert codes(account.compare(theirs)) == [("B06", "INFO")]
    assert account.mend(theirs) == ()


# --- B06: executions that are not booked ---


def filled(account, *executions, **changes):
    """A statement after executions that the books do not have."""
    held = {}
    for one in (*account.states().holdings, *executions):
        held[one.instrument] = held.get(one.instrument, 0) + one.quantity
    return account.states(**{
        "executions": executions, "cash": account.cash + paid(*executions),
        "holdings": tuple(holding(k, q) for k, q in held.items() if q), **changes,
    })  # fmt: skip


def test_an_execution_while_down_is_booked_by_its_intent(account):
    account.order(PUT, -2, ledger="rev_acc", cause="entry")
    theirs = filled(account, told(PUT, -2, "1.23", fee="1.30"), orders=())
    found = only(account.compare(theirs))
    assert (found.code, found.action, found.cause) == ("B06", "INFO", "filled while nobody listened")
    assert found.mends == (Filled(
        ledger="rev_acc", symbol="AAPL", rule="RECON B06", key="k1", execution="x1", instrument=PUT.osi, quantity=-2,
        price=Decimal("1.23"), fee=Decimal("1.30"), touch=None, opening=True, cause="entry",
    ),)  # fmt: skip
    assert account.mend(theirs) == ()
    assert account.book.ledgers["rev_acc"].positions[f"rev_acc:{PUT.osi}"].quantity == -2


def test_an_execution_that_is_booked_is_no_finding_however_often_it_is_told(account):
    account.fill(PUT, -2)
    assert account.finds(executions=(told(PUT, -2), told(PUT, -2))) == ()


def test_an_execution_told_twice_is_booked_once(account):
    account.order(PUT, -2)
    once = told(PUT, -2)
    theirs = evolve(filled(account, once, orders=()), executions=(once, once))
    assert len(only(account.compare(theirs)).mends) == 1
    assert account.mend(theirs) == ()


def test_executions_out_of_order_are_booked_by_their_instants(account):
    account.order(PUT, -2, key="open")
    account.order(PUT, 2, key="close", opening=False)
    bought = told(PUT, 2, "0.40", id="x2", key="close", at=AT + timedelta(minutes=2))
    sold = told(PUT, -2, id="x1", key="open", at=AT + timedelta(minutes=1))
    theirs = filled(account, bought, sold, orders=())
    assert [f.subject for f in account.compare(theirs)] == ["x1", "x2"]
    assert account.mend(theirs) == ()


def test_an_execution_of_an_order_that_was_taken_for_ended_is_booked_too(account):
    account.order(PUT, -2)
    account.end()
    theirs = filled(account, told(PUT, -2))
    assert only(account.compare(theirs)).cause == "filled though the books took the order for ended"
    assert account.mend(theirs) == ()


def test_a_fee_that_is_not_told_yet_is_taken_from_the_rulebook_and_corrected_when_it_is(account):
    account.order(PUT, -2)
    theirs = filled(account, told(PUT, -2, fee=None), orders=())
    (fill,) = only(account.compare(theirs)).mends
    assert fill.fee == Decimal("1.40")
    assert account.mend(theirs) == ()
    later = evolve(theirs, executions=(told(PUT, -2, fee="1.30"),), cash=theirs.cash - Decimal("1.30"))
    assert codes(account.compare(later)) == [("B08", "INFO")]
    assert account.mend(later) == ()
    assert account.cash == later.cash


def test_shares_cost_the_rulebooks_fee_a_share(account):
    account.order("AAPL", 300)
    (fill,) = only(account.compare(filled(account, told("AAPL", 300, "99.00", fee=None), orders=()))).mends
    assert fill.fee == Decimal("1.50")


def test_a_roll_goes_on_with_its_chain(account):
    account.fill(
        PUT, -2, "2.00", key="first", id="x0", rolls=1, roll_debit=Decimal("-0.20"), first_credit=Decimal("1.80")
    )
    after = contract(98, expiry=date(2026, 2, 20))
    account.order(
        ((PUT.osi, 2), (after.osi, -2)), None, key="roll", opening=False, cause="roll", position=f"gen_acc:{PUT.osi}"
    )
    bought = told(PUT, 2, "3.10", id="x2", key="roll")
    sold = told(after, -2, "2.60", id="x3", key="roll")
    theirs = filled(account, bought, sold, orders=())
    closing, opening = (only(f.mends) for f in account.compare(theirs))
    assert (closing.opening, closing.rolls) == (False, 0)
    assert (opening.opening, opening.rolls, opening.roll_debit, opening.first_credit) == (
        True, 2, Decimal("0.30"), Decimal("1.80"),
    )  # fmt: skip
    assert account.mend(theirs) == ()
    assert account.book.ledgers["gen_acc"].positions[f"gen_acc:{after.osi}"].rolls == 2


def test_a_roll_of_which_one_leg_is_told_cost_its_last_limit(account):
    account.fill(PUT, -2, "2.00", key="first", id="x0")
    after = contract(98, expiry=date(2026, 2, 20))
    account.order(
        ((PUT.osi, 2), (after.osi, -2)),
        None,
        key="roll",
        opening=False,
        cause="roll",
        position=f"gen_acc:{PUT.osi}",
        worst="0.55",
    )
    (fill,) = only(account.compare(filled(account, told(after, -2, "2.60", id="x3", key="roll")))).mends
    assert (fill.rolls, fill.roll_debit, fill.first_credit) == (1, Decimal("0.55"), Decimal("2.00"))


def test_the_leg_of_a_roll_whose_other_leg_is_booked_is_rolled_no_further(account):
    account.fill(PUT, -2, "2.00", key="first", id="x0")
    after = contract(98, expiry=date(2026, 2, 20))
    legs = ((PUT.osi, 2), (after.osi, -2))
    account.order(legs, None, key="roll", opening=False, cause="roll", position=f"gen_acc:{PUT.osi}")
    account.fill(PUT, 2, "3.10", key="roll", id="x2", opening=False)
    (fill,) = only(account.compare(filled(account, told(after, -2, "2.60", id="x3", key="roll"), orders=()))).mends
    assert (fill.rolls, fill.first_credit) == (2, Decimal("2.60"))


def test_an_execution_without_an_intent_freezes_its_symbol_where_it_moved_something(account):
    found = account.compare(filled(account, told(PUT, -2, key="elsewhere")))
    assert codes(found) == [("B06", "SYMBOL"), ("B01", "SYMBOL"), ("B09", "ACCOUNT")]
    assert found[0].cause == "its order stands in no journal of this home"
    found = account.compare(filled(account, told(PUT, -2, "0.01", key="elsewhere")))
    assert codes(found) == [("B06", "SYMBOL"), ("B01", "SYMBOL")]


def test_executions_of_a_past_that_books_and_broker_agree_about_are_no_finding(account):
    sold, bought = told(PUT, -2, key="elsewhere"), told(PUT, 2, id="x2", key="elsewhere")
    assert account.finds(executions=(sold, bought)) == ()
    found = account.compare(filled(account, sold, evolve(bought, price=Decimal("3.00"))))
    assert codes(found) == [("B06", "SYMBOL"), ("B06", "SYMBOL"), ("B09", "ACCOUNT")]


def test_an_execution_of_another_instrument_than_its_orders_freezes_its_symbol(account):
    account.order(PUT, -2)
    found = account.compare(filled(account, told(CALL, -2)))[0]
    assert (found.code, found.action, found.cause) == ("B06", "SYMBOL", "its order names no such leg")


def test_an_execution_that_closes_more_than_is_held_freezes_its_symbol(account):
    account.hold(PUT, -1)
    account.order(PUT, 2, key="close", opening=False)
    found = account.compare(filled(account, told(PUT, 2, "0.40", id="x9", key="close"), orders=()))[0]
    assert (found.code, found.action, found.mends) == ("B06", "SYMBOL", ())
    assert "-2 of -1 held" in found.cause


# --- B08: told otherwise ---


@pytest.mark.parametrize(("fee", "found"), [("0.71", []), ("0.69", []), ("0.72", [("B08", "INFO")]), (None, [])])
def test_a_commission_may_differ_by_a_cent_and_one_that_is_not_told_is_not_nothing(account, fee, found):
    account.fill(PUT, -1)
    assert codes(account.finds(executions=(told(PUT, -1, fee=fee),))) == found


@pytest.mark.parametrize(("price", "found"), [("1.0001", []), ("0.9999", []), ("1.0002", [("B08", "INFO")])])
def test_a_price_may_differ_by_a_hundredth_of_a_cent(account, price, found):
    account.fill("AAPL", 100)
    assert codes(account.finds(executions=(told("AAPL", 100, price),))) == found


def test_a_corrected_price_and_fee_are_booked_as_what_the_account_has_more_or_less(account):
    account.fill(PUT, -2, "1.00", fee="1.40")
    newer = told(PUT, -2, "0.95", id="x1.02", fee="1.30", corrects="x1")
    theirs = account.states(executions=(told(PUT, -2), newer), cash=account.cash - 10 + Decimal("0.10"))
    found = only(account.compare(theirs))
    (event,) = found.mends
    assert isinstance(event, Corrected)
    assert (event.amount, event.fee, event.corrects, event.execution) == (
        Decimal("-9.90"), Decimal("-0.10"), "x1", "x1.02",
    )  # fmt: skip
    assert found.cause == "the broker corrected it"
    assert account.mend(theirs) == ()
    assert account.run.fills["x1.02"].price == Decimal("0.95")


def test_a_correction_of_what_was_never_booked_is_booked_as_it_was_told_last(account):
    account.order(PUT, -2)
    newer = told(PUT, -2, "0.95", id="x1.02", corrects="x1", at=AT + timedelta(hours=1))
    theirs = evolve(filled(account, newer, orders=()), executions=(told(PUT, -2), newer))
    fill = only(only(account.compare(theirs)).mends)
    assert (fill.execution, fill.price) == ("x1", Decimal("0.95"))
    assert account.mend(theirs) == ()
    later = told(PUT, -2, "0.90", id="x1.03", corrects="x1.02", at=AT + timedelta(hours=2))
    theirs = evolve(theirs, executions=(*theirs.executions, later), cash=theirs.cash - 10)
    assert codes(account.compare(theirs)) == [("B08", "INFO")]
    assert account.mend(theirs) == ()


def test_corrections_that_name_each_other_in_a_circle_end(account):
    account.fill(PUT, -2)
    circle = told(PUT, -2, id="x1", corrects="x2"), told(PUT, -2, id="x2", corrects="x1")
    assert account.finds(executions=(*circle, told(PUT, -2, id="x3", corrects="x1"))) == ()


def test_a_changed_quantity_is_never_booked_but_found_in_the_position(account):
    account.fill(PUT, -2)
    newer = told(PUT, -1, "0.95", id="x1.02", corrects="x1")
    found = account.finds(executions=(newer,), holdings=(holding(PUT, -1),))
    assert codes(found) == [("B03", "SYMBOL")]
    assert found[0].cause == "execution x1.02 is booked as -2 and told as -1 now"


# --- B13: settlement ---


def test_a_trade_settles_on_the_next_session(account):
    account.fill(PUT, -2)
    assert account.finds(executions=(told(PUT, -2, settles=FRIDAY),)) == ()


def test_a_trade_that_is_corrected_the_day_after_settles_as_it_would_have(account):
    account.fill(PUT, -2)
    newer = told(PUT, -2, id="x1.02", corrects="x1", at=AT + timedelta(days=1), settles=FRIDAY)
    assert account.finds(executions=(told(PUT, -2, settles=FRIDAY), newer)) == ()


def test_another_settlement_day_is_noted_once_and_moves_nothing(account):
    account.fill(PUT, -2)
    theirs = account.states(executions=(told(PUT, -2, settles=date(2026, 2, 17)),))
    found = only(account.compare(theirs))
    assert (found.code, found.action, found.ours, found.theirs) == ("B13", "INFO", "2026-02-13", "2026-02-17")
    before = account.cash
    assert account.mend(theirs) == ()
    assert account.cash == before
    assert codes(account.finds(executions=(told(PUT, -2, settles=date(2026, 2, 18)),))) == [("B13", "INFO")]
