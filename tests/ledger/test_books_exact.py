"""What only one odd event shows of the books: names written otherwise, what was never there, nights, cents."""

from datetime import date

import pytest

from allusr_sdk.ledger.capital import at_mark, off_mark
from allusr_sdk.ledger.queries import balances
from allusr_sdk.model.events import (
    Assigned,
    Decided,
    DividendAccrued,
    DividendReceived,
    Expired,
    Frozen,
    LevelChanged,
    Mended,
    OrderChanged,
    Pinned,
    Thawed,
    Unsettled,
)
from tests.ledger.capital_words import PUT, User, otherwise
from tests.ledger.correcting import SHARES, corrected, fill, line, posted
from tests.ledger.moving import holding, refused
from tests.ledger.told import PUT_KEY, SLEEVE, ended, usd

AAPL = {"ledger": SLEEVE, "symbol": "AAPL"}
UNPADDED = "AAPL260213P00270000"
THURSDAY = date(2026, 2, 12)
EVENING = 10 * 60  # eight o'clock in New York, one in the morning of Friday in UTC


# --- the night between New York's day and that of UTC ---------------------------------------------------------------


def test_an_entry_cancelled_in_the_evening_is_a_try_of_new_yorks_day(run, story):
    story.tell(run, story.intent("k", (story.PUT, -5)))
    run.append(OrderChanged(**AAPL, key="k", status="canceled"), **story.stamp(EVENING))
    assert run.book.ledgers[SLEEVE].tried == {"AAPL": (THURSDAY, 5)}


def test_what_is_ready_in_the_evening_is_eligible_on_new_yorks_day(run, story):
    run.append(Decided(**AAPL, verdict="ready", why=""), **story.stamp(EVENING))
    assert run.book.ledgers[SLEEVE].eligible == (THURSDAY, {"AAPL"})


def test_a_stop_in_the_evening_is_one_of_new_yorks_day(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    run.append(LevelChanged(ledger=SLEEVE, position=PUT_KEY, before=2, after=3, m=3.1), **story.stamp(EVENING))
    assert run.book.ledgers[SLEEVE].stops == (THURSDAY,)


def test_what_is_bought_in_the_evening_is_of_new_yorks_day_and_orders_count_until_its_midnight(run, story):
    story.tell(run, story.intent("a", (story.PUT, -1)))
    run.append(story.fill("AAPL", 100, "260.00", opening=True), **story.stamp(EVENING))
    assert run.book.ledgers[SLEEVE].lots[0].opened == THURSDAY
    run.append(story.intent("b", (story.PUT, -1)), **story.stamp(EVENING + 1))
    assert run.book.orders_sent == (story.at(2), story.at(EVENING + 1))
    run.append(story.intent("c", (story.PUT, -1)), **story.stamp(EVENING + 4 * 60))
    assert run.book.orders_sent == (story.at(EVENING + 4 * 60),)


# --- what was never there -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        OrderChanged(**AAPL, key="never", status="canceled"),
        Thawed(**AAPL, why="nothing froze it"),
        Pinned(**AAPL, instrument=PUT, reserved=usd("0.00"), settlement=usd("270.50"), why="let go"),
    ],
)
def test_the_end_of_what_never_began_changes_nothing_of_a_ledger(run, story, event):
    before = run.book.ledgers[SLEEVE]
    assert story.tell(run, event) == before


def test_mending_what_is_not_open_changes_nothing_but_what_a_person_explained(run, story):
    story.tell(run, Mended(rule="B03", subject="x", symbol="AAPL", how="agree", theirs=""))
    assert (run.book.breaks, run.book.explained) == ({}, {})
    story.tell(run, Mended(rule="B03", subject="x", symbol="AAPL", how="explained", theirs="2"))
    assert (run.book.breaks, run.book.explained) == ({}, {("B03", "x"): "2"})


# --- names ----------------------------------------------------------------------------------------------------------


def test_a_freeze_that_names_no_symbol_is_of_all_of_them_and_so_is_its_thaw(run, story):
    assert story.tell(run, Frozen(ledger=SLEEVE, rule="PE-11", why="")).frozen == {"*": "PE-11"}
    assert story.tell(run, Thawed(ledger=SLEEVE, why="")).frozen == {}


def test_what_waits_for_its_price_is_the_same_contract_padded_or_not(run, story):
    waits = Unsettled(**AAPL, instrument=UNPADDED, quantity=-1, reserved=usd("27000.00"), why="no price")
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True), waits)
    assert run.book.unsettled == {PUT_KEY}


