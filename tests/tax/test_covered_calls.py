"""Covered calls in the taxpayer's mode: holding periods that begin anew, losses that wait, dividends (TX-7)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from allusr_sdk.model.events import CashBooked

CALL = "NVDA  260612C00185000"
LATE = "NVDA  261218C00185000"


def test_shares_not_yet_long_term_begin_anew_when_the_call_over_them_ends(books):
    books.buy("2025-08-01", "NVDA", 100, "150")
    books.write("2026-06-08", CALL, 1, "2.10")
    books.expire("2026-06-12", CALL, -1)
    books.sell("2026-09-01", "NVDA", 100, "200")
    cautious, broker = books.year(mode="taxpayer"), books.year(mode="broker")
    assert [line.columns()["part"] for line in broker.lines] == ["I", "II"]
    assert [line.columns()["part"] for line in cautious.lines] == ["I", "I"]
    assert cautious.lines[1].columns()["b"] == "08/01/2025"
    assert cautious.gain == broker.gain


def test_shares_that_were_long_term_when_it_was_written_stay_so_when_called_away(books):
    books.buy("2025-03-03", "NVDA", 100, "110")
    books.write("2026-06-08", CALL, 1, "2.10", fee="0.70")
    books.assign("2026-06-09", CALL, 1, fee="0.45")
    (line,) = books.year().lines
    assert (line.columns()["part"], line.gain) == ("II", Decimal("7708.85"))


def test_a_year_reached_only_under_a_call_is_not_reached(books):
    books.buy("2025-06-10", "NVDA", 100, "110")
    books.write("2026-06-08", CALL, 1, "2.10")
    books.assign("2026-06-12", CALL, 1)
    assert not books.year().lines[0].long_term
    assert books.year(mode="broker").lines[0].long_term


def test_shares_that_no_call_lay_over_keep_their_period(books):
    books.buy("2025-08-01", "NVDA", 300, "150")
    books.write("2026-06-08", CALL, 1, "2.10")
    books.expire("2026-06-12", CALL, -1)
    books.sell("2026-09-01", "NVDA", 300, "200")
    shares = [(line.description, line.long_term) for line in books.year().lines[1:]]
    assert shares == [("100 NVDA", False), ("200 NVDA", True)]


def test_a_call_of_more_than_thirty_days_is_left_to_a_person(books):
    books.buy("2025-08-01", "NVDA", 100, "150")
    books.write("2026-06-08", LATE, 1, "22.10")
    books.back("2026-06-12", LATE, 1, "20.00")
    books.sell("2026-09-01", "NVDA", 100, "200")
    assert books.year().lines[1].long_term


def test_a_loss_on_a_call_over_long_held_shares_is_long_term(books):
    books.buy("2025-03-03", "NVDA", 100, "110")
    books.write("2026-06-08", CALL, 1, "2.10")
    books.back("2026-06-10", CALL, 1, "5.10")
    books.sell("2026-06-11", "NVDA", 100, "187")
    call = books.year().lines[0]
    assert (call.long_term, call.gain) == (True, -300)
    assert not books.year(mode="broker").lines[0].long_term


@pytest.fixture
def december(books):
    """A call bought back at a loss of 300 in December, over shares that are 6,900 up at the year's end."""
    books.buy("2026-09-01", "NVDA", 100, "110")
    books.write("2026-12-07", "NVDA  261211C00175000", 1, "2.00")
    books.back("2026-12-10", "NVDA  261211C00175000", 1, "5.00")
    books.mark("2026-12-31", "NVDA", "179")
    return books


def test_a_loss_waits_while_the_shares_under_it_show_a_gain(december):
    year = december.year()
    rows = [(row.loss, row.unrecognised, row.deferred, row.recognised) for row in year.waiting]
    assert rows == [(300, 6900, 300, 0)]
    assert (year.lines, year.gain) == ((), 0)
    assert december.year(mode="broker").gain == -300


def test_it_counts_in_the_year_in_which_the_shares_are_gone(december):
    december.sell("2027-02-01", "NVDA", 100, "180")
    year = december.year(2027)
    assert [(row.carried, row.recognised) for row in year.waiting] == [(True, 300)]
    assert (year.gain, december.year(2027, mode="broker").gain) == (6700, 7000)


