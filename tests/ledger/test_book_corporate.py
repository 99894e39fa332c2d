"""Dividends, splits, adjusted contracts and early assignment in the books (LQ-7, LG-2, TX-1, TX-2)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from sqlalchemy import text

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals, form_8949
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import (
    Adjusted,
    Assigned,
    DividendAccrued,
    DividendPaid,
    Expired,
    Marked,
    OrderChanged,
    SplitApplied,
    Unsettled,
    Watched,
)
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Watch

SLEEVE, D = "gen_acc", Decimal
AAPL = {"ledger": SLEEVE, "symbol": "AAPL"}
PUT, PUT_AFTER = "AAPL  260213P00600000", "AAPL  260213P00085710"
CALL, CALL_AFTER = "AAPL  260220C00630000", "AAPL  260220C00090000"
SEVEN = SplitApplied(**AAPL, ratio=7)


def lines(run):
    *_, last = run.entries()
    return [(x.account, x.instrument, x.amount, x.quantity) for x in last.lines]


def sound(run):
    return out_of_balance(balances(run), run.book) == () and verify(run).ok


@pytest.fixture
def apple(run, story):
    """Shares, a covered call and a put of AAPL, each with a past."""
    story.tell(
        run,
        story.fill("AAPL", 100, "630.00", opening=True),
        story.fill(CALL, -1, "2.10", opening=True),
        story.fill(PUT, -2, "9.10", opening=True, rolls=1, roll_debit=D("0.70"), first_credit=D("8.40")),
        Marked(ledger=SLEEVE, position=f"{SLEEVE}:{PUT}", mark=D("7.00")),
        Watched(ledger=SLEEVE, position=f"{SLEEVE}:{PUT}", watch=Watch(level=1, rising=1), m=1.2),
    )
    return run


# --- dividends -----------------------------------------------------------------------------------------------------


def test_a_dividend_is_cash_and_income_of_its_symbol(apple, story):
    before = apple.book.ledgers[SLEEVE]
    held = story.tell(apple, DividendPaid(**AAPL, shares=100, per_share=D("0.265"), cash=D("26.50")))
    assert (held.cash - before.cash, held.realised - before.realised) == (D("26.50"), D("26.50"))
    assert lines(apple) == [("1010", "", 2650, 0), ("4200", "AAPL", -2650, 0)]
    assert sound(apple)


@pytest.mark.parametrize(
    ("shares", "cash", "why"),
    [
        (200, "52.00", "a dividend on 200 of 100 shares held"),
        (0, "0.00", "a dividend on 0 of 100 shares held"),
        (100, "26.01", "100 shares at 0.26 do not pay 26.01"),
        (100, "NaN", "cash is NaN"),
    ],
)
def test_a_dividend_that_does_not_fit_the_shares_is_refused(apple, story, shares, cash, why):
    with pytest.raises(KernelError, match=why):
        story.tell(apple, DividendPaid(**AAPL, shares=shares, per_share=D("0.26"), cash=D(cash)))


@pytest.mark.parametrize(("kind", "word"), [(DividendPaid, "DividendPaid"), (DividendAccrued, "DividendAccrued")])
def test_one_share_is_paid_and_none_is_not(run, story, kind, word):
    paid = kind(**AAPL, shares=0, per_share=D("0.26"), cash=D("0.00"))
    with pytest.raises(KernelError, match=f"{word} in gen_acc does not fit the books: AAPL: a dividend on 0 of 0"):
        story.tell(run, paid)
    held = story.tell(run, story.fill("AAPL", 1, "260.00", opening=True), evolve(paid, shares=1, cash=D("0.26")))
    assert held.realised == D("0.26")


# --- splits --------------------------------------------------------------------------------------------------------


def test_a_split_restates_strikes_counts_and_prices_and_moves_no_money(apple, story):
    before = apple.book.ledgers[SLEEVE]
    held = story.tell(apple, SEVEN)
    after = {key.partition(":")[2]: (p.quantity, p.price, p.amount) for key, p in held.positions.items()}
    assert after == {
        "AAPL": (700, D("90.00"), D("63000.00")),
        CALL_AFTER: (-7, D("0.30"), D("209.30")),
        PUT_AFTER: (-14, D("1.30"), D("1818.60")),
    }
    assert (held.cash, held.realised, held.premium, held.fees) == (
        before.cash, before.realised, before.premium, before.fees,
    )  # fmt: skip
    assert sound(apple)


def test_what_the_protocol_remembers_by_share_shrinks_and_the_rest_stays(apple, story):
    put = story.tell(apple, SEVEN).positions[f"{SLEEVE}:{PUT_AFTER}"]
    assert (put.first_credit, put.roll_debit, put.mark, put.rolls) == (D("1.20"), D("0.10"), D("1.00"), 1)
    assert (put.watch, put.opened, put.contract) == (Watch(level=1, rising=1), story.at(4), Contract.parse(PUT_AFTER))


def test_the_reserve_follows_the_rounded_strike(apple, story):
    assert apple.book.ledgers[SLEEVE].reserved == D("120000")
    held = story.tell(apple, SEVEN)
    assert held.reserved == D("119994.00") == D("85.71") * 100 * 14
    assert held.uncovered("AAPL") == 0


def test_a_split_is_posted_as_quantities_that_move_and_amounts_that_do_not(apple, story):
    story.tell(apple, SEVEN)
    assert lines(apple) == [
        ("1100", "AAPL", 0, 600),
        ("2100", PUT_AFTER, -181860, -14),
        ("2100", PUT, 181860, 2),
        ("2100", CALL_AFTER, -20930, -7),
        ("2100", CALL, 20930, 1),
    ]


def test_lots_keep_their_dates_and_basis_through_a_split(apple, story):
    apple.append(story.fill("AAPL", 100, "700.00", opening=True), **story.stamp(24 * 60))
    held = story.tell(apple, SEVEN)
    shares = [(lot.quantity, lot.amount, lot.opened, lot.price) for lot in held.lots if lot.contract is None]
    assert shares == [
        (700, D("63000.00"), date(2026, 2, 12), D("90.00")),
        (700, D("70000.00"), date(2026, 2, 13), D("100.00")),
    ]
    assert held.positions[f"{SLEEVE}:AAPL"].price == D("95.00")


def test_shares_sold_after_a_split_are_taxed_on_the_old_basis_and_date(apple, story):
    story.tell(apple, SEVEN, story.fill(CALL_AFTER, 7, "0.10", opening=False))
    apple.append(story.fill("AAPL", -350, "91.00", opening=False), **story.stamp(366 * 24 * 60))
    *_, sold = form_8949(disposals(apple))
    assert sold == {
        "part": "II", "desc": "350 AAPL", "b": "02/12/2026", "c": "02/13/2027", "d": "31850.00", "e": "31500.00",
        "h": "350.00",
    }  # fmt: skip


def test_a_put_that_expires_after_a_split_is_taxed_as_what_it_has_become(apple, story):
    story.tell(apple, SEVEN)
    assert disposals(apple) == ()
    story.tell(apple, Expired(**AAPL, instrument=PUT_AFTER, quantity=-14, settlement=D("90.00")))
    (line,) = form_8949(disposals(apple))
    assert (line["desc"], line["c"], line["d"]) == ("14 AAPL 02/13/26 P85.71 written", "02/12/2026", "1818.60")


def test_a_split_concerns_one_symbol_in_one_ledger(apple, story):
    other = story.fill("MSFT  260213P00400000", -1, "2.00", opening=True)
    far = evolve(story.fill("AAPL", 100, "630.00", opening=True), ledger="rev_acc")
    story.tell(apple, other, far, SEVEN)
    assert f"{SLEEVE}:MSFT  260213P00400000" in apple.book.ledgers[SLEEVE].positions
    assert apple.book.ledgers["rev_acc"].shares("AAPL") == 100


def test_the_size_that_was_last_tried_is_restated_too(apple, story):
    canceled = OrderChanged(**AAPL, key="k", status="canceled")
    held = story.tell(apple, story.intent("k", (story.PUT, -3)), canceled, SEVEN)
    assert held.tried == {"AAPL": (date(2026, 2, 12), 21)}


def test_an_expiry_that_waits_for_its_price_waits_under_its_new_name(apple, story):
    waits = Unsettled(**AAPL, instrument=PUT, quantity=-2, reserved=D("120000.00"), why="no price")
    story.tell(apple, waits, SEVEN)
    assert apple.book.unsettled == {f"{SLEEVE}:{PUT_AFTER}"}
    story.tell(apple, Expired(**AAPL, instrument=PUT_AFTER, quantity=-14, settlement=D("90.00")))
    assert apple.book.unsettled == frozenset()


def test_a_split_is_refused_while_an_order_on_the_symbol_works(apple, story):
    story.tell(apple, story.intent("k", (story.PUT, -3)))
    with pytest.raises(KernelError, match="SplitApplied of AAPL in gen_acc: k still works, cancel it first"):
        story.tell(apple, SEVEN)
    assert apple.book.ledgers[SLEEVE].shares("AAPL") == 100


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (SplitApplied(**AAPL, ratio=1), "1 for 1 is no split"),
        (SplitApplied(**AAPL, ratio=0), "0 for 1 is no split"),
        (SplitApplied(ledger=SLEEVE, symbol="MSFT", ratio=2), "nothing of it is held"),
        (SplitApplied(symbol="AAPL", ratio=2), "names no ledger"),
    ],
)
def test_a_split_that_splits_nothing_is_refused(apple, story, event, why):
    with pytest.raises(KernelError, match=why):
        story.tell(apple, event)


def test_two_strikes_that_a_split_would_make_one_are_refused(run, story):
    near = [story.fill(f"AAPL  260213P0000{cents}0", -1, "0.50", opening=True) for cents in ("201", "202")]
    story.tell(run, *near)
    with pytest.raises(KernelError, match="would make two of them one contract"):
        story.tell(run, SplitApplied(**AAPL, ratio=20))


@pytest.mark.parametrize("change", ["amount = amount + 1", "quantity = quantity + 1"])
def test_verification_recomputes_what_a_split_posts(apple, story, change):
    story.tell(apple, SEVEN)
    with apple.ledger.engine.begin() as connection:
        connection.execute(text(f"UPDATE postings SET {change} WHERE seq = :seq AND line = 0"), {"seq": apple.seq})
    bad = verify(apple).bad
    assert (bad.seq, bad.kind) == (apple.seq, "SplitApplied")
    assert "postings differ" in bad.what


# --- adjusted contracts --------------------------------------------------------------------------------------------

MERGED = Adjusted(**AAPL, instrument=PUT, root="AAPL1", why="merger")
ADJUSTED = "AAPL1 260213P00600000"


def test_an_adjusted_contract_goes_on_under_its_new_root_with_all_its_terms(apple, story):
    before = apple.book.ledgers[SLEEVE]
    held = story.tell(apple, MERGED)
    old, new = before.positions[f"{SLEEVE}:{PUT}"], held.positions[f"{SLEEVE}:{ADJUSTED}"]
    assert new == evolve(old, contract=Contract.parse(ADJUSTED, adjusted=True))
    assert f"{SLEEVE}:{PUT}" not in held.positions
    assert (held.reserved, held.cash, held.equity, new.symbol) == (
        before.reserved, before.cash, before.equity, "AAPL",
    )  # fmt: skip
    assert sound(apple)


def test_an_adjusted_contract_is_closed_and_never_added_to(apple, story):
    story.tell(apple, MERGED)
    with pytest.raises(KernelError, match="its deliverable is adjusted, so nothing of it is opened"):
        story.tell(apple, evolve(story.fill(ADJUSTED, -1, "7.00", opening=True), symbol="AAPL"))
    held = story.tell(apple, evolve(story.fill(ADJUSTED, 2, "7.00", opening=False), symbol="AAPL"))
    assert held.realised == D("1818.60") - D("1401.40")
    assert sound(apple)


def test_a_root_that_an_earlier_adjustment_has_left_is_not_taken_again(apple, story):
    story.tell(apple, MERGED, story.fill(PUT, -1, "7.00", opening=True, symbol="AAPL"))
    with pytest.raises(KernelError, match=f"{ADJUSTED} is held of an earlier adjustment"):
        story.tell(apple, MERGED)
    held = story.tell(apple, evolve(MERGED, root="AAPL2"))
    assert {p.contract.root for p in held.positions.values() if p.contract} >= {"AAPL1", "AAPL2"}
    assert sound(apple)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"root": "AAPL"}, "AAPL is not its root and a digit"),
        ({"root": "MSFT1"}, "MSFT1 is not its root and a digit"),
        ({"root": ""}, "is not its root and a digit"),
        ({"instrument": "AAPL"}, "AAPL is no contract that is held"),
        ({"instrument": "AAPL  260213P00500000"}, "is no contract that is held"),
    ],
)
def test_an_adjustment_that_fits_nothing_is_refused(apple, story, change, why):
    with pytest.raises(KernelError, match=why):
        story.tell(apple, evolve(MERGED, **change))


# --- early assignment ----------------------------------------------------------------------------------------------


def early(instrument, quantity, day=date(2026, 2, 12)):
    return Assigned(**AAPL, instrument=instrument, quantity=quantity, settlement=D("650.00"), early=True, effective=day)


def test_a_call_assigned_in_the_night_sells_its_shares_on_the_day_before(apple, story):
    apple.append(early(CALL, -1), **story.stamp(24 * 60))
    held = apple.book.ledgers[SLEEVE]
    assert (held.shares("AAPL"), held.called) == (0, {"AAPL": date(2026, 2, 12)})
    (line,) = form_8949(disposals(apple))
    assert (line["desc"], line["b"], line["c"], line["h"]) == ("100 AAPL", "02/12/2026", "02/12/2026", "209.30")
    assert sound(apple)


def test_a_put_assigned_in_the_night_holds_from_that_night(apple, story):
    apple.append(early(PUT, -2), **story.stamp(24 * 60))
    lots = [lot for lot in apple.book.ledgers[SLEEVE].lots if lot.contract is None]
    assert [(lot.quantity, lot.opened) for lot in lots] == [(100, date(2026, 2, 12)), (200, date(2026, 2, 12))]
    assert lots[1].amount == D("120000.00") - D("1818.60")
    assert disposals(apple) == ()


def test_shares_called_away_over_a_weekend_are_sold_on_the_expiry(apple, story):
    sold = Assigned(**AAPL, instrument=CALL, quantity=-1, settlement=D("650.00"))
    apple.append(sold, **story.stamp(11 * 24 * 60))
    (line,) = form_8949(disposals(apple))
    assert line["c"] == "02/20/2026"


def test_no_assignment_counts_after_the_day_on_which_it_is_booked(apple, story):
    apple.append(early(PUT, -2, date(2026, 2, 28)), **story.stamp(24 * 60))
    assert apple.book.ledgers[SLEEVE].lots[-1].opened <= date(2026, 2, 13)
