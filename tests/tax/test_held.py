"""Open lots are those of the books, read without what has ended and left nothing behind."""

from decimal import Decimal

from allusr_sdk.ledger.tax import entries_of_open
from allusr_sdk.tax.held import open_lots
from allusr_sdk.tax.walk import HANDLERS

GONE, LEFT = "AAPL  260522P00210000", "MSFT  260522P00400000"


def test_what_is_open_is_read_and_what_lapsed_is_not(books):
    books.write("2026-05-18", GONE, 2, "1.15")
    books.expire("2026-05-22", GONE, -2)
    books.write("2026-05-18", LEFT, 3, "2.00", fee="0.70")
    books.back("2026-05-19", LEFT, 1, "1.00")
    read = {entry.event.instrument for entry in entries_of_open(books.run, tuple(HANDLERS))}
    assert read == {LEFT}
    (lot,) = open_lots(books.run)
    (booked,) = books.run.book.ledgers["gen_acc"].lots
    assert (lot.quantity, lot.amount) == (booked.quantity, booked.amount) == (-2, Decimal("399.53"))


def test_shares_that_an_assignment_brought_are_open_with_the_premium_inside(books):
    books.write("2026-05-18", LEFT, 1, "2.00")
    books.assign("2026-05-22", LEFT, 1)
    (lot,) = open_lots(books.run)
    assert (lot.instrument, lot.quantity, lot.amount) == ("MSFT", 100, Decimal("39800.00"))