def test_only_what_the_gain_reaches_waits(books):
    books.buy("2026-09-01", "NVDA", 100, "178")
    books.write("2026-12-07", "NVDA  261211C00180000", 1, "2.00")
    books.back("2026-12-10", "NVDA  261211C00180000", 1, "5.00")
    books.mark("2026-12-31", "NVDA", "179")
    year = books.year()
    assert [(row.deferred, row.recognised) for row in year.waiting] == [(100, 200)]
    assert year.gain == -200


def test_one_gain_stands_against_losses_once(books):
    books.buy("2026-09-01", "NVDA", 100, "175")
    for day, strike in (("01", "00180000"), ("07", "00181000")):
        name = f"NVDA  2612{int(day) + 4:02d}C{strike}"
        books.write(f"2026-12-{day}", name, 1, "2.00")
        books.back(f"2026-12-{int(day) + 2:02d}", name, 1, "5.00")
    books.mark("2026-12-31", "NVDA", "179")
    assert [row.deferred for row in books.year().waiting] == [300, 100]


def test_without_a_mark_the_whole_loss_waits_and_the_year_says_why(books):
    books.buy("2026-09-01", "NVDA", 100, "175")
    books.write("2026-12-07", "NVDA  261211C00180000", 1, "2.00")
    books.back("2026-12-10", "NVDA  261211C00180000", 1, "5.00")
    year = books.year()
    assert year.gain == 0
    assert year.unknown == ("NVDA has no mark at the end of 2026: losses on calls over it wait (TX-7)",)


def test_a_deep_call_over_shares_is_flagged_as_a_possible_constructive_sale(books):
    books.buy("2026-05-01", "NVDA", 100, "175")
    books.write("2026-06-08", "NVDA  260612C00120000", 1, "58")
    assert ["constructive sale" in flag.text for flag in books.year().flags] == [True]


def paid(books, weeks):
    """100 shares from January on, a dividend on 8 May, and calls from Monday to Friday over them, week by week."""
    books.buy("2026-01-05", "NVDA", 100, "110")
    monday, told = date(2026, 3, 9), False
    for week in range(18):
        if not told and monday > date(2026, 5, 8):
            books.dividend("2026-05-08", "NVDA", 100, "0.26")
            told = True
        friday = monday + timedelta(days=4)
        if week < weeks:
            books.write(f"{monday}", f"NVDA  {friday:%y%m%d}C00185000", 1, "1.00")
            books.expire(f"{friday}", f"NVDA  {friday:%y%m%d}C00185000", -1)
        monday += timedelta(days=7)
    books.mark("2026-09-30", "NVDA", "150")


def test_days_under_calls_do_not_count_for_a_qualified_dividend(books):
    paid(books, weeks=18)
    cautious, broker = books.year().dividends[0], books.year(mode="broker").dividends[0]
    assert (cautious.amount, cautious.qualified, cautious.uncovered) == (26, 0, 26)
    assert broker.qualified == 26


def test_as_many_days_without_a_call_as_are_needed_qualify(books):
    """121 days, 12 weeks of five under a call: 61 are left."""
    paid(books, weeks=12)
    assert books.year().dividends[0].qualified == 26


def test_a_week_more_under_calls_is_too_much(books):
    paid(books, weeks=13)
    assert books.year().dividends[0].qualified == 0


@pytest.mark.parametrize(("sold", "qualified"), [("2026-04-30", 0), ("2026-05-01", 26)])
def test_sixty_one_days_qualify_and_sixty_do_not(books, sold, qualified):
    books.buy("2026-03-01", "NVDA", 100, "110")
    books.dividend("2026-04-01", "NVDA", 100, "0.26")
    books.sell(sold, "NVDA", 100, "110")
    assert books.year(mode="broker").dividends[0].qualified == qualified


def test_a_dividend_of_the_accounts_own_line_is_not_qualified_for_its_shares_are_unknown(books):
    books.buy("2026-01-05", "NVDA", 100, "110")
    books.tell("2026-05-08", CashBooked(ledger="gen_acc", symbol="NVDA", line="d1", what="dividend",
                                        amount=Decimal("26.00")))  # fmt: skip
    (line,) = books.year().dividends
    assert (line.amount, line.qualified) == (26, 0)
    assert "shares are not known" in line.note


def test_holding_periods_and_dates_of_the_open_shares_are_told(december):
    (lot,) = december.year().lots
    assert (lot.acquired, lot.since) == (date(2026, 9, 1), date(2026, 12, 10))
