"""What is tried: grids, ranges and draws, and what is refused before anything is run."""

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.trials.space import space


def values(*over, **more):
    """What each variant says of each setting."""
    return [variant.values for variant in space(over, **{"draws": None, "seed": 7} | more).variants]


def test_a_grid_has_every_combination_the_last_setting_turning_first():
    assert values("a.x=1,2", "b.y=low,high") == [("1", "low"), ("1", "high"), ("2", "low"), ("2", "high")]


def test_a_range_ends_where_its_steps_do_to_the_last_digit():
    assert values("a.x=0.25:0.35:0.05") == [("0.25",), ("0.30",), ("0.35",)]
    assert values("a.x=0:5:2") == [("0",), ("2",), ("4",)]


def test_a_list_or_a_time_of_day_is_one_value():
    assert values("a.x=[0.2, 0.3],[0.1, 0.2]") == [("[0.2, 0.3]",), ("[0.1, 0.2]",)]
    assert values('a.x="1,2",3') == [('"1,2"',), ("3",)]
    assert values("a.x=09:30") == [("09:30",)]


def test_draws_are_of_the_grid_each_once_and_the_same_by_the_same_seed():
    drawn = values("a.x=1:10:1", "a.y=1:10:1", draws=12)
    assert len(set(drawn)) == 12
    assert set(drawn) <= set(values("a.x=1:10:1", "a.y=1:10:1"))
    assert drawn == values("a.x=1:10:1", "a.y=1:10:1", draws=12)
    assert drawn != values("a.x=1:10:1", "a.y=1:10:1", draws=12, seed=8)


def test_more_draws_than_a_grid_has_are_the_grid():
    assert values("a.x=1,2", draws=9) == [("1",), ("2",)]


def test_numbers_between_two_ends_are_drawn_whole_where_both_are():
    drawn = values("a.x=0.2:0.4", "a.n=1:3", draws=50)
    assert all(0.2 <= float(x) <= 0.4 and n in "123" for x, n in drawn)
    assert len({x for x, _ in drawn}) > 40
    assert {n for _, n in drawn} == {"1", "2", "3"}
    assert drawn[:10] == values("a.x=0.2:0.4", "a.n=1:3", draws=10)


def test_pairs_go_to_set_or_to_what_if_by_how_they_were_given():
    made = space(["a.x=1"], ["lq_1.spread=0.2"], draws=None, seed=7)
    assert made.pairs(made.variants[0]) == ("a.x=1",)
    assert made.pairs(made.variants[0], loosening=True) == ("lq_1.spread=0.2",)


@pytest.mark.parametrize(("over", "draws", "said"), [
    ([], None, "needs something to try"),
    (["a.x"], None, "--over a.x: expected setting=a,b,c or setting=low:high:step"),
    (["a.x=1,,2"], None, "each once"),
    (["a.x=1,1"], None, "each once"),
    (["a.x=1,2", "a.x=3"], None, "--over a.x: is given twice"),
    (["a.x=0.2:0.4"], None, "a grid needs a step"),
    (["a.x=4:1:1"], None, "from the lower end to the higher"),
    (["a.x=1:4:0"], None, "by a step above zero"),
    (["a.x=1:2"], 0, "--random 0: give a number of variants from 1"),
    (["run.seed=1,2"], None, "several seeds are --seeds N"),
    (["a.x=1:1000:1", "a.y=1:1000:1"], None, "the grid has 1,000,000 variants"),
])  # fmt: skip
def test_what_cannot_be_tried_is_refused_in_one_line(over, draws, said):
    with pytest.raises(InputError, match=said) as caught:
        space(over, draws=draws, seed=7)
    assert "\n" not in str(caught.value)
