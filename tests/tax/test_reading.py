"""What a tax year reads of the journal: days by New York's midnight, its own run, no old put that cannot matter."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from allusr_sdk.ledger.tax import entries_since, first_since, last_marks, realised, tax_entries
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Filled, Marked
from allusr_sdk.tax.walk import HANDLERS
from tests.tax.books import Books

GONE, PUT, CALL = "MSFT  250221P00210000", "AAPL  250221P00210000", "AAPL  250221C00210000"


class Hours(Books):
    """Books that are told by the hour (`2026-06-15T23:59`); a day alone is its midnight."""

    @staticmethod
    def noon(day):
        return datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)


@pytest.fixture
def hours(books):
    return Hours(ledger=books.ledger)


def lapsed(books, name, price):
    """A put of an old year that brought no shares."""
    books.write("2025-02-17", name, 1, price)
    books.expire("2025-02-21", name, -1)


def kept(books, since="2026-01-01"):
    """Instruments that are told of to a year in which a put at three tenths of its strike is deep."""
    found = entries_since(books.run, tuple(HANDLERS), date.fromisoformat(since), Decimal("0.3"))
    return {entry.event.instrument for entry in found}


# --- what is left out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "price", "told"), [
    (GONE, "56.69", False), (GONE, "56.70", True), (GONE, "150.00", True),
    ("NVR   250221P10000000", "2699.99", False), ("NVR   250221P10000000", "2700.00", True),
])  # fmt: skip
def test_an_old_put_is_told_of_from_nine_tenths_of_a_deep_premium_on(books, name, price, told):
    lapsed(books, name, price)
    assert (name in kept(books)) is told


def test_calls_and_what_was_bought_are_told_of_however_old(books):
    lapsed(books, GONE, "1.00")
    lapsed(books, CALL, "1.00")
    books.buy("2025-02-17", PUT, 1, "1.00")
    books.sell("2025-02-18", PUT, 1, "1.50")
    assert kept(books) == {CALL, PUT}


def test_what_is_open_is_told_of_however_old(books):
    lapsed(books, GONE, "1.00")
    books.write("2025-02-17", PUT, 2, "1.00")
    books.back("2025-02-18", PUT, 1, "0.50")
    assert kept(books) == {PUT}


def test_shares_that_came_and_went_are_told_of_however_old(books):
    lapsed(books, GONE, "1.00")
    books.buy("2025-02-17", "NVDA", 100, "110.00")
    books.sell("2025-02-18", "NVDA", 100, "120.00")
    assert kept(books) == {"NVDA"}


def test_what_the_first_entry_of_the_time_ends_is_told_of_from_its_beginning(books):
    lapsed(books, GONE, "1.00")
    name = "AAPL  260220P00210000"
    books.write("2025-12-30", name, 1, "1.00")
    books.back("2026-01-02", name, 1, "0.50")
    found = entries_since(books.run, tuple(HANDLERS), date(2026, 1, 1), Decimal("0.3"))
    assert [(entry.day, entry.event.quantity) for entry in found] == [(date(2025, 12, 30), -1), (date(2026, 1, 2), 1)]


def test_what_another_run_of_the_home_holds_assigns_or_trades_brings_nothing_old_back(books):
    lapsed(books, GONE, "1.00")
    other = Books(ledger=books.ledger)
    for each in (books, other):
        each.write("2025-02-17", PUT, 1, "1.00")
        each.assign("2025-02-21", PUT, 1)
    for _ in range(2):
        other.write("2025-02-17", GONE, 1, "1.00")
    other.run.flush()
    assert (books.run.seq, other.run.seq) == (6, 6)
    assert kept(books) == {PUT}


# --- days -----------------------------------------------------------------------------------------------------------


def marks(hours, *moments):
    """A mark at each moment: one dollar at the first, two at the second."""
    hours.buy("2026-01-05", "MSFT", 100, "100")
    for price, moment in enumerate(moments, 1):
        hours.mark(moment, "MSFT", str(price))


def test_entries_of_days_begin_with_one_midnight_and_end_before_another(hours):
    marks(hours, "2026-03-02T23:59", "2026-03-03", "2026-03-04T23:59", "2026-03-05", "2026-03-05T12:00")
    found = tax_entries(hours.run, (Marked,), date(2026, 3, 3), date(2026, 3, 4))
    assert [(entry.event.mark, entry.day.day) for entry in found] == [(2, 3), (3, 4)]
    assert [entry.event.mark for entry in tax_entries(hours.run, (Marked,), date(2026, 3, 5))] == [4, 5]
    assert [entry.event.mark for entry in tax_entries(hours.run, (Marked,), last=date(2026, 3, 2))] == [1]
    assert [type(entry.event) for entry in tax_entries(hours.run, (Filled,))] == [Filled]


def test_the_first_entry_since_a_day_is_the_one_at_its_midnight_or_after_of_its_own_run(hours):
    marks(hours, "2026-03-02T23:59", "2026-03-03", "2026-03-05")
    other = Hours(ledger=hours.ledger)
    other.buy("2027-01-05", "MSFT", 100, "100")
    other.run.flush()
    assert [first_since(hours.run, date(2026, 3, day)) for day in (2, 3, 4, 5)] == [4, 5, 6, 6]
    assert first_since(hours.run, date(2026, 3, 6)) == 2**62
    assert first_since(other.run, date(2026, 3, 6)) == 2


def test_a_value_is_the_last_of_ten_days_and_of_none_before_or_after(hours):
    marks(hours, "2026-12-20T23:59", "2026-12-21", "2026-12-31T23:59", "2027-01-01")
    assert last_marks(hours.run, date(2026, 12, 31)) == {"MSFT": 3}
    assert last_marks(hours.run, date(2026, 12, 30)) == {"MSFT": 2}
    assert last_marks(hours.run, date(2027, 1, 11)) == {"MSFT": 4}
    assert last_marks(hours.run, date(2027, 1, 12)) == {}


# --- what the books realised ----------------------------------------------------------------------------------------


def sold(hours, *sales):
    """Shares that cost 100 dollars each, sold a hundred at a time: a moment and a price each."""
    hours.buy("2025-12-01", "MSFT", 100 * len(sales), "100")
    for moment, price in sales:
        hours.sell(moment, "MSFT", 100, price)


def test_a_years_result_is_of_its_instants_to_the_midnights_whenever_it_was_told(hours):
    sold(
        hours, ("2025-12-31T23:59", "101"), ("2026-01-01", "102"), ("2026-06-01", "103"), ("2025-12-30", "109"),
        ("2026-12-31T23:59", "104"), ("2027-01-01", "105"), ("2027-01-01T12:00", "106"), ("2027-03-01", "107"),
    )  # fmt: skip
    assert [realised(hours.run, year) for year in (2024, 2025, 2026, 2027, 2028)] == [0, 1000, 900, 1800, 0]


def test_a_years_result_is_of_one_run_alone(hours):
    other = Hours(ledger=hours.ledger)
    sold(hours, ("2026-03-02", "101"), ("2027-03-02", "102"), ("2027-03-03", "103"))
    sold(other, *[("2026-05-04", "150")] * 3)
    for each in (hours, other):
        each.run.flush()
    assert [realised(hours.run, year) for year in (2026, 2027)] == [100, 500]
    assert [realised(other.run, year) for year in (2026, 2027)] == [15000, 0]
