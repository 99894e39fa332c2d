"""Levels, confirmation and hysteresis (PE-2, PE-3, PE-4)."""

from datetime import timedelta
from math import sqrt

import pytest
from allusr_protocol.levels import confirm, distance, level_of
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import Watch
from tests.builders import AT, CALL, NAN, RULES, contract, shares, short

SIXTHS = st.floats(-2, 5, allow_nan=False)


def after(*samples, watch=None, top=3, consecutive=True):
    """The watch after samples of (minutes, m)."""
    seen = watch or Watch()
    for minutes, m in samples:
        at = AT + timedelta(minutes=minutes)
        seen = confirm(seen, m, at, RULES, top=top, consecutive=consecutive)
    return seen


def at_level(level):
    return Watch(level=level, rising=level)


@pytest.mark.parametrize(
    ("right", "spot", "m"), [("P", 590.0, 1.0), ("P", 606.0, -1.0), ("C", 606.0, 1.0), ("C", 590.0, -1.0)]
)
def test_distance_counts_atr_past_the_strike(right, spot, m):
    position = short(contract(598, right=CALL if right == "C" else contract().right))
    assert distance(position, spot, 8.0, RULES) == m


def test_distance_of_shares_counts_under_the_basis_over_five_sessions():
    assert distance(shares(basis="100"), 90.0, 2.0, RULES) == pytest.approx(10 / (2 * sqrt(5)))


@pytest.mark.parametrize(("m", "level"), [(0.999, 0), (1.0, 1), (1.999, 1), (2.0, 2), (2.999, 2), (3.0, 3), (9.0, 3)])
def test_thresholds_are_inclusive(m, level):
    assert level_of(m, RULES) == level


def test_one_sample_at_a_threshold_waits_for_a_second_and_two_confirm():
    once = after((0, 1.1))
    assert (once.level, once.rising, once.rising_at) == (0, 1, AT)
    assert after((0, 1.1), (5, 1.1)) == at_level(1)


def test_a_sample_between_that_falls_back_starts_the_count_anew():
    assert after((0, 1.1), (5, 0.9), (10, 1.1)).level == 0


@pytest.mark.parametrize(("m", "level"), [(1.24, 0), (1.25, 1), (2.24, 1), (2.25, 2), (3.24, 2), (3.25, 3), (8.0, 3)])
def test_one_sample_a_quarter_past_a_threshold_jumps(m, level):
    assert after((0, m)).level == level


def test_two_samples_confirm_the_lower_of_their_levels_and_the_higher_goes_on_waiting():
    seen = after((0, 1.1), (5, 2.1))
    assert (seen.level, seen.rising) == (1, 2)
    assert after((0, 2.1), (5, 1.1)) == at_level(1)
    assert after((0, 1.1), (5, 2.1), (10, 2.1)) == at_level(2)


def test_samples_less_than_five_seconds_apart_are_one_and_a_fast_stream_confirms_all_the_same():
    second = 1 / 60
    assert after((0, 1.1), (4.9 * second, 1.1)).level == 0
    assert after((0, 1.1), (5 * second, 1.1)).level == 1
    assert after(*((n * second, 1.1) for n in range(6))).level == 1
    assert after((0, 2.1), *((n * second, m) for n, m in ((2, 1.1), (5, 2.1)))).level == 1


def test_coarse_samples_never_confirm_by_two_but_do_by_a_jump():
    assert after(*((60 * n, 1.2) for n in range(9)), consecutive=False).level == 0
    assert after((0, 1.25), consecutive=False).level == 1


def test_down_takes_three_samples_over_a_quarter_of_an_hour():
    one = at_level(1)
    assert after((0, 0.75), (5, 0.75), (10, 0.75), watch=one).level == 1
    assert after((0, 0.75), (15, 0.75), watch=one).level == 1
    assert after((0, 0.75), (5, 0.75), (15, 0.75), watch=one) == at_level(0)


def test_a_sample_inside_the_hysteresis_starts_the_calm_anew():
    seen = after((0, 0.7), (5, 0.7), (10, 0.76), (15, 0.7), watch=at_level(1))
    assert (seen.level, seen.calm, seen.calm_since) == (1, 1, AT + timedelta(minutes=15))


def test_down_goes_one_level_at_a_time_for_each_has_its_own_hysteresis():
    fell = after((0, 1.7), (10, 1.7), (20, 0.1), watch=at_level(2))
    assert fell == at_level(1)
    assert after((25, 0.1), (30, 0.1), watch=fell).level == 1
    assert after((25, 0.1), (30, 0.1), (40, 0.1), watch=fell) == at_level(0)


def test_level_three_never_falls_by_itself():
    assert after(*((5 * n, -2.0) for n in range(50)), watch=at_level(3)).level == 3


def test_a_cap_holds_the_level():
    assert after((0, 9.0), (5, 9.0), top=2) == at_level(2)


@pytest.mark.parametrize("m", [NAN, float("inf"), float("-inf")])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_an_unknown_distance_confirms_nothing_and_calms_nothing(m, level):
    assert after(*((5 * n, m) for n in range(9)), watch=at_level(level)) == at_level(level)
    calm = after((0, 0.5), (5, m), (15, 0.5), (16, 0.5), watch=at_level(1))
    assert calm.level == 1


@given(st.lists(st.tuples(st.integers(1, 600), SIXTHS), max_size=30), st.integers(0, 3), st.booleans())
def test_whatever_comes_up_needs_the_evidence_and_down_is_slow(steps, level, consecutive):
    watch, at, history = at_level(level), AT, []
    for seconds, m in steps:
        at += timedelta(seconds=seconds)
        before, watch = watch, confirm(watch, m, at, RULES, consecutive=consecutive)
        history.append((at, m))
        assert watch.level <= max(before.level, level_of(m, RULES))
        assert watch.level >= before.level - 1
        if watch.level > before.level and level_of(m - 0.25, RULES) < watch.level:
            assert consecutive
            assert len(history) > 1
        if watch.level < before.level:
            calm = history[-3:]
            assert before.level != 3
            assert len(calm) == 3
            assert all(past <= before.level - 0.25 for _, past in calm)
