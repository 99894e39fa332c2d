"""The audit row of a switch (KS-8): who, what, which value against which threshold, from where to where, and why."""

from allusr_sdk.kernel.scene import moved
from tests.builders import World, account, books, stub
from tests.kernel.scenes import aapl, writes

ROW = {"rule": "KS-1 KS-2", "reason": "VIX above 65", "value": 65.2, "threshold": 65.0, "source": "VIX"}


def test_a_row_says_from_where_to_where_by_which_rule_and_on_which_reading():
    (row,) = moved(account(books()), "VIX", "SAFE", **ROW, samples=("09:45 65.2",), actor="system")
    assert (row.cause, row.before, row.after, row.ledger) == ("VIX", "NONE", "SAFE", "")
    assert (row.rule, row.reason, row.value, row.threshold) == ("KS-1 KS-2", "VIX above 65", 65.2, 65.0)
    assert (row.source, row.samples, row.actor) == ("VIX", ("09:45 65.2",), "system")


def test_a_switch_that_stands_there_already_leaves_no_row():
    assert list(moved(account(books(), tier="SAFE"), "VIX", "SAFE", **ROW)) == []


def test_a_row_counts_the_orders_that_its_tier_cancels():
    with World(stub(propose=writes())) as world:
        assert len(world.cycle(aapl())) == 1
        counts = {tier: next(moved(world.book, "VIX", tier, **ROW)).cancels for tier in ("HEDGED", "SAFE", "HALT")}
        assert counts == {"HEDGED": 0, "SAFE": 1, "HALT": 1}
