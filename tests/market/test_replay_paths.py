"""A replayed session's path: it goes through its bar's four prices and never beyond them."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.market.replay.bridge import path
from allusr_sdk.model.views import Bar

DAY = date(2020, 3, 12)
PRICES = st.floats(0.05, 5000.0).map(lambda price: round(price, 4))


@st.composite
def bars(draw):
    """Any bar, those that open or close at an extreme or never move among them."""
    low, high = sorted((draw(PRICES), draw(PRICES)))
    inside = st.one_of(st.sampled_from((low, high)), st.floats(low, high))
    return Bar(DAY, draw(inside), high, low, draw(inside), 1000.0)


@st.composite
def clocks(draw):
    """Shares of variance gone, of a half day's marks or a whole day's."""
    steps = draw(st.lists(st.floats(0.01, 1.0), min_size=draw(st.sampled_from((4, 42, 78))), max_size=78))
    gone = np.concatenate(([0.0], np.cumsum(steps)))
    return gone / gone[-1]


@given(bars(), clocks(), st.integers(0, 2**32))
def test_a_path_has_its_bars_open_high_low_and_close_and_nothing_beyond(bar, clock, seed):
    found = path(bar, clock, np.random.default_rng(seed))
    assert len(found) == len(clock)
    assert (found[0], found.max(), found.min(), found[-1]) == (bar.open, bar.high, bar.low, bar.close)


@given(bars(), clocks(), st.integers(0, 2**32))
def test_equal_draws_give_equal_paths(bar, clock, seed):
    one, other = (path(bar, clock, np.random.default_rng(seed)) for _ in range(2))
    assert one.tolist() == other.tolist()


def test_paths_move_at_nearly_every_mark_and_never_by_half_their_range_at_once():
    bar, clock = Bar(DAY, 100.0, 103.0, 97.0, 101.0, 1.0), np.linspace(0, 1, 79)
    for seed in range(20):
        found = path(bar, clock, np.random.default_rng(seed))
        steps = [abs(b - a) for a, b in pairwise(found.tolist())]
        assert max(steps) < 3.0
        assert sum(step > 0 for step in steps) > 70


@pytest.mark.parametrize(("close", "order"), [(103.0, "low"), (97.0, "high")])
def test_a_day_that_rises_has_its_low_first_more_often(close, order):
    bar, clock = Bar(DAY, 100.0, 104.0, 96.0, close, 1.0), np.linspace(0, 1, 79)
    paths = [path(bar, clock, np.random.default_rng(seed)) for seed in range(200)]
    low_first = sum(int(found.argmin() < found.argmax()) for found in paths)
    assert low_first > 120 if order == "low" else low_first < 80


def test_a_high_near_the_open_of_a_day_that_falls_comes_early():
    bar, clock = Bar(DAY, 100.0, 100.2, 96.0, 96.5, 1.0), np.linspace(0, 1, 79)
    tops = [int(path(bar, clock, np.random.default_rng(seed)).argmax()) for seed in range(100)]
    assert sum(top < 20 for top in tops) > 80
