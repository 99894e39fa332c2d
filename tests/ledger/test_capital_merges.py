"""Merges: cash and lots change their ledger as they are; then the account is archived (FK-3, LG-2, TX-3)."""

from datetime import date

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lineage import lineage
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.events import Assigned, DividendAccrued, Expired, Filled, MergeTaken, NodeClosed, Pinned
from tests.ledger.capital_words import CALL, HEDGE, accounts, otherwise
from tests.ledger.moving import APPLES, D, holding, intent, merged, refused


@pytest.fixture
def user(memory):
    return holding(memory)


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
    assert user.sound()
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
    assert (position.ledger, position.opened, position.mark) == ("com_acc", old.opened, D("260.00"))
    assert position.amount == old.amount
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


def test_what_is_under_way_elsewhere_keeps_no_ledger_from_giving(user):
    user.earn("gen_acc", "100000")
    user.tell(user.mini("m2"), user.merge(), user.gift("m1.gen_acc"))
    assert [each.key for each in user.run.book.unfinished.values()] == ["gen_acc:m2", "merge:m1"]
    user.finish()
    user.tell(user.gift("m1.com_acc"))
    user.finish()
    assert not user.run.book.nodes["m1"].active
    assert user.sound()


def test_both_legs_of_a_hedge_go_along_though_one_is_owed(user):
    user.fill("m1.com_acc", HEDGE, 1, "111.70", cause="hedge:VIX50")
    user.fill("m1.com_acc", HEDGE.replace("5400", "4800"), -1, "60.00", cause="hedge:VIX50")
    merged(user)
    assert sorted(p.quantity for p in user.book("com_acc").positions.values() if p.hedges) == [-1, 1]
    assert user.sound()


def test_what_arrives_between_the_last_gift_and_the_closing_stays_and_the_account_is_closed(user):
    user.tell(user.merge())
    for name in ("m1.gen_acc", "m1.com_acc"):
        user.tell(user.gift(name))
        user.tell(user.run.book.unfinished["merge:m1"].missing[0])
    user.earn("m1.com_acc", "1.00")
    refused(user, user.gift("m1.com_acc"), "account m1 has given all and is closed first")
    user.finish()
    assert (user.run.book.unfinished, user.book("m1.com_acc").cash) == ({}, D("1.00"))
    assert user.run.book.nodes["m1"].closed_at is not None


def test_an_account_of_which_all_was_taken_is_merged_by_gifts_of_nothing(user):
    user.tell(user.transfer("m1.com_acc", "com_acc", "29999.30", lots=in_kind(user.book("m1.com_acc"))))
    user.finish()
    user.tell(user.transfer("m1.gen_acc", "com_acc", "50000", key="t2"))
    user.finish()
    user.tell(user.merge())
    assert user.run.book.unfinished["merge:m1"].missing == ()
    for name in ("m1.gen_acc", "m1.com_acc"):
        user.tell(user.gift(name))
        user.tell(user.run.book.unfinished["merge:m1"].missing[0])
    user.finish()
    assert (user.run.book.nodes["m1"].multiple, user.book("m1.com_acc").base) == (0, 0)


def test_a_ledger_without_a_base_gives_its_cash_or_its_lots(user):
    for name, amount in (("m1.lots", "100"), ("m1.cash", "50")):
        user.tell(user.transfer("m1.com_acc", name, amount, key=name))
        user.finish()
        user.earn(name, amount)
        user.tell(user.transfer(name, "m1.com_acc", amount, key=f"{name} back"))
        user.finish()
    user.fill("m1.lots", "MSFT", 1, "99.30")
    books = [user.book(name) for name in ("m1.lots", "m1.cash")]
    assert [(book.base, book.cash, len(book.lots)) for book in books] == [(0, 0, 1), (0, 50, 0)]
    user.tell(user.merge())
    for name in ("m1.gen_acc", "m1.com_acc", *(book.name for book in books)):
        assert user.run.book.unfinished["merge:m1"].missing == ()
        user.tell(user.gift(name))
        user.tell(user.run.book.unfinished["merge:m1"].missing[0])
    (closing,) = user.run.book.unfinished["merge:m1"].missing
    for other in (otherwise(closing, target="gen_acc"), otherwise(closing, node="root")):
        refused(user, other, "it is not what the first phase said")
    user.finish()
    assert (user.book("com_acc").shares("MSFT"), user.run.book.unfinished, user.sound()) == (1, {}, True)


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (("3000", "0", "0"), "it has a tax reserve still"),
        (("0", "3000", "0"), "it has budgets still"),
        (("0", "0", "3000"), "it has budgets still"),
    ],
)
def test_what_is_set_apart_keeps_a_ledger_from_giving_all(user, kept, why):
    user.tell(user.reinvest("m1.com_acc", "2026-Q1", *kept), user.merge())
    refused(user, user.gift("m1.com_acc"), why)


def test_what_is_reserved_until_morning_keeps_a_ledger_from_giving_all(user):
    pin = Pinned(
        ledger="m1.gen_acc", symbol="AAPL", instrument=CALL, reserved=D("1.00"), settlement=D("280"), why="near"
    )
    user.tell(pin, user.merge())
    refused(user, user.gift("m1.gen_acc"), "it has pinned reserves still")
    user.tell(otherwise(pin, reserved=D("0.00")), user.gift("m1.gen_acc"))


def test_an_archived_ledger_is_no_target(user):
    merged(user)
    user.fork("m2")
    refused(user, user.merge("m2", "m1.com_acc"), "its target m1.com_acc is no open ledger of another account")


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
