"""Measures of curves: by hand, against the reports' own statistics, and their intervals."""

from datetime import date, timedelta

import numpy as np
import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.reports.evidence import Curve, evaluated
from allusr_sdk.reports.evidence.bootstrap import block_length, intervals
from allusr_sdk.reports.evidence.evaluate import ahead
from allusr_sdk.reports.evidence.metrics import DAYS, MEASURES, WEEKS, Terms
from allusr_sdk.reports.periods.statistics import statistics

MEASURE = {measure.key: measure for measure in MEASURES}
TERMS = Terms(years=1.0, rate=0.04)
FIRST = date(2024, 1, 2)


def rows(*returns):
    """Returns as rows."""
    return np.array(returns, dtype=float)[:, None]


def told(key, table, terms=TERMS):
    """A measure of rows."""
    return MEASURE[key].of(table, terms)


def curve(returns, key="run", **more):
    """A curve over weekdays."""
    days = [d for i in range(3 * len(returns) + 9) if (d := FIRST + timedelta(days=i)).weekday() < 5]
    values = np.concatenate([[100.0], 100 * np.cumprod(1 + np.asarray(returns))])
    return Curve(key=key, name=key, path=dict(zip(days, values.tolist(), strict=False)), options="modelled", **more)


def noise(count, seed=5, mean=0.0005, spread=0.01):
    """Independent normal returns."""
    return np.random.default_rng(seed).normal(mean, spread, count)


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_a_fall_counts_from_the_capital_with_which_it_began():
    assert told("drawdown", rows(-0.1, 0.05, -0.1)) == pytest.approx(0.9 * 1.05 * 0.9 - 1)
    assert told("drawdown", rows(0.1, 0.2)) == 0.0


def test_time_under_water_is_the_longest_stretch_under_a_high_and_its_share():
    path = rows(0.1, -0.05, 0.01, 0.2, -0.1, 0.05, 0.01, 0.01)
    assert told("under_water", path) == 4.0
    assert told("under_water_share", path) == pytest.approx(6 / 8)
    assert told("under_water", rows(0.0, 0.1)) == 0.0


def test_cvar_is_the_mean_of_the_worst_weeks_and_of_a_part_of_the_last_one():
    weeks = rows(-0.10, -0.04, *[0.01] * 28)
    assert told("cvar_95", weeks) == pytest.approx((-0.10 - 0.04 / 2) / 1.5)
    assert told("worst_week", weeks) == -0.10
    assert told("cvar_99", rows(-0.10, *[0.01] * 99)) == pytest.approx(-0.10)


def test_premium_and_hits_are_shares_of_sums_and_unknown_without_any():
    weeks = np.array([[0.01, 60, 100, 2, 3], [-0.02, -90, 100, 0, 1]])
    assert told("kept", weeks) == pytest.approx(-30 / 200)
    assert told("hit_rate", weeks) == pytest.approx(2 / 4)
    assert np.isnan(told("kept", np.array([[0.01, 0, 0, 0, 0]])))


def test_measures_agree_with_the_statistics_of_reports():
    of = curve(noise(300))
    known, found = statistics(of.path, 0.04), evaluated(of, rate=0.04, seed=1, draws=100)
    for key in ("total", "cagr", "volatility", "sharpe", "sortino", "drawdown"):
        assert found.estimate(key).value == pytest.approx(getattr(known, key), rel=1e-4)


# --- intervals --------------------------------------------------------------------------------------------------------


def test_of_independent_returns_an_interval_holds_what_was_seen_and_equal_seeds_give_equal_ones():
    of = [MEASURE[key] for key in ("cagr", "volatility", "sharpe", "sortino")]
    table = noise(400)[:, None]
    found = intervals(table, of, TERMS, seed=3, draws=300)
    assert all(one.low < measure.of(table, TERMS) < one.high for one, measure in zip(found, of, strict=True))
    assert found == intervals(table, of, TERMS, seed=3, draws=300)
    assert found != intervals(table, of, TERMS, seed=4, draws=300)


