"""Sharpe ratios that were tried for: against numbers of the literature, and what has to hold of any."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.errors import InputError
from allusr_sdk.reports.evidence import Shape, deflated, deflated_best, expected_best, overfitting, probabilistic

# Bailey and Lopez de Prado (2014), A Numerical Example: 2.5 a year, 250 days each of five years, a variance of 1/2.
PAPER, VARIANCE = Shape(2.5 / sqrt(250), 1250, -3.0, 10.0), 0.5 / 250


def trials(count, rows=480, *, seed=0, better=None):
    """Returns without skill, a column a trial; `better` lifts one of them."""
    table = np.random.default_rng(seed).normal(0, 0.01, (rows, count))
    if better is not None:
        table[:, better] += 0.004
    return table


# --- deflated Sharpe --------------------------------------------------------------------------------------------------


def test_the_papers_example_comes_out():
    assert expected_best(100, VARIANCE) == pytest.approx(0.1132, abs=5e-5)
    assert deflated(PAPER, 100, VARIANCE) == pytest.approx(0.9004, abs=5e-5)
    assert deflated(PAPER, 46, VARIANCE) == pytest.approx(0.9505, abs=5e-5)


def test_of_one_trial_it_is_the_probabilistic_ratio():
    assert deflated(PAPER, 1, VARIANCE) == probabilistic(PAPER)
    assert probabilistic(Shape(0.0, 100)) == pytest.approx(0.5)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_it_falls_with_the_number_of_trials(one, other):
    fewer, more = sorted((one, other))
    assert deflated(PAPER, fewer, VARIANCE) >= deflated(PAPER, more, VARIANCE)


@given(st.floats(-4.0, 4.0), st.integers(10, 5000))
def test_skew_to_losses_makes_a_good_ratio_less_sure(skew, count):
    kurtosis = 3 + skew**2  # no returns have less than 1 + skew squared
    plain, skewed = (probabilistic(Shape(0.1, count, s, kurtosis)) for s in (0.0, skew))
    assert skewed <= plain if skew < 0 else skewed >= plain


def test_shapes_are_of_the_returns_over_the_rate():
    returns = np.array([0.01, -0.02, 0.03, 0.0])
    found = Shape.of(returns, 0.001)
    assert found.ratio == pytest.approx((returns.mean() - 0.001) / returns.std(ddof=1))
    assert found.count == 4
    assert Shape.of(np.random.default_rng(1).normal(0, 1, 200_000)).kurtosis == pytest.approx(3, abs=0.05)


def test_the_best_of_noise_is_worth_little_and_real_skill_much():
    assert deflated_best(trials(60)) < 0.9
    assert deflated_best(trials(60, better=7)) > 0.99


def test_what_cannot_be_told_is_refused():
    for wrong in (lambda: Shape.of(np.zeros(10)), lambda: expected_best(0, 0.1), lambda: expected_best(3, float("nan")),
                  lambda: probabilistic(Shape(0.1, 1)), lambda: deflated_best(np.full((30, 2), np.nan))):  # fmt: skip
        with pytest.raises(InputError):
            wrong()


# --- overfitting ------------------------------------------------------------------------------------------------------


def test_of_noise_the_best_is_as_often_below_the_median_as_above():
    found = [overfitting(trials(20, seed=seed), blocks=8).probability for seed in range(60)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_skill_stays_best_out_of_sample():
    found = overfitting(trials(20, better=3))
    assert found.probability == 0.0
    assert found.loss == 0.0
    assert found.halvings == 12870


def test_two_trials_that_change_places_are_chosen_wrongly_each_time():
    calm = np.tile([0.01, 0.012], 8)
    table = np.column_stack([np.concatenate([calm, -calm]), np.concatenate([-calm, calm])])
    found = overfitting(table, blocks=2)
    assert (found.probability, found.loss, found.halvings) == (1.0, 1.0, 2)


def test_the_order_of_trials_changes_nothing():
    table = trials(12)
    assert overfitting(table, blocks=6) == overfitting(table[:, ::-1], blocks=6)


def test_rows_that_fill_no_block_are_left_out_at_the_beginning():
    table = trials(5, rows=100)
    assert overfitting(table, blocks=6) == overfitting(table[4:], blocks=6)


def test_a_trial_that_was_never_in_the_market_has_a_ratio_of_zero():
    table = trials(3)
    table[:, 1] = 0.0
    assert 0.0 <= overfitting(table).probability <= 1.0


@pytest.mark.parametrize(
    ("table", "blocks", "said"),
    [
        (trials(3), 7, "even number"),
        (trials(3), 22, "even number"),
        (trials(1), 4, "two trials or more"),
        (trials(3, rows=30), 16, "give 32 or more"),
        (np.full((64, 3), np.nan), 4, "a return in every row"),
    ],
)
def test_what_cannot_be_halved_is_refused(table, blocks, said):
    with pytest.raises(InputError, match=said):
        overfitting(table, blocks=blocks)
