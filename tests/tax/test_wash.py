"""Wash sales: what is disallowed, where it goes, and what stays free (TX-4, TX-6)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.model.nodes import AccountMap
from allusr_sdk.tax.outside import Outside

PUT = "TSLA  260626P00295000"
CALL = "TSLA  260918C00300000"
DEEP = "TSLA  260626P00400000"


def lost(books, day="2026-06-15", symbol="TSLA", count=100, ledger="rev_acc"):
    """Shares bought early at 312 and sold at 300."""
    books.buy("2026-01-05", symbol, count, "312", ledger=ledger)
    books.sell(day, symbol, count, "300", ledger=ledger)


def disallowed(year):
    return sum(line.adjustment for line in year.lines)


def test_a_put_assigned_in_the_window_takes_the_loss_its_days_and_the_basis(books):
    books.buy("2026-06-01", "TSLA", 100, "312", ledger="rev_acc")
    books.sell("2026-06-15", "TSLA", 100, "300", fee="0.65", ledger="rev_acc")
    books.write("2026-06-22", PUT, 1, "4.00", fee="0.70", ledger="rev_acc")
    books.assign("2026-06-26", PUT, 1, ledger="rev_acc")
    year = books.year()
    (line,), (lot,) = year.lines, year.lots
    assert line.columns() == {
        "part": "I", "desc": "100 TSLA", "b": "06/01/2026", "c": "06/15/2026", "d": "29999.35", "e": "31200.00",
        "f": "W", "g": "1200.65", "h": "0.00",
    }  # fmt: skip
    assert (lot.book, lot.basis, lot.acquired) == (Decimal("29100.70"), Decimal("30301.35"), date(2026, 6, 12))


@pytest.mark.parametrize(("day", "off"), [("2026-07-15", 1200), ("2026-07-16", 0), ("2026-05-16", 1200),
                                          ("2026-05-15", 0)])  # fmt: skip
def test_thirty_days_before_and_after_count_and_no_more(books, day, off):
    books.buy("2026-01-05", "TSLA", 100, "312")
    if day < "2026-06-15":
        books.buy(day, "TSLA", 100, "290")
    books.sell("2026-06-15", "TSLA", 100, "300")
    if day > "2026-06-15":
        books.buy(day, "TSLA", 100, "290")
    assert disallowed(books.year()) == off


def test_the_window_reaches_across_the_years_end(books):
    lost(books, day="2026-12-20")
    books.buy("2027-01-08", "TSLA", 100, "290", ledger="rev_acc")
    books.sell("2027-03-01", "TSLA", 100, "295", ledger="rev_acc")
    first, second = books.year(2026), books.year(2027)
    assert (first.gain, second.gain) == (Decimal(0), Decimal(500 - 1200))
    assert second.lines[0].acquired == date(2027, 1, 8 - 0) - (date(2026, 12, 20) - date(2026, 1, 5))


def test_shares_are_matched_one_by_one_and_the_earliest_purchase_first(books):
    lost(books, count=100)
    books.buy("2026-06-20", "TSLA", 30, "290")
    books.buy("2026-06-25", "TSLA", 200, "290")
    lots = books.year().lots
    assert [(lot.quantity, lot.basis - lot.book) for lot in lots] == [(30, 360), (70, 840), (130, 0)]


def test_a_share_stands_for_one_that_was_sold_once(books):
    lost(books, count=100)
    books.buy("2026-06-16", "TSLA", 100, "290")
    books.buy("2026-02-05", "TSLA", 100, "310", ledger="com_acc")
    books.sell("2026-06-17", "TSLA", 100, "300", ledger="com_acc")
    assert disallowed(books.year()) == 1200


def test_shares_of_the_same_purchase_replace_nothing(books):
    books.buy("2026-06-10", "TSLA", 200, "312")
    books.sell("2026-06-15", "TSLA", 100, "300")
    assert disallowed(books.year()) == 0


def test_what_is_sold_together_with_the_loss_replaces_nothing(books):
    books.buy("2026-05-01", "TSLA", 100, "312")
    books.buy("2026-06-10", "TSLA", 100, "310")
    books.sell("2026-06-15", "TSLA", 200, "300")
    assert disallowed(books.year()) == 0


def test_the_broker_sees_one_instrument_in_one_account(books):
    lost(books)
    books.buy("2026-06-18", CALL, 1, "20")
    assert disallowed(books.year(mode="broker")) == 0
    assert disallowed(books.year(mode="taxpayer")) == 1200


def test_other_ledgers_of_one_account_are_one_to_the_broker_and_another_account_is_not(books):
    lost(books, ledger="rev_acc")
    books.buy("2026-06-18", "TSLA", 100, "290", ledger="f1.rev_acc")
    assert disallowed(books.year(mode="broker")) == 1200
    assert disallowed(books.year(mode="broker", accounts=AccountMap({"f1": "U2"}))) == 0
    assert disallowed(books.year(mode="taxpayer", accounts=AccountMap({"f1": "U2"}))) == 1200


def test_a_call_that_takes_a_loss_bears_it_and_hands_it_to_its_shares(books):
    lost(books)
    books.buy("2026-06-18", CALL, 1, "20")
    (lot,) = books.year().lots
    assert lot.basis - lot.book == 1200
    books.exercise("2026-09-18", CALL, 1)
    (lot,) = books.year().lots
    assert (lot.instrument, lot.book, lot.basis) == ("TSLA", 32000, 33200)


def test_half_of_what_a_call_is_on_can_stand_for_fewer_shares(books):
    lost(books, count=40)
    books.buy("2026-06-18", CALL, 1, "20")
    year = books.year()
    assert disallowed(year) == 480
    assert [lot.basis - lot.book for lot in year.lots] == [480]


def test_a_put_written_deep_in_the_money_replaces_shares_and_another_does_not(books):
    lost(books)
    books.write("2026-06-22", DEEP, 1, "99")
    assert disallowed(books.year(deep=Decimal("0.10"))) == 1200
    assert disallowed(books.year(deep=Decimal("0.30"))) == 0
    assert disallowed(books.year(mode="broker")) == 0


def test_a_deep_put_that_is_assigned_gives_the_loss_to_its_shares_once(books):
    lost(books, count=200)
    books.write("2026-06-22", DEEP, 1, "99")
    books.assign("2026-06-26", DEEP, 1)
    year = books.year()
    assert disallowed(year) == 1200
    assert [(lot.book, lot.basis) for lot in year.lots] == [(30100, 31300)]


def test_both_alphabet_classes_are_one_security_to_the_taxpayer(books):
    lost(books, symbol="GOOG")
    books.buy("2026-06-18", "GOOGL", 100, "290")
    assert disallowed(books.year(mode="broker")) == 0
    assert disallowed(books.year(mode="taxpayer")) == 1200
    assert disallowed(books.year(mode="taxpayer", family=frozenset())) == 0


def test_a_purchase_elsewhere_takes_the_loss_away_and_the_page_says_where(books):
    lost(books)
    elsewhere = (Outside(date(2026, 6, 20), "ira", "TSLA", 60),)
    year = books.year(outside=elsewhere)
    assert (disallowed(year), year.moved) == (720, {"ira": Decimal("720.00")})
    assert disallowed(books.year(mode="broker", outside=elsewhere)) == 0


def test_a_loss_on_an_option_is_flagged_for_another_contract_and_not_disallowed(books):
    books.write("2026-06-08", "TSLA  260612P00300000", 2, "4.30")
    books.back("2026-06-10", "TSLA  260612P00300000", 2, "11.80")
    books.write("2026-06-10", "TSLA  260710P00292500", 2, "13.20")
    year = books.year()
    assert (disallowed(year), [flag.rule for flag in year.flags]) == (0, ["TX-4"])
    assert "260710P00292500 was written on 2026-06-10" in year.flags[0].text
    assert books.year(mode="broker").flags == ()


@pytest.mark.parametrize("mode", ["broker", "taxpayer"])
def test_the_same_contract_written_again_bears_the_loss_until_it_ends(books, mode):
    books.write("2026-06-08", PUT, 1, "4.00")
    books.back("2026-06-10", PUT, 1, "10.00")
    books.write("2026-06-11", PUT, 1, "9.00")
    assert books.year(mode=mode).gain == 0
    books.expire("2026-06-26", PUT, -1)
    year = books.year(mode=mode)
    assert [line.gain for line in year.lines] == [Decimal(0), Decimal(300)]


def test_a_loss_that_was_moved_is_disallowed_again_when_its_shares_are_replaced(books):
    lost(books)
    books.buy("2026-06-18", "TSLA", 100, "290", ledger="rev_acc")
    books.sell("2026-06-25", "TSLA", 100, "280", ledger="rev_acc")
    books.buy("2026-07-01", "TSLA", 100, "281", ledger="rev_acc")
    year = books.year()
    assert [line.adjustment for line in year.lines] == [1200, 2200]
    assert [lot.basis - lot.book for lot in year.lots] == [2200]


def test_shares_are_counted_as_a_split_leaves_them(books):
    lost(books, count=100)
    books.buy("2026-06-18", "TSLA", 50, "290")
    books.split("2026-06-22", "TSLA", 3)
    books.buy("2026-06-25", "TSLA", 600, "97")
    lots = books.year().lots
    assert [(lot.quantity, lot.basis - lot.book) for lot in lots] == [(150, 600), (150, 600), (450, 0)]


def test_index_options_know_no_wash_sale(books):
    name = "XSP   261218P00540000"
    books.buy("2026-06-10", name, 1, "11.20")
    books.sell("2026-06-12", name, 1, "9.20")
    books.buy("2026-06-15", name, 1, "9.00")
    books.sell("2026-06-16", name, 1, "9.00")
    assert books.year().gain == -200
