"""A tax year: lots, forms, index options, reserve, and what tells books and modes apart (TX-2, TX-3, TX-5, TX-8)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Adjusted, Moved, Reinvested, TransferSent, TransferTaken
from allusr_sdk.model.events import Revalued as Marked_at_weeks_end
from tests.tax.books import Books

XSP = "XSP   261218P00540000"
NEXT = "XSP   270618P00540000"


# --- lots ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(books):
    """Three lots of 100 at 100, 130 and 120, and 150 sold at 125."""
    for day, price in (("01-05", "100"), ("02-05", "130"), ("03-05", "120")):
        books.buy(f"2026-{day}", "MSFT", 100, price)
    books.sell("2026-09-01", "MSFT", 150, "125")
    return books


def test_the_oldest_shares_go_first_unless_said_otherwise(three):
    assert [(line.description, line.cost) for line in three.year().lines] == [("100 MSFT", 10000), ("50 MSFT", 6500)]


def test_the_dearest_shares_go_first_where_that_is_chosen(three):
    year = three.year(method="hifo")
    assert [(line.description, line.cost) for line in year.lines] == [("100 MSFT", 13000), ("50 MSFT", 6000)]
    assert [(lot.quantity, lot.book) for lot in year.lots] == [(100, 10000), (50, 6000)]


def test_the_difference_of_other_lots_to_the_books_is_a_row_of_its_own(three):
    rows = {d.cause: d.broker for d in three.report(method="hifo").differences}
    assert rows["Books: realised, first in, first out"] == 2250
    assert rows["Other lots chosen"] == -2500
    assert rows["Schedule D"] == -250


def test_written_options_go_first_in_first_out_whatever_is_chosen(books):
    name = "SPY   260522P00600000"
    books.write("2026-05-21", name, 1, "2.70", fee="0.70")
    books.write("2026-05-21", name, 2, "3.00", fee="1.40")
    books.back("2026-05-22", name, 2, "1.00", fee="1.40")
    for method in ("fifo", "hifo"):
        assert [line.gain for line in books.year(method=method).lines] == [Decimal("168.60"), Decimal("198.60")]


def moved(books, day, ledger, to, lot):
    """A transfer in kind, both sides."""
    name = lot.instrument
    symbol = name[:6].strip()
    about = {"symbol": symbol, "key": f"{ledger}-{to}-{day}", "amount": Decimal("0.00"), "lots": (lot,)}
    books.tell(day, TransferSent(ledger=ledger, to=to, **about))
    books.tell(day, TransferTaken(ledger=to, source=ledger, **about))


def test_lots_that_are_moved_keep_dates_and_bases(books):
    books.buy("2025-03-03", "NVDA", 100, "110", ledger="rev_acc")
    moved(books, "2026-01-09", "rev_acc", "com_acc", Moved(
        instrument="NVDA", quantity=100, amount=Decimal("11000.00"), price=Decimal("110.00"),
        opened=date(2025, 3, 3), execution="e1",
    ))  # fmt: skip
    books.sell("2026-02-02", "NVDA", 40, "120", ledger="com_acc")
    year = books.year()
    assert [(lot.ledger, lot.acquired, lot.basis) for lot in year.lots] == [("com_acc", date(2025, 3, 3), 6600)]
    assert year.lines[0].acquired == date(2025, 3, 3)


def test_a_transfer_takes_the_lot_that_it_names_though_the_dearest_goes_first(books):
    for price in ("10", "20"):
        books.buy("2026-03-03", NEXT, 1, price, ledger="com_acc")
    moved(books, "2026-03-04", "com_acc", "llms_hedge", Moved(
        instrument=NEXT, quantity=1, amount=Decimal("1000.00"), price=Decimal("10.00"), opened=date(2026, 3, 3),
        execution="e1",
    ))  # fmt: skip
    lots = books.year(method="hifo").lots
    assert [(lot.ledger, lot.book) for lot in lots] == [("com_acc", 2000), ("llms_hedge", 1000)]


def test_a_call_over_shares_that_moved_later_counts_where_it_was_written(books):
    call = "NVDA  260612C00185000"
    books.buy("2025-08-01", "NVDA", 100, "150", ledger="rev_acc")
    books.write("2026-06-08", call, 1, "2.10", ledger="rev_acc")
    books.expire("2026-06-12", call, -1, ledger="rev_acc")
    moved(books, "2026-06-15", "rev_acc", "com_acc", Moved(
        instrument="NVDA", quantity=100, amount=Decimal("15000.00"), price=Decimal("150.00"),
        opened=date(2025, 8, 1), execution="e1",
    ))  # fmt: skip
    assert [lot.since for lot in books.year().lots] == [date(2026, 6, 12)]


def test_a_correction_stands_in_the_line_that_it_corrects_whenever_it_came(books):
    books.buy("2026-03-03", "MSFT", 100, "400", key="k1")
    books.sell("2026-12-30", "MSFT", 100, "410", key="k2")
    books.correct("2027-01-04", "e1", "-5.00", key="k1", instrument="MSFT")
    books.correct("2027-01-04", "e2", "-1.00", key="k2", instrument="MSFT")
    (line,) = books.year().lines
    assert (line.cost, line.proceeds) == (40005, 40999)
    rows = {d.rule: d.broker for d in books.report(2026).differences}
    assert rows["TX-1"] == -6


def test_a_corrected_premium_goes_on_into_the_assigned_shares(books):
    put = "MSFT  260522P00500000"
    books.write("2026-05-21", put, 1, "6.20", fee="0.70", key="k1")
    books.assign("2026-05-22", put, 1)
    books.correct("2026-05-26", "e1", "-0.30", key="k1", instrument=put, fee="0.30")
    assert [lot.basis for lot in books.year().lots] == [Decimal("49381.00")]


def test_an_adjusted_contract_is_the_lot_that_it_was(books):
    put = "MSFT  260522P00500000"
    books.write("2026-05-12", put, 1, "6.20")
    books.tell("2026-05-13", Adjusted(ledger="gen_acc", symbol="MSFT", instrument=put, root="MSFT1", why="spin-off"))
    books.back("2026-05-14", "MSFT1 260522P00500000", 1, "1.00")
    assert [line.gain for line in books.year().lines] == [520]


# --- forms --------------------------------------------------------------------------------------------------------


def test_a_written_option_is_rendered_as_the_form_asks_and_as_a_1099_b_has_it(books):
    put = "NVDA  260612P00180000"
    books.write("2026-06-08", put, 5, "2.40", fee="3.50")
    books.back("2026-06-10", put, 5, "0.80", fee="3.50")
    (line,) = books.year().lines
    gross, net = line.columns("gross"), line.columns("net")
    assert (gross["d"], gross["e"], gross["h"]) == ("1196.50", "403.50", "793.00")
    assert (net["d"], net["e"], net["h"]) == ("793.00", "0.00", "793.00")


def test_a_written_option_that_cost_more_has_negative_proceeds_on_a_1099_b(books):
    put = "NVDA  260612P00180000"
    books.write("2026-06-08", put, 1, "2.00")
    books.back("2026-06-10", put, 1, "5.00")
    assert books.year().lines[0].columns("net")["d"] == "(300.00)"


@pytest.mark.parametrize(("form", "boxes"), [("covered", ["A", "D"]), ("basis", ["B", "E"]), ("none", ["C", "F"])])
def test_boxes_follow_what_a_1099_b_says(books, form, boxes):
    books.buy("2025-03-03", "NVDA", 200, "110")
    books.buy("2026-03-03", "NVDA", 100, "120")
    books.sell("2026-06-01", "NVDA", 300, "130")
    year = books.year(box=form)
    assert [(t.box, t.gain) for t in year.totals] == [(boxes[0], 1000), (boxes[1], 4000)]


def test_a_bought_option_that_lapses_says_so_on_the_proceeds_side(books):
    call = "NVDA  260612C00180000"
    books.buy("2026-06-08", call, 1, "2.00")
    books.expire("2026-06-12", call, 1)
    assert books.year().lines[0].columns()["d"] == "Expired (0.00)"


def test_only_what_ended_in_the_year_is_in_it(books):
    books.buy("2025-01-06", "NVDA", 300, "110")
    for year in (2025, 2026, 2027):
        books.sell(f"{year}-06-01", "NVDA", 100, "130")
    assert [line.ended.year for line in books.year(2026).lines] == [2026]


def test_an_expiry_on_the_last_day_counts_in_its_year_though_it_is_booked_later(books):
    put = "NVDA  261231P00180000"
    books.write("2026-12-28", put, 1, "2.00")
    books.assign("2027-01-04", put, 1)
    assert [lot.acquired for lot in books.year(2027).lots] == [date(2026, 12, 31)]


# --- index options ------------------------------------------------------------------------------------------------


def test_index_options_stand_on_form_6781_sixty_to_forty(books):
    books.buy("2026-06-10", XSP, 2, "11.20", fee="1.40")
    books.sell("2026-08-05", XSP, 2, "19.50", fee="1.40")
    year = books.year()
    assert year.lines == ()
    assert [(t.long_term, t.gain) for t in year.totals] == [(False, Decimal("662.88")), (True, Decimal("994.32"))]


@pytest.fixture
def over_years(books):
    """An index put bought for 1,000, marked at 1,400 at the year's end and sold for 900 in the next."""
    books.buy("2026-06-10", NEXT, 1, "10")
    books.mark("2026-12-30", NEXT, "12")
    books.mark("2026-12-31", NEXT, "14")
    books.sell("2027-03-05", NEXT, 1, "9")
    return books


