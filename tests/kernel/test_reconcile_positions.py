"""Positions on both sides: B01, B02, B03, B11, B15 and B16 of RECON, and what a person explained."""

from datetime import date

import pytest

from allusr_sdk.model.events import Broken, Mended
from tests.builders import contract
from tests.kernel.accounts import CALL, PUT, Account, codes, holding, only, told

ADJUSTED = contract(100, root="AAPL1")


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc") as made:
        yield made


def test_positions_of_several_ledgers_are_one_at_the_broker(account):
    account.hold(PUT, -2)
    account.hold(PUT, -1, ledger="rev_acc", id="other")
    assert account.finds() == ()
    assert codes(account.finds(holdings=(holding(PUT, -2),))) == [("B03", "SYMBOL")]


def test_an_unpadded_option_symbol_names_the_same_contract(account):
    account.hold(PUT, -2)
    assert account.finds(holdings=(holding(PUT.osi.replace(" ", ""), -2),)) == ()


def test_a_position_of_the_broker_alone_freezes_its_symbol(account):
    found = only(account.finds(holdings=(holding("MSFT", 37),)))
    assert (found.code, found.action, found.symbol, found.subject) == ("B01", "SYMBOL", "MSFT", "MSFT")
    assert (found.ours, found.theirs) == ("0", "37")
    assert "no execution explains it" in found.cause


def test_an_instrument_that_is_no_option_of_ours_is_named_as_the_broker_names_it(account):
    found = only(account.finds(holdings=(holding("ES FUT 20260320 CME", 1),)))
    assert (found.code, found.subject, found.symbol) == ("B01", "ES FUT 20260320 CME", "ES FUT 20260320 CME")


def test_an_execution_of_another_client_is_named_as_the_cause(account):
    theirs = told("MSFT", 100, "400", id="F1", key="")
    found = account.finds(holdings=(holding("MSFT", 100),), executions=(theirs,), cash=account.cash - 40000)
    assert codes(found) == [("B01", "SYMBOL"), ("B09", "ACCOUNT")]
    assert found[0].cause == "execution F1 of no order"


def test_a_position_of_the_books_alone_freezes_its_symbol(account):
    account.hold(PUT, -2)
    found = only(account.finds(holdings=()))
    assert (found.code, found.action, found.subject, found.ours, found.theirs) == ("B02", "SYMBOL", PUT.osi, "-2", "0")


@pytest.mark.parametrize(("theirs", "found"), [(100, []), (99, [("B03", "SYMBOL")]), (101, [("B03", "SYMBOL")])])
def test_shares_agree_to_the_share(account, theirs, found):
    account.hold("AAPL", 100, "99")
    assert codes(account.finds(holdings=(holding("AAPL", theirs),))) == found


def test_what_has_expired_and_is_still_held_by_the_broker_says_so(account):
    account.later(date(2026, 2, 17))
    found = only(account.finds(holdings=(holding(PUT, -2),)))
    assert (found.code, found.action) == ("B01", "SYMBOL")
    assert found.cause == "it has expired, and the broker has not cleared it away yet"


# --- what a person explained ---


def explained(account, code, subject, theirs):
    account.write(Mended(rule=code, subject=subject, how="explained", theirs=theirs, actor="ann", reason="mine"))


def test_an_explained_position_is_no_finding_while_it_stays_what_it_is(account):
    explained(account, "B01", "MSFT", "37")
    assert account.finds(holdings=(holding("MSFT", 37),)) == ()
    assert account.finds() == ()
    assert codes(account.finds(holdings=(holding("MSFT", 38),))) == [("B01", "SYMBOL")]


def test_an_explained_position_counts_beside_one_of_our_own(account):
    explained(account, "B01", "AAPL", "37")
    account.hold("AAPL", 100, "99")
    assert account.finds(holdings=(holding("AAPL", 137),)) == ()
    assert codes(account.finds(holdings=(holding("AAPL", 136),))) == [("B03", "SYMBOL")]


def test_what_is_found_again_after_an_explanation_is_explained_no_more(account):
    explained(account, "B02", PUT.osi, "0")
    account.hold(PUT, -2)
    assert account.finds(holdings=()) == ()
    account.write(Broken(rule="B02", subject=PUT.osi, symbol="AAPL", action="SYMBOL", what="", ours="-2", theirs="-1"))
    assert codes(account.finds(holdings=())) == [("B02", "SYMBOL")]


