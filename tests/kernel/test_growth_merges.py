"""Merges: entries freeze, shorts run off, and all that an account has goes into the root's ledger in kind (FK-3)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Broken, DividendAccrued, Expired, Filled, IntentRecorded, Pinned
from tests.builders import contract, stub
from tests.kernel.grove import Grove, merge, mini
from tests.kernel.scenes import aapl, held_put, held_shares, writes

D = Decimal
NEXT = (date(2026, 2, 23), date(2026, 2, 20))
MERGE = ["MergeSent", "MergeTaken"]


def grown(world):
    """A mini whose generator ledger holds shares, bought the day before."""
    world.earn("gen_acc", "100000")
    world.morning()
    held_shares(world, 100, ledger="m1.gen_acc", price="95")


def once(*wishes):
    """A rule that answers each week with the next of some wishes."""
    left = list(wishes)
    return lambda tree: left.pop(0) if left else ()


def waits(world):
    return [e.why for e in world.events("Decided") if e.verdict == "hold" and e.subject == "merge m1"]


def test_all_goes_into_the_roots_compounding_ledger_with_lots_and_dates():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        total, lot = world.book.equity, world.book.ledgers["m1.gen_acc"].lots[0]
        world.morning(*NEXT)
        before = world.run.seq
        world.morning(date(2026, 2, 24), NEXT[0])
        assert world.kinds(before) == [*MERGE, *MERGE, "NodeClosed"]
        com = world.book.ledgers["com_acc"]
        assert com.lots == (lot,)
        assert com.cash == D("90000") + 100_000 - 9_500
        assert world.book.equity == total
        assert world.book.unfinished == {}


def test_the_account_is_archived_and_never_deleted():
    with Grove(once([mini()], [merge(cause="3 years")])) as world:
        grown(world)
        world.morning(*NEXT)
        world.morning(date(2026, 2, 24), NEXT[0])
        node = world.book.nodes["m1"]
        assert (node.closing, node.target, node.closed_at) == ("3 years", "com_acc", date(2026, 2, 24))
        assert node.multiple == 1
        assert [world.book.ledgers[name].equity for name in node.ledgers] == [0, 0]
        assert list(world.kernel.sleeves) == ["gen_acc", "rev_acc", "com_acc"]


def test_a_ledger_that_has_lost_all_gives_its_base_before_the_account_is_closed():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        world.earn("m1.com_acc", str(-world.book.ledgers["m1.com_acc"].cash))
        world.morning(*NEXT)
        before = world.run.seq
        world.morning(date(2026, 2, 24), NEXT[0])
        assert world.kinds(before) == [*MERGE, *MERGE, "NodeClosed"]
        assert [world.book.ledgers[name].base for name in world.book.nodes["m1"].ledgers] == [0, 0]


def test_shorts_run_off_first_and_the_wait_is_said_once():
    with Grove(once([mini()], [merge()])) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        held_put(world, ledger="m1.com_acc")
        key = f"m1.com_acc:{contract(100).osi}"
        world.morning(*NEXT)
        for day in (24, 25):
            world.morning(date(2026, 2, day), date(2026, 2, day - 1))
        assert waits(world) == [f"{key} runs off first"]
        assert world.told(*MERGE) == []
        world.kernel.heard(Expired(
            ledger="m1.com_acc", symbol="AAPL", rule="LQ-6", instrument=contract(100).osi, quantity=-1,
            settlement=D("101"),
        ))  # fmt: skip
        world.morning(date(2026, 2, 26), date(2026, 2, 25))
        assert [e.source for e in world.events("MergeTaken")] == ["m1.gen_acc", "m1.com_acc"]


def test_a_hedge_does_not_run_off_for_months_both_its_legs_go_along():
    half_year = date(2026, 8, 21)
    upper, lower = (contract(strike, expiry=half_year, root="SPY") for strike in (540, 480))
    with Grove(once([mini()], [merge()])) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        for one, count, price in ((upper, 1, "10.00"), (lower, -1, "4.00")):
            world.kernel.heard(Filled(
                ledger="m1.gen_acc", symbol="SPY", rule="PE-10", key="h", execution=one.osi, instrument=one.osi,
                quantity=count, price=D(price), fee=D("0.65"), touch=None, opening=True, cause="hedge:L2",
            ))  # fmt: skip
        held = {p.key.partition(":")[2]: (p.quantity, p.amount) for p in world.book.positions}
        total = world.book.equity
        world.morning(*NEXT)
        world.morning(date(2026, 2, 24), NEXT[0])
        moved = world.book.positions
        assert {p.key.partition(":")[2]: (p.quantity, p.amount) for p in moved} == held
        assert {(p.ledger, p.hedges) for p in moved} == {("com_acc", True)}
        assert world.book.equity == total
        assert world.book.unfinished == {}


def test_nothing_is_opened_in_an_account_that_is_to_be_merged():
    funds = {"gen_acc": "0.01", "rev_acc": "0.01", "com_acc": "0.01"}
    with Grove(once([mini()], [merge()]), propose=writes(), funds=funds) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        held_put(world, ledger="m1.gen_acc", strike=98)
        world.morning(*NEXT)
        assert world.cycle(aapl()) == ()
        refused = [e.why for e in world.events("Decided", ledger="m1.com_acc") if e.verdict == "refuse"]
        assert any("FK-3 m1 is to be merged: 3x" in why for why in refused)


def pinned(world):
    world.kernel.heard(Pinned(
        ledger="m1.gen_acc", symbol="AAPL", rule="LQ-6", instrument=contract(100).osi, reserved=D("10000"),
        settlement=D("100"), why="until morning",
    ))  # fmt: skip


def working(world):
    world.kernel.heard(IntentRecorded(
        ledger="m1.gen_acc", symbol="AAPL", rule="CAD-9", key="k", action="buy", legs=(("AAPL", 10),), cause="entry",
        limit=D("1.00"), mid=D("1.00"), worst=D("1.00"), opening=True,
    ))  # fmt: skip


def owed(world):
    held_shares(world, 100, ledger="m1.gen_acc", price="95")
    world.kernel.heard(DividendAccrued(
        ledger="m1.gen_acc", symbol="AAPL", rule="LQ-7", shares=100, per_share=D("0.25"), cash=D("25.00"),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (pinned, f"{contract(100).osi} may still be assigned"), (working, "k still works"),
        (owed, "AAPL owes a dividend"),
    ],
)  # fmt: skip
def test_what_is_not_over_yet_is_waited_for(what, why):
    with Grove(once([mini()], [merge()])) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        what(world)
        world.morning(*NEXT)
        world.morning(date(2026, 2, 24), NEXT[0])
        assert waits(world) == [why]
        assert world.told(*MERGE) == []


def test_nothing_moves_while_books_and_broker_disagree():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        world.morning(*NEXT)
        world.kernel.heard(Broken(rule="B09", subject="cash", what="cash", ours="1", theirs="2", cause="a fee"))
        world.morning(date(2026, 2, 24), NEXT[0])
        assert waits(world) == ["B09 cash is open between books and broker"]
        assert world.told(*MERGE) == []


def test_options_that_are_owned_go_along_with_what_they_were_bought_for():
    with Grove(once([mini()], [merge()])) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        held_put(world, ledger="m1.gen_acc", lots=-2, price="3.00")
        (hedge,) = world.book.ledgers["m1.gen_acc"].positions.values()
        world.morning(*NEXT)
        world.morning(date(2026, 2, 24), NEXT[0])
        (moved,) = world.book.ledgers["com_acc"].positions.values()
        assert (moved.quantity, moved.amount, moved.opened) == (2, hedge.amount, hedge.opened)


def test_what_the_target_owes_is_no_place_for_what_an_account_owns():
    with Grove(once([mini()], [merge()])) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        held_put(world, ledger="m1.gen_acc", lots=-1)
        held_put(world, ledger="com_acc", lots=1)
        world.morning(*NEXT)
        world.morning(date(2026, 2, 24), NEXT[0])
        assert waits(world) == [f"{contract(100).osi} is held the other way round by its target"]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (merge("m7"), "FK-3 there is no account m7"), (merge("root"), "FK-3 root is no mini account"),
        (merge("f1"), "FK-3 f1 is no mini account"),
    ],
)  # fmt: skip
def test_what_is_no_mini_is_not_merged(wish, why):
    with Grove(once([mini(form="FULL")], [wish])) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.morning(*NEXT)
        (refused,) = [e for e in world.events("Decided") if e.verdict == "refuse"]
        assert refused.why == why
        assert world.told("MergeIntended") == []


def test_what_has_no_mark_yet_leaves_the_equity_unknown():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        world.dawn(*NEXT)
        assert [e.why for e in world.events("Decided") if e.verdict == "refuse"] == [
            "FK-3 m1.gen_acc:AAPL has no mark yet: its equity is not known"
        ]


def test_a_merge_that_is_under_way_is_not_begun_again():
    with Grove(once([mini()], [merge(), merge()])) as world:
        grown(world)
        world.morning(*NEXT)
        assert len(world.told("MergeIntended")) == 1


def test_without_a_compounding_ledger_nothing_is_merged():
    with Grove(once([mini(styles=("gen_acc",))], [merge()]), stub("gen_acc"), funds={"gen_acc": "120000"}) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.morning(*NEXT)
        (refused,) = [e for e in world.events("Decided") if e.verdict == "refuse"]
        assert refused.why == "FK-3 root has no compounding ledger that could take it"