def test_an_interval_of_the_mean_is_as_wide_as_theory_has_it():
    table = noise(500, mean=0.0)[:, None]
    (found,) = intervals(table, [MEASURE["sharpe"]], Terms(1.0, 0.0), seed=3)
    assert (found.high - found.low) / 252**0.5 == pytest.approx(2 * 1.96 / 500**0.5, rel=0.2)


def test_more_of_the_same_narrows_an_interval():
    short, long = (intervals(noise(n)[:, None], [MEASURE["sharpe"]], TERMS, seed=3, draws=300)[0] for n in (120, 2000))
    assert long.high - long.low < (short.high - short.low) / 2


def test_a_drawn_week_is_never_worse_than_the_worst_that_there_was():
    table = noise(120, spread=0.02)[:, None]
    (found,) = intervals(table, [MEASURE["worst_week"]], TERMS, seed=3, draws=200)
    assert table.min() <= found.low <= found.high <= 0


def test_returns_that_follow_each_other_are_drawn_in_longer_blocks():
    shocks, trend = noise(800, mean=0.0), [0.0]
    for shock in shocks:
        trend.append(0.9 * trend[-1] + shock)
    assert block_length(np.array(trend)) > 4 * block_length(shocks)
    assert block_length(np.zeros(50)) == 1


def test_too_few_rows_have_no_interval_and_too_few_draws_are_refused():
    assert intervals(noise(19)[:, None], [MEASURE["cagr"]], TERMS, seed=3) == (None,)
    with pytest.raises(InputError, match="take 100 draws or more"):
        intervals(noise(50)[:, None], [MEASURE["cagr"]], TERMS, seed=3, draws=99)


# --- curves -----------------------------------------------------------------------------------------------------------


def test_what_a_curve_is_too_short_for_is_unknown_and_says_what_it_needs():
    found = evaluated(curve(noise(30)), rate=0.04, seed=1, draws=100)
    assert found.estimate("cvar_99").value is None
    assert found.estimate("cvar_99").note == "needs 100 weeks"
    assert (found.estimate("cagr").value, found.estimate("cagr").note) == (None, "needs 90 calendar days")
    assert found.estimate("total").low < found.estimate("total").value < found.estimate("total").high
    assert found.estimate("kept") is None


def test_a_curve_that_was_wiped_out_is_unknown_and_no_zero():
    found = evaluated(curve([0.01, -1.0, 0.0]), rate=0.04, seed=1, draws=100)
    assert (found.returns, found.first) == (0, None)
    assert {one.value for one in found.estimates} == {None}


def test_weeks_end_with_their_last_session_and_multiply_to_the_whole():
    of = curve(noise(40))
    assert np.prod(1 + of.weekly[:, 0]) == pytest.approx(np.prod(1 + of.daily[:, 0]))
    assert len(of.weekly) == 9


def test_against_itself_a_curve_is_level_and_against_a_worse_twin_surely_ahead():
    good, days = curve(noise(300)), noise(300)
    same = ahead(good, curve(days), seed=2, draws=200)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    less = ahead(good, curve(days - 0.0005, "worse"), seed=2, draws=200)
    assert less.value > less.low > 0


def test_without_days_that_both_have_nobody_is_ahead():
    away = {day + timedelta(days=4000): value for day, value in curve(noise(30)).path.items()}
    found = ahead(curve(noise(30)), Curve(key="x", name="x", path=away, options="none"), seed=2, draws=100)
    assert (found.value, found.note) == (None, "no days that both have")


def test_every_measure_says_what_it_is_and_of_which_rows():
    assert {measure.rows for measure in MEASURES} == {DAYS, WEEKS}
    assert all(measure.about and measure.unit in ("fraction", "number", "count") for measure in MEASURES)
