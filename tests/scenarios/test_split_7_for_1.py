"""split_7_for_1: strikes, counts, basis and reservations move at once, cash does not."""

from decimal import Decimal

import pytest

from allusr_sdk.model.options import Contract

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def journal(played):
    return played("split_7_for_1")


@pytest.fixture(scope="module")
def books(journal):
    """The books before the split and after it."""
    return journal.around("SplitApplied")


def options(book, ledger):
    return [p for p in book.ledgers[ledger].positions.values() if p.contract]


def test_a_put_a_call_and_shares_are_held_over_the_split(books):
    before, _ = books
    (put,), (call,) = options(before, "gen_acc"), options(before, "com_acc")
    assert put.short
    assert put.contract.is_put
    assert call.short
    assert not call.contract.is_put
    assert before.ledgers["com_acc"].shares("AAPL") == -100 * call.quantity == 200


def test_it_is_booked_on_the_morning_of_the_ex_date_once_a_ledger(journal):
    assert [(at, e.ledger, e.ratio, e.rule) for at, e in journal.timed("SplitApplied")] == [
        ("Fri 20 Feb 08:30", "gen_acc", 7, "LQ-7"), ("Fri 20 Feb 08:30", "com_acc", 7, "LQ-7"),
    ]  # fmt: skip


@pytest.mark.parametrize("ledger", ["gen_acc", "com_acc"])
def test_strikes_are_a_seventh_to_the_cent_and_contracts_seven_times_as_many(books, ledger):
    (old,), (new,) = (options(book, ledger) for book in books)
    assert new.contract.strike == (old.contract.strike / 7).quantize(CENT)
    assert new.quantity == 7 * old.quantity
    assert new.price == (old.price / 7).quantize(Decimal("0.0001"))
    assert (new.contract.root, new.contract.expiry, new.contract.right, new.amount, new.opened) == (
        old.contract.root, old.contract.expiry, old.contract.right, old.amount, old.opened,
    )  # fmt: skip


def test_shares_are_seven_times_as_many_at_the_same_total_basis(books):
    old, new = (book.ledgers["com_acc"].positions["com_acc:AAPL"] for book in books)
    assert (new.quantity, new.amount) == (7 * old.quantity, old.amount)


@pytest.mark.parametrize("ledger", ["gen_acc", "com_acc"])
def test_cash_and_realised_result_do_not_move(books, ledger):
    old, new = (book.ledgers[ledger] for book in books)
    assert (new.cash, new.realised, new.premium, new.fees) == (old.cash, old.realised, old.premium, old.fees)


def test_reservations_are_restated_at_the_same_instant_to_the_rounding_of_the_strike(books):
    old, new = (book.ledgers["gen_acc"].reserved for book in books)
    (put,) = options(books[1], "gen_acc")
    assert new == put.contract.strike * 100 * -put.quantity
    assert abs(new - old) <= CENT / 2 * 100 * -put.quantity
    assert books[1].ledgers["com_acc"].uncovered("AAPL") == 0


def test_levels_and_atr_are_in_new_dollars_so_that_nothing_is_breached(journal):
    assert not journal.told("LevelChanged")
    held = [e for at, e in journal.timed("Decided", rule="PE-2") if at.startswith("Fri 20 Feb")]
    assert held
    assert all("level 0" in e.why for e in held)


def test_the_call_is_bought_back_and_the_put_expires_as_any_other(journal):
    (call,) = journal.told("IntentRecorded", rule="CC-2")
    assert [(Contract.parse(name).strike, lots) for name, lots in call.legs] == [(Decimal("40.00"), 14)]
    (fill,) = journal.told("Filled", key=call.key)
    assert fill.quantity == 14
    (ended,) = journal.told("Expired")
    assert Contract.parse(ended.instrument).strike == Decimal("38.93")
    assert ended.quantity == -91


def test_the_premium_of_the_put_is_kept_whole(journal):
    sold = [f for f in journal.told("Filled", ledger="gen_acc") if f.opening]
    assert journal.book.ledgers["gen_acc"].realised == sum(-f.quantity * f.price * 100 - f.fee for f in sold)