def test_a_correction_is_posted_under_the_name_of_the_contract_padded_or_not(run, story):
    gone = Expired(**AAPL, instrument=story.PUT, quantity=-1, settlement=usd("275"))
    story.tell(run, fill(story, UNPADDED, -1, "1.70"), gone, corrected(story, UNPADDED, "-0.30"))
    assert posted(run)[1] == ("4010", story.PUT, usd("0.30"), 0)
    assert [x.symbol for x in list(run.entries())[-1].lines] == ["", "AAPL"]


def test_shares_that_an_assignment_brings_were_opened_by_no_order(run, story):
    held = story.tell(
        run, story.fill(story.PUT, -1, "1.69", opening=True, cause="entry"), ended(Assigned, story.PUT, -1)
    )
    assert [position.cause for position in held.positions.values()] == [""]


def test_the_trigger_of_a_hedge_is_all_that_stands_behind_the_word(run, story):
    bought = story.fill("SPXW  260813P06000000", 2, "11.00", opening=True, cause="hedge:VIX:50")
    assert story.tell(run, bought).hedged == {"VIX:50": "2026-W07"}


def test_what_arrives_is_of_the_ledger_where_it_arrives(memory):
    user = holding(memory)
    user.tell(user.transfer("m1.com_acc", "com_acc", lots=user.gift("m1.com_acc").lots))
    user.finish()
    (position,) = user.book("com_acc").positions.values()
    assert (position.ledger, position.key, position.mark) == ("com_acc", "com_acc:AAPL", usd("260.00"))


# --- marks, cents ---------------------------------------------------------------------------------------------------


def test_a_mark_names_its_position_by_the_key_of_the_books_so_that_none_is_marked_twice(memory):
    user = User(memory)
    user.fill("gen_acc", PUT, -1, "1.50")
    event = at_mark(user.book("gen_acc"), PUT_KEY, usd("2.10"))
    refused(user, otherwise(event, position=f"gen_acc:{UNPADDED}"), f"gen_acc:{UNPADDED} is not held")


def test_what_was_owed_at_a_mark_and_is_owned_later_stands_in_the_accounts_of_what_is_owned(memory):
    user = User(memory)
    for count, mark in ((-1, "2.10"), (1, "3.00")):
        user.fill("gen_acc", PUT, count, "1.50")
        user.tell(at_mark(user.book("gen_acc"), PUT_KEY, usd(mark)))
        user.tell(off_mark(user.book("gen_acc"), PUT_KEY))
        user.fill("gen_acc", PUT, -count, "1.50", opening=False)
    stands = {b.account: b.amount for b in balances(user.run) if b.ledger == "gen_acc"}
    assert {account: stands.get(account, 0) for account in ("1290", "2190", "6010", "6020")} == dict.fromkeys(
        ("1290", "2190", "6010", "6020"), 0
    )
    assert user.sound()


def names(entry):
    """Account, symbol and instrument of each line of an entry."""
    return [(x.account, x.symbol, x.instrument) for x in entry.lines]


def test_marks_and_dividends_are_posted_under_the_names_of_what_they_are_of(memory):
    user = User(memory)
    user.fill("gen_acc", PUT, -1, "1.50")
    user.fill("gen_acc", "AAPL", 100, "200.00")
    marked = user.tell(at_mark(user.book("gen_acc"), PUT_KEY, usd("2.10")))
    assert names(marked) == [("2190", "AAPL", PUT), ("6010", "AAPL", PUT)]
    due = DividendAccrued(**AAPL, shares=100, per_share=usd("0.26"), cash=usd("26.00"))
    assert names(user.tell(due)) == [("1300", "AAPL", "AAPL"), ("4200", "AAPL", "AAPL")]
    paid = user.tell(DividendReceived(**AAPL, cash=usd("26.00")))
    assert names(paid) == [("1010", "", ""), ("1300", "AAPL", "AAPL")]


@pytest.mark.parametrize(("amount", "account"), [("1.00", "4300"), ("0.40", "4300"), ("-0.40", "5200")])
def test_cents_of_interest_are_income_where_they_come_and_a_charge_where_they_go(run, story, amount, account):
    story.tell(run, line(story, "interest", amount))
    assert posted(run)[1] == (account, "", -usd(amount), 0)


def test_a_correction_of_shares_is_of_their_symbol_too(run, story):
    sold = fill(story, SHARES, -100, "265.00", opening=False, id="2")
    told = corrected(story, SHARES, "2.00", corrects="2", execution="2a")
    story.tell(run, fill(story, SHARES, 100, "260.00"), sold, told)
    assert [(x.account, x.symbol) for x in list(run.entries())[-1].lines] == [("1010", ""), ("4100", "AAPL")]