# --- B11, B15 ---


def test_a_split_that_is_not_booked_freezes_its_symbol_once(account):
    account.hold("AAPL", 100, "99")
    account.hold(CALL, -1)
    split = contract("27.50", right="C")
    theirs = (holding("AAPL", 400), holding(split, -4))
    found = only(account.finds(holdings=theirs, splits={"AAPL": 4}))
    assert (found.code, found.action, found.subject, found.theirs) == ("B11", "SYMBOL", "AAPL", "4 for 1")
    assert found.cause == "a split that is not booked"
    assert only(account.finds(holdings=theirs)).cause == "it looks like a split, and nobody tells one"


def test_shares_alone_are_split_only_where_the_broker_says_so(account):
    account.hold("AAPL", 100, "99")
    assert codes(account.finds(holdings=(holding("AAPL", 200),), splits={"AAPL": 2})) == [("B11", "SYMBOL")]
    assert codes(account.finds(holdings=(holding("AAPL", 200),))) == [("B03", "SYMBOL")]
    found = only(account.finds(holdings=(holding("AAPL", 201),), splits={"AAPL": 2}))
    assert (found.code, found.cause) == ("B03", "it does not fit the split of 2 for 1 that the broker tells")


def test_a_split_that_is_booked_is_no_finding(account):
    account.hold("AAPL", 200, "49")
    assert account.finds(splits={"AAPL": 2}) == ()


def test_a_contract_that_goes_on_under_a_root_with_a_digit_was_adjusted(account):
    account.hold(PUT, -2)
    found = only(account.finds(holdings=(holding(ADJUSTED, -2),)))
    assert (found.code, found.action, found.subject) == ("B15", "SYMBOL", PUT.osi)
    assert ADJUSTED.osi in found.theirs


@pytest.mark.parametrize("other", [contract(99, root="AAPL1"), contract(100, root="AAPL1", right="C"),
                                   contract(100, root="MSFT1")])  # fmt: skip
def test_another_contract_under_such_a_root_is_not_the_same_one(account, other):
    account.hold(PUT, -2)
    found = account.finds(holdings=(holding(other, -2),))
    assert sorted(codes(found)) == [("B01", "SYMBOL"), ("B02", "SYMBOL")]


def test_an_adjusted_contract_in_another_number_is_another_position(account):
    account.hold(PUT, -2)
    apart = [("B01", "SYMBOL"), ("B02", "SYMBOL")]
    assert sorted(codes(account.finds(holdings=(holding(ADJUSTED, -3),)))) == apart
    assert codes(account.finds(holdings=(holding(ADJUSTED, -2), holding(PUT, -2)))) == [("B01", "SYMBOL")]
    found = account.finds(holdings=(holding(ADJUSTED, -2), holding(PUT, -1)))
    assert sorted(codes(found)) == [("B01", "SYMBOL"), ("B03", "SYMBOL")]


# --- B16 ---


@pytest.mark.parametrize(("basis", "found"), [
    (None, []), ("9900.70", []), ("9900.71", []), ("9900.72", [("B16", "SYMBOL")]), ("9900.68", [("B16", "SYMBOL")]),
])  # fmt: skip
def test_a_basis_that_is_told_agrees_to_the_cent(account, basis, found):
    account.hold("AAPL", 100, "99")
    assert codes(account.finds(holdings=(holding("AAPL", 100, basis),))) == found


def test_a_basis_of_what_is_written_is_its_premium_whatever_its_sign(account):
    account.hold(PUT, -2, "1.00", fee="1.40")
    assert account.finds(holdings=(holding(PUT, -2, "-198.60"),)) == ()
    assert codes(account.finds(holdings=(holding(PUT, -2, "198.50"),))) == [("B16", "SYMBOL")]


def test_the_basis_of_what_is_held_in_another_number_is_not_asked_for(account):
    account.hold("AAPL", 100, "99")
    assert codes(account.finds(holdings=(holding("AAPL", 200, "1"),))) == [("B03", "SYMBOL")]
