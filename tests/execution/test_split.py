"""CAD-12: who gets which part of the capital."""

from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.execution.split import split
from allusr_sdk.rulebook import Rulebook

RULES = Rulebook.default()


def test_the_built_in_sleeves_have_40_30_30_in_any_order():
    assert split(("com_acc", "gen_acc", "rev_acc"), RULES) == {"com_acc": 30, "gen_acc": 40, "rev_acc": 30}


def test_a_built_in_sleeve_keeps_its_own_part_where_others_are_missing():
    assert split(("rev_acc",), RULES) == {"rev_acc": 30}


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7])
def test_sleeves_of_others_have_equal_parts_of_exactly_100(count):
    parts = split([f"sleeve{i}" for i in range(count)], RULES)
    assert sum(parts.values()) == 100
    assert max(parts.values()) - min(parts.values()) < Decimal("1e-9")


def test_named_shares_come_before_every_rule():
    parts = split(("gen_acc", "mine"), RULES, shares=("mine = 12.5", "gen_acc=50"))
    assert parts == {"gen_acc": Decimal(50), "mine": Decimal("12.5")}


@pytest.mark.parametrize(
    ("sleeves", "shares", "says"),
    [
        ((), (), "no selected plugin brings a sleeve"),
        (("gen_acc", "mine"), (), "name every sleeve's percentage"),
        (("gen_acc", "mine"), ("mine=10",), "no percentage for gen_acc"),
        (("mine",), ("mien=10",), "did you mean 'mine'?"),
        (("mine",), ("mine",), "expected name=percent"),
        (("mine",), ("mine=-1",), "above 0"),
        (("mine",), ("mine=NaN",), "expected name=percent"),
        (("a", "b"), ("a=60", "b=50"), "more than 100"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(sleeves, shares, says):
    with pytest.raises(InputError, match=says):
        split(sleeves, RULES, shares=shares)
