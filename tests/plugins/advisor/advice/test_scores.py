"""Scores on cases whose result is known by hand."""

from math import inf, log

import numpy as np
import pytest
from allusr_advisor.advice import brier, compare, interval_loss, log_loss, qlike


def test_brier_is_nothing_for_the_certain_truth_and_two_for_the_certain_lie() -> None:
    assert brier({"a": 1.0, "b": 0.0}, "a") == 0
    assert brier({"a": 1.0, "b": 0.0}, "b") == 2


def test_brier_of_an_even_spread_over_two_is_a_half() -> None:
    assert brier({"a": 0.5, "b": 0.5}, "b") == 0.5


def test_brier_counts_an_outcome_that_was_never_thought_of() -> None:
    assert brier({"a": 1.0}, "b") == 2


def test_log_loss_of_what_was_called_impossible_is_infinite() -> None:
    assert log_loss({"a": 0.25, "b": 0.75}, "a") == pytest.approx(log(4))
    assert log_loss({"a": 0.0, "b": 1.0}, "a") == inf
    assert log_loss({"b": 1.0}, "a") == inf


def test_qlike_is_nothing_where_exact_and_punishes_too_low_more_than_too_high() -> None:
    exact, low, high = qlike(np.array([4.0, 4.0, 4.0]), np.array([4.0, 2.0, 8.0]))

    assert exact == 0
    assert low > high > 0


def test_a_range_costs_its_width_and_what_lay_outside() -> None:
    losses = interval_loss(np.array([-1.0, -1.0]), np.array([1.0, 1.0]), np.array([0.0, 1.5]), 0.8)

    assert losses.tolist() == pytest.approx([2.0, 2 + 10 * 0.5])


def test_a_forecast_that_is_always_closer_is_better_and_the_other_way_round_worse() -> None:
    close, far = [0.1, 0.2] * 50, [0.4, 0.3] * 50

    assert compare(close, far).verdict == "better"
    assert compare(far, close).verdict == "worse"


def test_the_same_losses_are_no_different() -> None:
    losses = [0.1, 0.5] * 50

    found = compare(losses, losses)

    assert (found.verdict, found.t) == ("no different", 0.0)


def test_a_difference_that_comes_and_goes_is_no_different() -> None:
    found = compare([1.0, 3.0] * 50, [3.0, 1.01] * 50)

    assert found.loss < found.naive
    assert found.verdict == "no different"


def test_a_forecast_that_is_better_by_the_same_each_time_is_better() -> None:
    assert compare([0.5] * 50, [0.75] * 50).verdict == "better"


def test_a_loss_that_is_not_finite_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="not finite"):
        compare([inf] * 50, [0.1] * 50)


def test_cases_that_do_not_belong_together_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="100 and 99"):
        compare([0.0] * 100, [0.0] * 99)
