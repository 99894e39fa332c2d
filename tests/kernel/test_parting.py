"""Contracts that end at one broker account, parted among the ledgers that hold them (CAD-13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.kernel.parting import parted

HELD = {"m2.gen_acc": -1, "com_acc": -2, "gen_acc": -3, "m10.gen_acc": -2}


@pytest.mark.parametrize(
    ("count", "parts"),
    [
        (8, {"gen_acc": 3, "com_acc": 2, "m2.gen_acc": 1, "m10.gen_acc": 2}),
        (4, {"gen_acc": 2, "com_acc": 1, "m2.gen_acc": 0, "m10.gen_acc": 1}),
        (1, {"gen_acc": 1, "com_acc": 0, "m2.gen_acc": 0, "m10.gen_acc": 0}),
        (0, {"gen_acc": 0, "com_acc": 0, "m2.gen_acc": 0, "m10.gen_acc": 0}),
    ],
)
def test_contracts_are_parted_pro_rata_by_largest_remainder(count, parts):
    assert parted(count, HELD) == parts


def test_a_tie_goes_to_gen_then_rev_then_com_then_to_the_older_fork():
    each = dict.fromkeys(("f2.gen_acc", "m11.com_acc", "com_acc", "m3.gen_acc", "rev_acc", "gen_acc"), -1)
    order = ["gen_acc", "rev_acc", "com_acc", "f2.gen_acc", "m11.com_acc", "m3.gen_acc"]
    for count in range(1, 7):
        assert [name for name, part in parted(count, each).items() if part] == order[:count]


@given(st.lists(st.integers(1, 200), min_size=1, max_size=10), st.data())
def test_nobody_ends_more_than_it_holds_and_all_of_it_ends(sizes, data):
    held = {f"m{n}.gen_acc": -size for n, size in enumerate(sizes)}
    count = data.draw(st.integers(0, sum(sizes)))
    found = parted(count, held)
    assert sum(found.values()) == count
    assert all(0 <= found[name] <= -size for name, size in held.items())
