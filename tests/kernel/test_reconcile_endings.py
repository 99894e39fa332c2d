"""Options that ended at the broker without an entry: B10 of RECON, inferred, split over ledgers, or frozen."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.model.broker import reference
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Adjusted, Assigned, Exercised, Expired, Mended, Pinned
from allusr_sdk.model.options import Contract, Right
from tests.builders import AT, FRIDAY, THURSDAY, contract
from tests.kernel.accounts import CALL, PUT, Account, codes, holding, only, told

TUESDAY = date(2026, 2, 17)  # Monday is Presidents' Day
INDEX = Contract("SPXW", FRIDAY, Right.PUT, Decimal(5000))


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc", "com_acc", cash="400000") as made:
        yield made


def moved(account, *, cash=0, executions=(), **held):
    """A statement with these shares and nothing else, and so many dollars more."""
    return account.states(
        holdings=tuple(holding(symbol, count) for symbol, count in held.items()), cash=account.cash + Decimal(cash),
        executions=executions,
    )  # fmt: skip


def events(found):
    return [event for finding in found for event in finding.mends]


# --- before expiry ---


def test_a_put_assigned_overnight_is_inferred_from_shares_and_cash(account):
    account.hold(PUT, -2)
    account.later(FRIDAY, "08:30")
    theirs = moved(account, AAPL=200, cash=-20000)
    found = only(account.compare(theirs))
    assert (found.code, found.action, found.subject) == ("B10", "INFO", PUT.osi)
    assert found.cause == "assigned overnight, before its expiry"
    assert found.mends == (Assigned(
        ledger="gen_acc", symbol="AAPL", rule="RECON B10", instrument=PUT.osi, quantity=-2, settlement=Decimal("99.00"),
        early=True, effective=THURSDAY,
    ),)  # fmt: skip
    assert account.mend(theirs) == ()
    assert account.book.ledgers["gen_acc"].shares("AAPL") == 200


def test_after_the_close_the_night_is_that_of_the_session(account):
    account.hold(PUT, -1)
    account.later(THURSDAY, "16:30")
    (event,) = events(account.compare(moved(account, AAPL=100, cash=-10000)))
    assert event.effective == THURSDAY


def test_a_call_assigned_overnight_takes_the_shares_away(account):
    account.hold("AAPL", 200, "99")
    account.hold(CALL, -2)
    theirs = moved(account, cash=22000)
    assert only(account.compare(theirs)).cause == "assigned overnight, before its expiry"
    assert account.mend(theirs) == ()
    assert account.book.ledgers["gen_acc"].positions == {}


def test_part_of_a_position_may_be_assigned(account):
    account.hold(PUT, -3)
    theirs = account.states(holdings=(holding("AAPL", 100), holding(PUT, -2)), cash=account.cash - 10000)
    (event,) = events(account.compare(theirs))
    assert event.quantity == -1
    assert account.mend(theirs) == ()


@pytest.mark.parametrize(("off", "action"), [(59, "INFO"), (60, "SYMBOL")])
def test_cash_must_fit_an_assignment_that_nobody_tells(account, off, action):
    account.hold(PUT, -2)
    found = account.compare(moved(account, AAPL=200, cash=-20000 - off))
    assert (found[0].code, found[0].action) == ("B10", action)


def test_shares_that_fit_in_part_only_freeze_the_symbol(account):
    account.hold(PUT, -2)
    found = account.compare(moved(account, AAPL=100, cash=-10000))
    assert codes(found) == [("B10", "SYMBOL"), ("B01", "SYMBOL"), ("B09", "ACCOUNT")]
    assert found[0].cause == "the shares that moved do not fit"
    assert events(found) == []


def test_an_option_gone_without_a_share_was_no_assignment(account):
    account.hold(PUT, -2)
    assert codes(account.compare(moved(account))) == [("B02", "SYMBOL")]


def test_two_symbols_assigned_in_one_night_are_told_apart(account):
    other = contract(410, root="MSFT")
    account.hold(PUT, -2)
    account.hold(other, -1)
    theirs = moved(account, AAPL=200, MSFT=100, cash=-61000)
    assert codes(account.compare(theirs)) == [("B10", "INFO")] * 2
    assert account.mend(theirs) == ()


def test_shares_that_a_person_explained_are_not_taken_for_an_assignment(account):
    account.write(Mended(rule="B01", subject="AAPL", how="explained", theirs="50", actor="ann", reason="mine"))
    account.hold(PUT, -1)
    theirs = moved(account, AAPL=150, cash=-10000)
    assert codes(account.compare(theirs)) == [("B10", "INFO")]
    assert account.mend(theirs) == ()


def test_without_a_last_price_nothing_is_booked(account):
    account.hold(PUT, -2)
    del account.closes["AAPL"]
    found = account.compare(moved(account, AAPL=200, cash=-20000))
    assert (found[0].code, found[0].action, found[0].cause) == ("B10", "SYMBOL", "no last price of AAPL is known")
    assert events(found) == []


# --- executions that tell it ---


def assignment(count=2, at=AT):
    option = told(PUT, count, "0.00", id="A1", key="", fee="0.00", at=at)
    return option, told("AAPL", 100 * count, "100.00", id="A2", key="", fee="0.00", at=at)


def test_executions_without_an_order_are_evidence_where_cash_does_not_fit(account):
    account.hold(PUT, -2)
    theirs = moved(account, AAPL=200, cash=-20500, executions=assignment())
    assert codes(account.compare(theirs)) == [("B10", "INFO"), ("B09", "ACCOUNT")]
    assert codes(account.mend(theirs)) == [("B09", "ACCOUNT")]


@pytest.mark.parametrize("executions", [
    (assignment()[0],), (assignment()[1],), (assignment()[0], assignment(at=AT + timedelta(seconds=1))[1]),
    assignment(1), tuple(evolve(each, reference=reference("elsewhere")) for each in assignment()),
], ids=["no shares", "no option", "other instants", "another number", "an order"])  # fmt: skip
def test_executions_that_tell_half_of_it_are_none(account, executions):
    account.hold(PUT, -2)
    found = account.compare(moved(account, AAPL=200, cash=-20500, executions=executions))
    assert (found[0].code, found[0].action) == ("B10", "SYMBOL")


def test_an_assignment_is_booked_once_whichever_comes_first(account):
    account.hold(PUT, -2)
    silent, loud = moved(account, AAPL=200, cash=-20000), moved(account, AAPL=200, cash=-20000, executions=assignment())
    assert account.mend(silent) == ()
    assert account.mend(loud) == ()
    assert account.book.ledgers["gen_acc"].shares("AAPL") == 200


# --- at and after expiry ---


def test_what_expired_without_a_share_expired_worthless(account):
    account.closes["AAPL"] = Decimal("101")
    account.hold(PUT, -2)
    account.later(TUESDAY, "08:30")
    found = only(account.compare(moved(account)))
    assert (found.code, found.action, found.cause) == ("B10", "INFO", "expired worthless")
    assert found.mends == (Expired(
        ledger="gen_acc", symbol="AAPL", rule="RECON B10", instrument=PUT.osi, quantity=-2,
        settlement=Decimal("101.00"),
    ),)  # fmt: skip
    assert account.mend(moved(account)) == ()


@pytest.mark.parametrize(("clock", "found"), [("15:59", [("B02", "SYMBOL")]), ("16:00", [("B10", "INFO")])])
def test_an_expiry_is_over_with_its_session(account, clock, found):
    account.hold(PUT, -2)
    account.later(FRIDAY, clock)
    assert codes(account.compare(moved(account))) == found


@pytest.mark.parametrize(("day", "clock", "code"), [(2, "15:59", "B02"), (2, "16:00", "B10"), (3, "10:00", "B10")])
def test_an_expiry_that_is_no_session_is_over_with_the_session_before(account, day, clock, code):
    good_friday = contract(100, expiry=date(2026, 4, 3))
    account.hold(good_friday, -2)
    at = datetime.combine(date(2026, 4, day), time.fromisoformat(clock), NEW_YORK)
    assert only(account.compare(evolve(moved(account), at=at))).code == code


def test_assignment_at_expiry_counts_on_the_expiry(account):
    account.hold(PUT, -2)
    account.later(TUESDAY, "08:30")
    theirs = moved(account, AAPL=200, cash=-20000)
    (event,) = events(account.compare(theirs))
    assert (event.early, event.effective) == (False, None)
    assert account.mend(theirs) == ()
    assert account.book.ledgers["gen_acc"].lots[0].opened == FRIDAY


def test_part_of_what_expired_near_its_strike_may_be_assigned(account):
    account.hold(PUT, -3)
    account.later(TUESDAY, "08:30")
    theirs = moved(account, AAPL=100, cash=-10000)
    found = only(account.compare(theirs))
    assert found.cause == "1 assigned at its expiry, 2 expired worthless"
    assert [(type(event), event.quantity) for event in found.mends] == [(Assigned, -1), (Expired, -2)]
    assert account.mend(theirs) == ()


def test_which_of_two_strikes_was_assigned_is_told_by_the_cash(account):
    lower = contract(95)
    account.hold(PUT, -1)
    account.hold(lower, -1)
    account.later(TUESDAY, "08:30")
    ends = {event.instrument: type(event) for event in events(account.compare(moved(account, AAPL=100, cash=-10000)))}
    assert ends == {PUT.osi: Assigned, lower.osi: Expired}
    ends = {event.instrument: type(event) for event in events(account.compare(moved(account, AAPL=100, cash=-9500)))}
    assert ends == {PUT.osi: Expired, lower.osi: Assigned}


def test_what_cash_cannot_tell_apart_is_told_by_the_last_price(account):
    near = contract("99.50")
    account.hold(PUT, -1)
    account.hold(near, -1)
    account.closes["AAPL"] = Decimal("99.75")
    account.later(TUESDAY, "08:30")
    ends = {event.instrument: type(event) for event in events(account.compare(moved(account, AAPL=100, cash=-9975)))}
    assert ends == {PUT.osi: Assigned, near.osi: Expired}
    account.closes["AAPL"] = Decimal("99")
    found = account.compare(moved(account, AAPL=100, cash=-9975))
    assert codes(found)[:2] == [("B10", "SYMBOL")] * 2


def test_a_hedge_is_exercised_at_its_expiry_and_its_short_leg_assigned(account):
    account.hold(contract(105), 1, "3.00")
    account.hold(contract(95), -1, "1.00")
    account.closes["AAPL"] = Decimal("90")
    account.later(TUESDAY, "08:30")
    theirs = moved(account, cash=1000)
    assert [type(event) for event in events(account.compare(theirs))] == [Assigned, Exercised]
    assert account.mend(theirs) == ()
    assert account.book.positions == ()


def test_a_long_option_gone_before_its_expiry_was_not_exercised_by_anybody_here(account):
    account.hold(PUT, 1)
    account.hold("AAPL", 100, "99")
    found = account.compare(moved(account, cash=10000))
    assert sorted(codes(found)) == [("B02", "SYMBOL"), ("B02", "SYMBOL"), ("B09", "ACCOUNT")]


def test_more_than_was_written_cannot_be_assigned(account):
    account.hold(PUT, -2)
    theirs = account.states(holdings=(holding("AAPL", 300), holding(PUT, 1)), cash=account.cash - 30000)
    assert sorted(codes(account.compare(theirs))) == [("B01", "SYMBOL"), ("B03", "SYMBOL"), ("B09", "ACCOUNT")]


def test_what_settles_in_cash_waits_for_a_person(account):
    account.hold(INDEX, -1, "10.00")
    account.later(TUESDAY, "08:30")
    found = only(account.compare(moved(account)))
    assert (found.code, found.action) == ("B10", "SYMBOL")
    assert found.cause == "what it delivers, or the cash it settles in, is not told"


def test_what_an_adjusted_contract_delivers_is_not_known(account):
    account.hold(PUT, -2)
    account.write(Adjusted(ledger="gen_acc", symbol="AAPL", instrument=PUT.osi, root="AAPL1", why="merger"))
    account.later(TUESDAY, "08:30")
    found = account.compare(moved(account, AAPL=200, cash=-20000))
    assert (found[0].code, found[0].action) == ("B10", "SYMBOL")
    assert events(found) == []


def test_an_option_booked_as_expired_that_was_exercised_after_all_is_not_booked_again(account):
    account.hold(PUT, -1)
    account.write(
        Expired(ledger="gen_acc", symbol="AAPL", instrument=PUT.osi, quantity=-1, settlement=Decimal("100.02"))
    )
    account.write(Pinned(
        ledger="gen_acc", symbol="AAPL", instrument=PUT.osi, reserved=Decimal(10000), settlement=Decimal("100.02"),
        why="",
    ))  # fmt: skip
    found = account.compare(moved(account, AAPL=100, cash=-10000))
    assert codes(found) == [("B01", "SYMBOL"), ("B09", "ACCOUNT")]
    assert "exercised after all" in found[0].cause
    assert "exercised after all" not in only(account.compare(moved(account, AAPL=37))).cause


def test_a_night_that_does_not_fit_one_ledger_is_booked_in_none(account):
    account.hold(PUT, -1)
    account.hold(CALL, -1, ledger="rev_acc")
    found = account.compare(moved(account, cash=1000))
    assert codes(found) == [("B10", "SYMBOL"), ("B10", "SYMBOL"), ("B09", "ACCOUNT")]
    assert "AAPL" in found[0].cause


# --- several ledgers (CAD-13) ---


@pytest.mark.parametrize(("assigned", "parts"), [
    (1, {"rev_acc": 1}), (2, {"gen_acc": 1, "rev_acc": 1}), (3, {"gen_acc": 1, "rev_acc": 2}),
    (4, {"gen_acc": 1, "rev_acc": 2, "com_acc": 1}), (5, {"gen_acc": 1, "rev_acc": 3, "com_acc": 1}),
])  # fmt: skip
def test_an_assignment_is_split_by_contracts_with_largest_remainders(account, assigned, parts):
    for ledger, count in (("gen_acc", 1), ("rev_acc", 3), ("com_acc", 1)):
        account.hold(PUT, -count, ledger=ledger)
    left = () if assigned == 5 else (holding(PUT, assigned - 5),)
    theirs = account.states(holdings=(holding("AAPL", 100 * assigned), *left), cash=account.cash - 10000 * assigned)
    assert {event.ledger: -event.quantity for event in events(account.compare(theirs))} == parts
    assert account.mend(theirs) == ()


def test_equal_remainders_go_to_gen_before_rev_before_com(account):
    for ledger in ("com_acc", "rev_acc", "gen_acc"):
        account.hold(PUT, -1, ledger=ledger)
    theirs = account.states(holdings=(holding("AAPL", 200), holding(PUT, -1)), cash=account.cash - 20000)
    assert [event.ledger for event in events(account.compare(theirs))] == ["gen_acc", "rev_acc"]


def test_opposite_sides_in_two_ledgers_are_left_to_a_person(account):
    account.hold(PUT, -3)
    account.hold(PUT, 1, ledger="rev_acc")
    found = account.compare(moved(account, AAPL=200, cash=-20000))
    assert sorted(codes(found)) == [("B01", "SYMBOL"), ("B02", "SYMBOL"), ("B09", "ACCOUNT")]