def test_an_open_index_option_is_marked_and_the_next_year_begins_at_the_mark(over_years):
    first, second = over_years.year(2026), over_years.year(2027)
    assert [(x.before, x.value, x.gain, x.marked) for x in first.index] == [(1000, 1400, 400, True)]
    assert [lot.basis for lot in first.lots] == [1400]
    assert [(x.before, x.value, x.gain, x.marked) for x in second.index] == [(1400, 900, -500, False)]
    assert first.complete


def test_a_written_index_option_gains_as_its_mark_falls(books):
    books.write("2026-06-10", NEXT, 1, "10")
    books.mark("2026-12-31", NEXT, "4")
    books.back("2027-03-05", NEXT, 1, "5")
    assert [books.year(y).gain for y in (2026, 2027)] == [600, -100]


def test_a_mark_of_a_weeks_end_will_do(books):
    books.buy("2026-06-10", NEXT, 1, "10")
    books.tell("2026-12-31", Marked_at_weeks_end(ledger="gen_acc", symbol="XSP", position=f"gen_acc:{NEXT}",
                                                 mark=Decimal("14"), amount=Decimal("400.00")))  # fmt: skip
    assert books.year().gain == 400


def test_without_a_mark_the_form_is_not_complete_and_says_so(books):
    books.buy("2026-06-10", NEXT, 1, "10")
    books.sell("2027-03-05", NEXT, 1, "9")
    year = books.year()
    assert year.index == ()
    assert "has no mark at the end of 2026" in year.unknown[0]


