"""Balances, invariants and tax lines."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals, form_8949
from allusr_sdk.model.events import Expired, Funded

DAY = 24 * 60


def amounts(found):
    return {(b.ledger, b.account): b.amount for b in found}


def test_balances_are_given_by_ledger_and_account_with_their_names(ledger, story):
    run = story.begin(ledger)
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    run.append(Funded(ledger="rev_acc", amount=Decimal("300000.00")), **story.stamp())
    found = balances(run)
    assert amounts(found) == {
        ("gen_acc", "1010"): Decimal("400336.60"),
        ("gen_acc", "2100"): Decimal("-336.60"),
        ("gen_acc", "3010"): Decimal("-400000.00"),
        ("rev_acc", "1010"): Decimal("300000.00"),
        ("rev_acc", "3010"): Decimal("-300000.00"),
    }
    assert found[1].name == "Short option premium liability"
    assert sum(b.amount for b in found if b.ledger == "gen_acc") == 0


def test_balances_of_a_day_count_what_new_york_calls_that_day(ledger, story):
    run = story.begin(ledger)
    late = 11 * 60 + 59  # 15:00 UTC is 10:00 in New York; the last minute of its day is 04:59 UTC
    run.append(story.fill(story.PUT, -1, "1.00", opening=True), **story.stamp(minutes=13 * 60 + late - 11 * 60))
    run.append(story.fill(story.PUT, -1, "2.00", opening=True), **story.stamp(minutes=14 * 60))
    assert amounts(balances(run, date(2026, 2, 11))) == {}
    assert amounts(balances(run, date(2026, 2, 12)))["gen_acc", "2100"] == Decimal("-99.30")
    assert amounts(balances(run, date(2026, 2, 13)))["gen_acc", "2100"] == Decimal("-298.60")


def test_books_and_balances_that_differ_are_told_apart(run, story):
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True), story.fill("AAPL", 100, "260.00", opening=True))
    held = run.book.ledgers["gen_acc"]
    assert out_of_balance(balances(run), run.book) == ()
    wrong = evolve(run.book, ledgers={"gen_acc": evolve(held, cash=held.cash + 1, lots=held.lots[1:])})
    assert out_of_balance(balances(run), wrong) == (
        "gen_acc: Cash stands at 374336.60, the books say 374337.60",
        "gen_acc: Stock inventory (cost) stands at 26000.00, the books say 0.00",
        "gen_acc:AAPL: 100 held, 0 in lots",
    )


def test_lots_without_a_position_are_told_with_what_is_held_of_them(run, story):
    story.tell(run, story.fill("AAPL", 100, "260.00", opening=True))
    held = run.book.ledgers["gen_acc"]
    wrong = evolve(run.book, ledgers={"gen_acc": evolve(held, positions={})})
    assert out_of_balance(balances(run), wrong) == ("gen_acc:AAPL: 0 held, 100 in lots",)


def test_each_ledger_that_differs_is_told_whether_books_or_balances_know_it(run, story):
    run.append(Funded(ledger="rev_acc", amount=Decimal("5.00")), **story.stamp())
    cash = "{}: Cash stands at {}, the books say {}"
    assert out_of_balance(balances(run), evolve(run.book, ledgers={})) == (
        cash.format("gen_acc", "400000.00", "0.00"), cash.format("rev_acc", "5.00", "0.00"),
    )  # fmt: skip
    assert out_of_balance((), run.book) == (
        cash.format("gen_acc", "0.00", "400000.00"), cash.format("rev_acc", "0.00", "5.00"),
    )  # fmt: skip


def test_a_ledger_whose_accounts_do_not_sum_to_zero_is_told(run):
    found = [evolve(b, amount=b.amount + 1) if b.account == "3010" else b for b in balances(run)]
    assert out_of_balance(found, run.book) == ("gen_acc: trial balance stands at 1.00, the books say 0.00",)


def buy_and_sell(run, story, bought, sold):
    start = story.START.date()
    for day, quantity, opening in ((bought, 100, True), (sold, -100, False)):
        fill = story.fill("AAPL", quantity, "260.00", opening=opening)
        run.append(fill, **story.stamp(minutes=(day - start).days * DAY))
    return disposals(run)[0]


@pytest.mark.parametrize(
    ("bought", "sold", "part"),
    [
        (date(2026, 3, 3), date(2027, 3, 3), "I"),
        (date(2026, 3, 3), date(2027, 3, 4), "II"),
        (date(2028, 2, 29), date(2029, 2, 28), "I"),
        (date(2028, 2, 29), date(2029, 3, 1), "II"),
    ],
)
def test_shares_are_long_term_after_more_than_a_year(run, story, bought, sold, part):
    assert buy_and_sell(run, story, bought, sold).form_8949()["part"] == part


def test_a_bought_option_that_lapses_is_expired_on_the_proceeds_side(run, story):
    story.tell(run, story.fill(story.CALL, 2, "1.00", opening=True))
    gone = Expired(ledger="gen_acc", symbol="AAPL", instrument=story.CALL, quantity=2, settlement=Decimal("270.00"))
    run.append(gone, **story.stamp(minutes=11 * DAY))
    assert form_8949(disposals(run)) == (
        {
            "part": "I",
            "desc": "2 AAPL 02/20/26 C280",
            "b": "02/12/2026",
            "c": "02/20/2026",
            "d": "Expired (0.00)",
            "e": "201.40",
            "h": "(201.40)",
        },
    )


def test_index_options_are_kept_off_form_8949(run, story):
    put = "SPXW  260213P06900000"
    story.tell(run, story.fill(put, -1, "10.00", opening=True), story.fill(put, 1, "5.00", opening=False))
    (found,) = disposals(run)
    assert (found.section_1256, found.gain) == (True, Decimal("498.60"))
    assert form_8949(disposals(run)) == ()


def test_the_gains_of_all_disposals_are_the_realised_result(run, story):
    held = story.tell(
        run,
        story.fill(story.PUT, -3, "1.69", opening=True),
        story.fill(story.PUT, 1, "0.55", opening=False),
        story.fill(story.PUT, 1, "3.33", opening=False),
        Expired(ledger="gen_acc", symbol="AAPL", instrument=story.PUT, quantity=-1, settlement=Decimal("271.00")),
    )
    assert sum(d.gain for d in disposals(run)) == held.realised
