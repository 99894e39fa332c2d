"""Transfers between ledgers: cash, budgets and lots in kind, booked in two phases (LG-2, TX-3)."""

from datetime import date

import pytest

from allusr_sdk.ledger.capital import at_mark, off_mark
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.events import Assigned, DividendPaid, Moved, TransferTaken, Unsettled
from tests.ledger.capital_words import CALL, HEDGE, PUT, accounts, otherwise
from tests.ledger.moving import D, holding, intent, merged, refused


@pytest.fixture
def user(memory):
    return holding(memory)


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


def test_lots_in_kind_move_that_base_at_what_they_stand_in_the_books(user):
    user.fill("rev_acc", "MSFT", 100, "50.00")
    user.fill("rev_acc", PUT, -1, "1.70")
    user.tell(user.transfer("rev_acc", "llms", "2000", lots=in_kind(user.book("rev_acc"))))
    user.finish()
    assert user.book("llms").base == D("2000") + D("5000.70") - D("169.30")
    user.mark("llms", "MSFT", "80.00")
    some = in_kind(user.book("llms"), {"MSFT": 50, PUT: -1})
    user.tell(user.transfer("llms", "rev_acc", key="t2", lots=some))
    user.finish()
    assert user.book("llms").base == D("2000") + D("2500.35")
    assert (user.book("rev_acc").base, user.sound()) == (D("90000"), True)


def test_what_is_wanted_in_kind_is_taken_to_the_unit_and_nothing_of_what_is_not_held(user):
    book = user.book("m1.com_acc")
    assert [(lot.quantity, lot.amount) for lot in in_kind(book, {"AAPL": 30})] == [(30, D("6000.21"))]
    assert in_kind(book, {"AAPL": 0}) == ()
    with pytest.raises(ValueError, match="1 of 0 held"):
        in_kind(book, {"MSFT": 1})


def test_a_ledger_that_begins_in_a_fork_is_of_that_account_and_of_the_sleeve_of_its_name(user):
    user.tell(user.transfer("m1.com_acc", "m1.llms", "100"))
    user.finish()
    assert (user.book("m1.llms").node, user.book("m1.llms").style) == ("m1", "llms")
    assert user.run.book.nodes["m1"].ledgers[-1] == "m1.llms"
    user.tell(user.transfer("m1.com_acc", "f1.m1.llms", "100", key="t2"))
    user.finish()
    assert (user.book("f1.m1.llms").node, user.book("f1.m1.llms").style) == ("m1", "llms")


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
    assert user.sound()
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


def test_all_that_is_free_and_all_that_a_budget_has_can_leave(user):
    user.tell(user.reinvest("rev_acc", "2026-Q1"))
    user.tell(user.transfer("rev_acc", "llms", "1750.00", budget="leaps"))
    user.finish()
    user.tell(user.transfer("rev_acc", "llms", user.book("rev_acc").free, key="t2"))
    user.finish()
    rev = user.book("rev_acc")
    assert (rev.leap_budget, rev.free, rev.cash, rev.tax_reserve) == (0, 0, D("3000"), D("3000"))


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


def test_what_stands_at_a_mark_in_the_accounts_does_not_move(user):
    user.tell(at_mark(user.book("m1.com_acc"), "m1.com_acc:AAPL", D("260.00")))
    sent = user.transfer("m1.com_acc", "com_acc", lots=in_kind(user.book("m1.com_acc")))
    refused(user, sent, "m1.com_acc:AAPL is at a mark: take it back first")
    user.tell(off_mark(user.book("m1.com_acc"), "m1.com_acc:AAPL"), sent)


def test_an_order_holds_back_lots_of_its_own_symbol_alone(user):
    user.fill("gen_acc", HEDGE, 1, "111.70")
    user.tell(intent("gen_acc"))
    user.tell(user.transfer("gen_acc", "llms_hedge", lots=in_kind(user.book("gen_acc"))))
    user.finish()
    assert user.sound()


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