def test_options_on_funds_are_no_index_options(books):
    books.buy("2026-06-10", "SPY   261218P00540000", 1, "11")
    books.sell("2026-08-05", "SPY   261218P00540000", 1, "12")
    year = books.year()
    assert (year.index, len(year.lines)) == ((), 1)


def test_a_year_that_runs_is_marked_on_its_last_day_and_is_not_complete(books):
    books.buy("2026-06-10", NEXT, 1, "10")
    books.mark("2026-09-30", NEXT, "13")
    year = books.year()
    assert (year.asof, year.complete, year.gain) == (date(2026, 9, 30), False, 300)


# --- reserve and differences --------------------------------------------------------------------------------------


def test_the_reserve_is_the_rules_share_of_each_quarters_gain_after_losses_of_the_year(books):
    for day, sold in (("02-02", "120"), ("05-04", "70"), ("08-03", "140")):
        books.buy(f"2026-{day}", "MSFT", 100, "100")
        books.sell(f"2026-{day}", "MSFT", 100, sold)
    books.tell("2026-10-01", Reinvested(ledger="rev_acc", quarter="2026-Q1", gain=Decimal(2000), reserve=Decimal(600),
                                        contracts=Decimal(1050), leaps=Decimal(350)))  # fmt: skip
    rows = books.year().reserve
    assert [(row.base, row.wanted, row.appropriated) for row in rows] == [
        (2000, 600, 600), (0, 0, 0), (1000, 300, 0), (0, 0, 0),
    ]  # fmt: skip


def test_each_difference_is_a_row_and_the_rows_sum_to_schedule_d(over_years):
    over_years.buy("2026-06-01", "TSLA", 100, "312")
    over_years.sell("2027-03-06", "TSLA", 100, "300")
    for year in (2026, 2027):
        rows = over_years.report(year).differences
        for mode in ("broker", "taxpayer"):
            *causes, total = (getattr(row, mode) for row in rows)
            assert sum(causes) == total


def test_a_live_account_has_drafts_until_somebody_signed_the_method_off():
    live = Books(mode="live")
    try:
        assert live.report(2026).draft
        assert not live.report(2026, signed_off="A. Person, CPA, 2026-11-02").draft
    finally:
        live.ledger.close()
