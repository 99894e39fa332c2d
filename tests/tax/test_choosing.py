"""Specific identification: a person chooses the lots of a sale before it settles (TX-3)."""

from decimal import Decimal

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import Picked
from allusr_sdk.tax.choosing import choose, held_before
from tests.tax.books import Books

PERSON = {"actor": "A. Person", "reason": "the loss is wanted this year"}


@pytest.fixture
def sold(books):
    """Three lots at 100, 130 and 120 (e1 to e3), and 150 sold on Thursday (e4)."""
    for day, price in (("01-05", "100"), ("02-05", "130"), ("03-05", "120")):
        books.buy(f"2026-{day}", "MSFT", 100, price)
    books.sell("2026-09-03", "MSFT", 150, "125")
    return books


def choosing(books, *lots, day="2026-09-03", sale="e4"):
    picks = [Picked(lot=lot, units=units) for lot, units in lots]
    return choose(books.run, sale, picks, at=books.noon(day), **PERSON)


def test_the_lots_that_a_person_chose_end(sold):
    choosing(sold, ("e3", 100), ("e2", 50))
    year = sold.year()
    assert [(line.description, line.cost) for line in year.lines] == [("50 MSFT", 6500), ("100 MSFT", 12000)]
    assert [(lot.quantity, lot.book) for lot in year.lots] == [(100, 10000), (50, 6500)]


def test_the_books_go_on_by_first_in_first_out_and_the_difference_is_reported(sold):
    before = sold.run.book
    choosing(sold, ("e3", 100), ("e2", 50))
    rows = {d.cause: d.broker for d in sold.report().differences}
    assert sold.run.book == before
    assert (rows["Books: realised, first in, first out"], rows["Other lots chosen"]) == (2250, -2000)


def test_a_choice_stands_whatever_the_method_and_other_sales_go_by_the_method(sold):
    choosing(sold, ("e1", 100), ("e3", 50))
    sold.sell("2026-10-01", "MSFT", 50, "125")
    assert [line.cost for line in sold.year(method="hifo").lines][-1] == 6500


def test_the_newest_choice_for_a_sale_counts(sold):
    choosing(sold, ("e3", 100), ("e2", 50))
    choosing(sold, ("e1", 100), ("e3", 50))
    assert sum(line.cost for line in sold.year().lines) == 16000


def test_a_sale_that_has_settled_is_chosen_no_more(sold):
    with pytest.raises(StateRefusal, match="settles on 2026-09-04: lots are chosen before"):
        choosing(sold, ("e3", 100), ("e2", 50), day="2026-09-04")


def test_over_a_long_weekend_a_sale_settles_on_the_next_session(books):
    for price in ("100", "130"):
        books.buy("2026-01-05", "MSFT", 100, price)
    books.sell("2026-09-04", "MSFT", 100, "125")
    choosing(books, ("e2", 100), day="2026-09-07", sale="e3")
    assert books.year().gain == -500


@pytest.mark.parametrize(("lots", "says"), [
    ((("e3", 100),), "sold 150: the units of the lots must be positive and sum to it"),
    ((("e3", 160), ("e2", -10)), "must be positive"),
    ((("e3", 120), ("e2", 30)), "were not held then"),
    ((("e9", 150),), "were not held then"),
])  # fmt: skip
def test_lots_that_do_not_fit_are_refused_and_nothing_is_written(sold, lots, says):
    with pytest.raises(InputError, match=says):
        choosing(sold, *lots)
    assert sold.ledger.chain("lots") is None


def test_what_is_no_sale_is_refused(sold):
    with pytest.raises(InputError, match="has no sale with that execution"):
        choosing(sold, ("e1", 100), sale="e1")


def test_assigned_shares_are_named_by_their_entry(books):
    put = "MSFT  260522P00500000"
    books.buy("2026-01-05", "MSFT", 100, "400")
    books.write("2026-05-21", put, 1, "6.20")
    number = books.assign("2026-05-22", put, 1).seq
    books.sell("2026-06-01", "MSFT", 100, "450")
    choosing(books, (f"#{number}", 100), day="2026-06-01", sale="e3")
    assert books.year().gain == -4380


def test_a_choice_of_another_run_of_the_home_is_none_of_this_one():
    with open_ledger("sqlite://") as ledger:
        for chosen in (True, False):
            books = Books(ledger=ledger)
            for price in ("100", "130"):
                books.buy("2026-01-05", "MSFT", 100, price)
            books.sell("2026-09-03", "MSFT", 100, "125")
            if chosen:
                choosing(books, ("e2", 100), sale="e3")
            assert books.year().gain == (-500 if chosen else 2500)
        assert all(report.ok for report in verify_all(ledger))


def test_held_lots_are_those_before_the_sale(sold):
    entry, held = held_before(sold.run, "e4")
    assert [(p.execution, p.quantity, p.amount) for p in held] == [
        ("e1", 100, Decimal(10000)), ("e2", 100, Decimal(13000)), ("e3", 100, Decimal(12000)),
    ]  # fmt: skip
    assert f"{entry.day}" == "2026-09-03"


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def lots(capsys, tmp_path):
    """Call `allusr ledger lots` on a home with a sale of the past."""
    with open_ledger(tmp_path) as ledger:
        books = Books(ledger=ledger)
        for price in ("100", "130"):
            books.buy("2025-01-06", "MSFT", 100, price)
        books.sell("2025-09-03", "MSFT", 100, "125")
        books.run.flush()

    def call(*arguments):
        code = invoke(["ledger", "lots", *arguments, "--home", str(tmp_path)])
        return code, capsys.readouterr()

    return call


def test_the_command_lists_what_was_held(lots):
    code, printed = lots("e3")
    assert code == 0
    assert "e3 of 2025-09-03, settles 2025-09-04: no choice stands" in printed.out
    assert "10,000.00" in printed.out


def test_a_choice_after_settlement_ends_with_3(lots):
    code, printed = lots("e3", "--take", "e2=100", "--by", "A. Person", "--reason", "taxes")
    assert (code, printed.out) == (3, "")
    assert "settles on 2025-09-04" in printed.err


@pytest.mark.parametrize(("arguments", "says"), [
    (("e3", "--take", "e2:100"), "expected LOT=UNITS"),
    (("e3", "--take", "e2=100"), "a choice needs a person's name (--by) and a reason (--reason)"),
    (("e7",), "has no sale with that execution"),
])  # fmt: skip
def test_what_the_command_cannot_use_is_one_line_and_exit_2(lots, arguments, says):
    code, printed = lots(*arguments)
    assert (code, len(printed.err.splitlines())) == (2, 1)
    assert says in printed.err
