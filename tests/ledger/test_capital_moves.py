"""Merges and transfers: cash and lots in kind change their ledger, dates and amounts as they are (FK-3, LG-2, TX-3)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lineage import lineage
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.events import (
    Assigned,
    DividendAccrued,
    DividendPaid,
    Expired,
    Filled,
    IntentRecorded,
    MergeTaken,
    Moved,
    NodeClosed,
    TransferTaken,
    Unsettled,
)
from tests.ledger.capital_words import CALL, HEDGE, PUT, User, accounts, otherwise

D = Decimal
APPLES = ("AAPL", 100, "200.00")


@pytest.fixture
def user(memory):
    """A user with a mini of which the compounding half holds shares."""
    told = User(memory)
    told.fork()
    told.fill("m1.com_acc", *APPLES)
    told.mark("m1.com_acc", "AAPL", "260.00")
    return told


def refused(user, event, why):
    before, seq = user.run.book, user.run.seq
    with pytest.raises(KernelError, match=why) as found:
        user.tell(event)
    assert "\n" not in str(found.value)
    assert (user.run.book, user.run.seq) == (before, seq)
    assert user.sound()


def merged(user):
    """All phases of the merge, each ledger with what it has."""
    user.tell(user.merge())
    for name in ("m1.gen_acc", "m1.com_acc"):
        user.tell(user.gift(name))
        user.tell(user.run.book.unfinished["merge:m1"].missing[0])
    user.finish()


# --- a merge --------------------------------------------------------------------------------------------------------


def test_from_the_intent_on_the_ledgers_of_an_account_say_why_nothing_is_opened(user):
    user.tell(user.merge())
    assert {user.book(name).closing for name in ("m1.gen_acc", "m1.com_acc")} == {"3x"}
    assert user.book("gen_acc").closing == ""
    node, one = user.run.book.nodes["m1"], user.run.book.unfinished["merge:m1"]
    assert (node.closing, node.target, node.active) == ("3x", "com_acc", True)
    assert (one.kind, one.missing) == ("merge", ())


def test_a_ledger_gives_cash_and_lots_at_their_amounts_and_the_target_takes_the_same(user):
    user.tell(user.merge())
    sent = accounts(user.tell(user.gift("m1.com_acc")))
    assert sent == {"3030": 5_000_000, "1010": -2_999_930, "1100": -2_000_070}
    (taken,) = user.run.book.unfinished["merge:m1"].missing
    assert isinstance(taken, MergeTaken)
    assert accounts(user.tell(taken)) == {account: -amount for account, amount in sent.items()}
    assert user.sound()


def test_lots_keep_dates_basis_price_and_execution_and_nothing_is_realised(user):
    before, realised = user.book("m1.com_acc").lots, user.book("com_acc").realised
    cash = user.cash
    user.on(2026, 9, 1)
    merged(user)
    com = user.book("com_acc")
    assert com.lots == before
    assert (com.realised, user.book("m1.com_acc").realised) == (realised, 0)
    assert (user.cash, disposals(user.run)) == (cash, ())
    assert user.sound()


def test_the_position_goes_on_with_its_mark_and_its_opening_and_the_target_made_no_gain(user):
    com, old = user.book("com_acc"), user.book("m1.com_acc").positions["m1.com_acc:AAPL"]
    user.on(2026, 9, 1)
    merged(user)
    after, position = user.book("com_acc"), user.book("com_acc").positions["com_acc:AAPL"]
    assert (position.opened, position.mark, position.amount) == (old.opened, D("260.00"), old.amount)
    assert after.equity - com.equity == D("50000") + D("29999.30") + D("26000")
    assert after.high_water - com.high_water == after.equity - com.equity
    assert after.base == com.base


def test_lots_older_than_the_targets_own_are_its_first_ones(user):
    user.on(2026, 6, 1).fill("com_acc", "AAPL", 100, "150.00")
    user.on(2026, 9, 1)
    merged(user)
    assert [lot.opened for lot in user.book("com_acc").lots] == [date(2026, 1, 5), date(2026, 6, 1)]
    user.on(2027, 1, 6).fill("com_acc", "AAPL", -100, "300.00", opening=False)
    (sold,) = disposals(user.run)
    assert (sold.acquired, sold.cost, sold.long_term) == (date(2026, 1, 5), D("20000.70"), True)
    assert user.sound()


def test_shares_that_arrive_bring_a_symbol_back_that_was_called_away(user):
    user.fill("com_acc", "AAPL", 100, "190.00")
    user.fill("com_acc", CALL, -1, "2.10")
    user.on(2026, 2, 20).tell(
        Assigned(ledger="com_acc", symbol="AAPL", instrument=CALL, quantity=-1, settlement=D("285"))
    )
    assert user.book("com_acc").called == {"AAPL": date(2026, 2, 20)}
    merged(user)
    assert (user.book("com_acc").called, user.book("com_acc").reentries) == ({}, {})


def test_an_account_is_archived_with_the_multiple_of_what_it_gave_at_marks(user):
    user.on(2026, 9, 1)
    merged(user)
    node = user.run.book.nodes["m1"]
    assert (node.closed_at, node.multiple, node.active) == (date(2026, 9, 1), D("1.06"), False)
    assert user.run.book.unfinished == {}
    archived = user.book("m1.com_acc")
    assert (archived.closed, archived.cash, archived.lots, archived.base, archived.equity) == (True, 0, (), 0, 0)
    (_, branch) = lineage(user.run)
    assert (branch.equity, branch.multiple, branch.days) == (0, D("1.06"), 239)


def test_what_an_archived_ledger_lost_on_its_last_day_is_forgotten_with_the_day_and_the_week(user):
    user.tell(user.valued("m1.com_acc"))
    user.on(2026, 9, 1).mark("m1.com_acc", "AAPL", "250.00")
    merged(user)
    last = user.book("m1.com_acc")
    assert (last.day_start, last.week_start) == (D("1000.00"), D("1000.00"))
    user.on(2026, 9, 2).earn("gen_acc", "1")
    assert (user.book("m1.com_acc").day_start, user.book("m1.com_acc").week_start) == (0, D("1000.00"))
    user.on(2026, 9, 7).earn("gen_acc", "1")
    assert (user.book("m1.com_acc").week_start, user.book("m1.com_acc").high_water) == (0, 0)


def test_what_it_gave_in_two_parts_is_closed_by_what_the_books_say_is_missing(user):
    user.tell(user.merge())
    user.tell(user.gift("m1.gen_acc"))
    user.finish()
    assert user.run.book.unfinished["merge:m1"].missing == ()
    user.tell(user.gift("m1.com_acc"))
    user.finish()
    assert user.run.book.nodes["m1"].closed_at is not None


def test_a_broker_may_still_tell_of_an_archived_ledger_and_nobody_else(user):
    merged(user)
    user.earn("m1.com_acc", "1.00")
    assert user.book("m1.com_acc").cash == D("1.00")
    for name, event in (
        ("m1.gen_acc", user.fork("m2") and user.transfer("m1.gen_acc", "llms", "1")),
        ("m1.gen_acc", user.transfer("gen_acc", "m1.gen_acc", "1")),
    ):
        refused(user, event, f"{name}.*nothing can move|free cash is 0.00")
    fill = Filled(
        ledger="m1.com_acc", symbol="AAPL", key="k", execution="x", instrument="AAPL", touch=None, quantity=1,
        price=D("1"), fee=D("0"), opening=True,
    )  # fmt: skip
    with pytest.raises(KernelError, match=r"m1\.com_acc: it is archived, nothing is booked there any more"):
        user.tell(fill)
    assert user.sound()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"node": "root"}, "root is no account that was forked"),
        ({"node": "m9"}, "m9 is no account that was forked"),
        ({"target": "nobody"}, "its target nobody is no open ledger of another account"),
        ({"target": ""}, r"its target \(none\) is no open ledger"),
        ({"target": "m1.com_acc"}, "no open ledger of another account"),
    ],
)
def test_a_merge_that_does_not_fit_the_tree_is_refused(user, changes, why):
    refused(user, user.merge(**changes), why)


def test_an_account_is_merged_once(user):
    first = user.merge()
    user.tell(first)
    refused(user, first, "it has already begun")
    refused(user, otherwise(first, key="again"), "account m1 is already to be merged")
    gift = user.gift("m1.com_acc")
    user.tell(gift)
    refused(user, gift, "merge merge:m1 is not finished")
    user.finish()
    refused(user, gift, "it has given all")
    user.tell(user.gift("m1.gen_acc"))
    user.finish()
    refused(user, gift, "that merge is already done")
    refused(user, otherwise(first, key="again"), "account m1 is archived")


def test_an_account_with_active_forks_or_unfunded_ledgers_is_not_merged(user):
    user.fork("f1", form="FULL")
    user.fork("m3", ledger="f1.gen_acc", parent="f1", generation=2)
    refused(user, user.merge("f1"), "its fork m3 is active")
    user.earn("gen_acc", "100000")
    user.tell(user.mini("m4"))
    refused(user, user.merge("m4"), "ledger m4.gen_acc of it is not funded yet")


def test_a_closing_that_comes_too_early_is_refused(user):
    user.tell(user.merge())
    early = NodeClosed(ledger="m1.gen_acc", key="merge:m1", node="m1", target="com_acc", multiple=D("3"))
    refused(user, early, "it is already booked, or what comes before it is missing")
    user.tell(user.gift("m1.com_acc"))
    refused(user, early, "it is already booked")


def test_a_gift_is_all_that_a_ledger_has_to_the_cent_and_the_lot(user):
    refused(user, user.gift("m1.com_acc"), "no such merge has begun")
    user.tell(user.merge())
    book = user.book("m1.com_acc")
    (lot,) = in_kind(book)
    refused(user, user.gift("m1.com_acc", cash=book.cash - 1), "it gives cash of 29,998.30 and has 29,999.30")
    refused(user, user.gift("m1.com_acc", lots=()), "it gives 0 lots and has 1")
    refused(user, user.gift("m1.com_acc", lots=(otherwise(lot, amount=D("1")),)), "or they differ")
    refused(user, user.gift("m1.com_acc", lots=(otherwise(lot, opened=date(2020, 1, 1)),)), "or they differ")
    refused(user, user.gift("m1.com_acc", target="gen_acc"), "it is not what the first phase said")
    refused(user, user.gift("com_acc"), "it is no ledger of account m1")


def test_shorts_run_off_before_a_merge(user):
    user.fill("m1.com_acc", CALL, -1, "2.10")
    user.tell(user.merge())
    refused(user, user.gift("m1.com_acc"), "AAPL  260220C00280000 is owed: shorts run off first")
    user.on(2026, 2, 20).tell(
        Expired(ledger="m1.com_acc", symbol="AAPL", instrument=CALL, quantity=-1, settlement=D("270"))
    )
    user.tell(user.gift("m1.com_acc"))
    user.finish()
    assert user.book("com_acc").shares("AAPL") == 100


def intent(name, key="k9"):
    one = D("1.00")
    return IntentRecorded(
        ledger=name, symbol="AAPL", key=key, action="sell", legs=(("AAPL", -100),), limit=one, mid=one, worst=one,
        reserve=D("0.00"), opening=False,
    )  # fmt: skip


def test_nothing_moves_while_an_order_works_on_it_or_a_dividend_is_on_its_way(user):
    user.tell(intent("m1.com_acc"))
    user.tell(user.merge())
    refused(user, user.gift("m1.com_acc"), "it has orders that work still")
    lots = in_kind(user.book("m1.com_acc"))
    refused(user, user.transfer("m1.com_acc", "com_acc", lots=lots), "k9 still works, cancel it first")
    dividend = DividendAccrued(ledger="m1.com_acc", symbol="AAPL", shares=100, per_share=D("0.26"), cash=D("26.00"))
    user.fill("m1.com_acc", "AAPL", -100, "250.00", opening=False)
    user.fork("m2")
    user.fill("m2.com_acc", *APPLES)
    user.tell(otherwise(dividend, ledger="m2.com_acc"), user.merge("m2"))
    refused(user, user.gift("m2.com_acc", "m2"), "it has dividends receivable still")


# --- a transfer -----------------------------------------------------------------------------------------------------


def test_a_transfer_of_cash_stands_as_due_from_and_due_to(user):
    sent = accounts(user.tell(user.transfer("rev_acc", "llms", "2000")))
    assert sent == {"1010": -200_000, "1900": 200_000}
    (taken,) = user.run.book.unfinished["t1"].missing
    assert accounts(user.tell(taken)) == {"1010": 200_000, "2900": -200_000}
    assert user.run.book.unfinished == {}
    assert user.sound()


def test_a_budget_pays_for_a_transfer_in_the_same_entry(user):
    user.tell(user.reinvest("rev_acc", "2026-Q1"))
    sent = accounts(user.tell(user.transfer("rev_acc", "llms", "1700", budget="leaps")))
    assert sent == {"1010": -170_000, "1900": 170_000, "3520": 170_000, "3100": -170_000}
    user.finish()
    rev = user.book("rev_acc")
    assert (rev.leap_budget, rev.contracts_budget, rev.released) == (D("50.00"), D("5250.00"), D("5250.00"))
    user.tell(user.transfer("rev_acc", "llms", "250", budget="contracts", key="t2"))
    user.finish()
    assert (user.book("rev_acc").contracts_budget, user.book("rev_acc").released) == (D("5000.00"), D("5000.00"))
    assert user.sound()


def test_the_base_of_a_ledger_that_transfers_began_is_what_they_brought_less_what_they_took(user):
    user.tell(user.transfer("rev_acc", "llms", "2000"))
    user.finish()
    rev, llms = user.book("rev_acc"), user.book("llms")
    assert (rev.base, rev.high_water, llms.base, llms.high_water) == (D("90000"), D("88000"), D("2000"), D("2000"))
    assert (llms.node, llms.style) == ("root", "")
    user.tell(user.transfer("llms", "rev_acc", "500", key="t2"))
    user.finish()
    assert (user.book("llms").base, user.book("rev_acc").base) == (D("1500"), D("90000"))
    assert "llms" in user.run.book.nodes["root"].ledgers


def test_a_ledger_that_begins_in_a_fork_is_of_that_account_and_of_the_sleeve_of_its_name(user):
    user.tell(user.transfer("m1.com_acc", "m1.llms", "100"))
    user.finish()
    assert (user.book("m1.llms").node, user.book("m1.llms").style) == ("m1", "llms")
    assert user.run.book.nodes["m1"].ledgers[-1] == "m1.llms"


def test_a_ledger_stays_in_its_account_whoever_sends_it_something(user):
    user.tell(user.transfer("rev_acc", "llms", "100"))
    user.finish()
    user.tell(user.transfer("m1.com_acc", "llms", "100", key="t2"))
    user.finish()
    assert user.book("llms").node == "root"
    assert user.run.book.nodes["m1"].ledgers == ("m1.gen_acc", "m1.com_acc")


def test_a_hedge_is_handed_over_with_what_is_known_of_it(user):
    user.fill("gen_acc", HEDGE, 2, "111.70", cause="hedge:VIX50")
    user.mark("gen_acc", HEDGE, "150.00")
    gen = user.book("gen_acc")
    before = gen.positions[f"gen_acc:{HEDGE}"]
    lots = in_kind(gen, {HEDGE: 1})
    sent = accounts(user.tell(user.transfer("gen_acc", "llms_hedge", lots=lots)))
    assert sent == {"1200": -1_117_035, "1900": 1_117_035}
    (taken,) = user.run.book.unfinished["t1"].missing
    assert isinstance(taken, TransferTaken)
    user.tell(taken)
    after = user.book("llms_hedge").positions[f"llms_hedge:{HEDGE}"]
    assert (after.quantity, after.opened, after.cause, after.mark) == (1, before.opened, "hedge:VIX50", D("150.00"))
    assert (user.book("llms_hedge").lots[0].execution, user.book("gen_acc").lots[0].quantity) == (lots[0].execution, 1)
    assert user.book("gen_acc").high_water == gen.high_water - D("15000")
    assert user.sound()


def test_a_spread_is_handed_over_with_both_legs(user):
    short = HEDGE.replace("5400", "4800")
    user.fill("gen_acc", HEDGE, 1, "111.70", cause="hedge:VIX50")
    user.fill("gen_acc", short, -1, "60.00", cause="hedge:VIX50")
    user.tell(user.transfer("gen_acc", "llms_hedge", lots=in_kind(user.book("gen_acc"))))
    user.finish()
    held = user.book("llms_hedge")
    assert (held.reserved, held.base) == (0, D("11170.70") - D("5999.30"))
    assert [p.quantity for _, p in sorted(held.positions.items())] == [-1, 1]
    assert user.sound()


@pytest.mark.parametrize(
    ("source", "to", "amount", "budget", "why"),
    [
        ("nobody", "llms", "1", "", "from nobody to llms nothing can move"),
        ("rev_acc", "rev_acc", "1", "", "from rev_acc to rev_acc nothing can move"),
        ("rev_acc", "", "1", "", r"from rev_acc to \(none\) nothing can move"),
        ("rev_acc", "llms", "0", "", "it moves 0 and 0 lots"),
        ("rev_acc", "llms", "-5", "", "it moves -5 and 0 lots"),
        ("rev_acc", "llms", "0.001", "", "0.001 is no whole number of cents"),
        ("rev_acc", "llms", "90000.01", "", "it moves 90,000.01, free cash is 90,000.00"),
        ("rev_acc", "llms", "1", "leaps", "it moves 1.00 of a leaps budget of 0.00"),
        ("rev_acc", "llms", "1", "beer", "'beer' is no budget of rev_acc"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(user, source, to, amount, budget, why):
    refused(user, user.transfer(source, to, amount, budget=budget), why)


def test_only_lots_that_are_held_move_and_the_oldest_first(user):
    user.on(2026, 2, 2).fill("com_acc", "AAPL", 100, "210.00")
    user.on(2026, 2, 3).fill("com_acc", "AAPL", 100, "220.00")
    old, new = in_kind(user.book("com_acc"))
    for lots, why in (
        ((new,), "AAPL: the lots that it names are not its oldest ones"),
        ((otherwise(old, amount=D("1.00")),), "held 100 of 2026-02-02 at 21000.70; named 100 of 2026-02-02 at 1.00"),
        ((otherwise(old, quantity=300, amount=old.amount),), "AAPL: 300 of 200 held"),
        ((Moved(instrument="MSFT", quantity=1, amount=D("1"), price=D("1"), opened=date(2026, 1, 5)),), "1 of 0 held"),
    ):
        refused(user, user.transfer("com_acc", "llms", lots=lots), why)
    user.tell(user.transfer("com_acc", "llms", lots=(old,)))
    user.finish()
    assert in_kind(user.book("com_acc")) == (new,)


def test_a_transfer_is_booked_once_and_as_its_first_phase_said(user):
    first = user.transfer("rev_acc", "llms", "2000")
    user.tell(first)
    (taken,) = user.run.book.unfinished["t1"].missing
    refused(user, first, "it has already begun")
    refused(user, otherwise(taken, amount=D("2000.01")), "it is not what the first phase said")
    refused(user, otherwise(taken, ledger="com_acc"), "it is not what the first phase said")
    user.tell(taken)
    refused(user, taken, "that transfer is already done")
    refused(user, first, "it has already begun")


def test_what_waits_for_its_settlement_does_not_move(user):
    user.fill("gen_acc", HEDGE, 1, "111.70")
    waits = Unsettled(ledger="gen_acc", symbol="SPX", instrument=HEDGE, quantity=1, reserved=D("0"), why="no price")
    user.tell(waits)
    lots = in_kind(user.book("gen_acc"))
    refused(user, user.transfer("gen_acc", "llms_hedge", lots=lots), "waits for its settlement price")


def test_the_other_side_of_what_is_held_does_not_arrive(user):
    user.fill("gen_acc", PUT, -1, "1.00")
    user.fill("rev_acc", PUT, 1, "1.00")
    sent = user.transfer("rev_acc", "gen_acc", lots=in_kind(user.book("rev_acc")))
    refused(user, sent, "AAPL  260213P00270000: its other side is held where it goes")


def test_moved_shares_pay_dividends_and_are_called_away_where_they_are(user):
    merged(user)
    user.tell(DividendPaid(ledger="com_acc", symbol="AAPL", shares=100, per_share=D("0.26"), cash=D("26.00")))
    user.fill("com_acc", CALL, -1, "2.10")
    user.on(2026, 2, 20).tell(
        Assigned(ledger="com_acc", symbol="AAPL", instrument=CALL, quantity=-1, settlement=D("285"))
    )
    (line,) = disposals(user.run)
    assert (line.ledger, line.acquired, line.cost) == ("com_acc", date(2026, 1, 5), D("20000.70"))
    assert user.sound()
