"""What the best of many is worth: less, the more were tried."""

from math import sqrt

import numpy as np
import pytest

from allusr_sdk.reports.evidence import deflated_best, expected_best, overfitting
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.judged import judged, telling
from allusr_sdk.trials.rows import row_of, rows


def yearly(returns):
    """Sharpe's ratio a year, without a riskless rate."""
    return returns.mean() / returns.std(ddof=1) * sqrt(252)


@pytest.fixture
def of_noise(sweep, outcome, noise):
    """A sweep of variants without any skill."""
    made = sweep("a.x=1:20:1")
    return made, {i: outcome(row) for i, row in enumerate(noise, 1)}


def test_the_best_is_that_with_the_highest_ratio_and_is_deflated_by_all(of_noise, noise):
    found = judged(*of_noise)
    ratios = [yearly(row) for row in noise]
    assert found.best == int(np.argmax(ratios)) + 1
    assert found.ratio == pytest.approx(max(ratios), rel=1e-5)
    assert found.deflated == pytest.approx(deflated_best(noise.T))
    assert found.overfitted == pytest.approx(overfitting(noise.T, blocks=12).probability)
    assert (found.variants, found.ended, found.ways, found.returns, found.halvings) == (20, 20, 20, 60, 924)


def test_of_variants_without_skill_the_sentences_say_that_chance_explains_the_best(of_noise):
    found = judged(*of_noise)
    said = list(telling(found))
    assert said[0].startswith("20 variants tried, 20 backtests, 20 of them ended: the best of many looks better")
    assert f"of 20 variants without any skill the best would be expected to show {found.luck:.2f}" in said[1]
    assert "which chance explains well enough: no decision rests on it" in said[2]
    assert said[3].startswith("Probability of overfitting: ")


def test_what_failed_is_counted_as_tried_and_not_ranked(of_noise, noise):
    made, results = of_noise
    worst = int(np.argmin([yearly(row) for row in noise])) + 1
    found = judged(made, results | {worst: Failed("it broke")})
    assert (found.variants, found.ended, found.ratios[worst]) == (20, 19, None)
    ratios = [yearly(row) / sqrt(252) for row in np.delete(noise, worst - 1, axis=0)]
    assert found.luck == pytest.approx(expected_best(20, np.var(ratios, ddof=1)) * sqrt(252))
    assert "1 of 20 variants without an end with all seeds: counted as tried, not ranked." in found.notes


def test_what_never_traded_is_not_ranked_and_does_not_stop_the_others_from_it(sweep, outcome, noise):
    flat = {1: outcome(np.zeros(60)), 2: outcome(noise[0]), 3: outcome(noise[1])}
    found = judged(sweep("a.x=1,2,3"), flat)
    assert found.ratios[1] is None
    assert found.best in (2, 3)
    assert 0 < found.deflated < 1


def test_settings_that_change_nothing_are_told_and_count(sweep, outcome, noise):
    found = judged(sweep("a.x=1,2,3"), {i: outcome(noise[int(i > 1)]) for i in (1, 2, 3)})
    assert found.ways == 2
    assert "2 paths of equity came out; settings that change nothing are counted as tried too." in telling(found)


def test_seeds_stand_one_behind_another(sweep, outcome, noise):
    made = sweep("a.x=1,2", seeds=(7, 8))
    found = judged(made, {i: outcome(noise[i - 1]) for i in range(1, 5)})
    assert (found.variants, found.trials, found.returns) == (2, 4, 120)
    assert found.ratios[2] == pytest.approx(yearly(np.concatenate([noise[2], noise[3]])), rel=1e-5)


def test_too_few_days_rank_nothing_and_call_nothing_the_best(sweep, outcome):
    found = judged(sweep("a.x=1,2"), {1: outcome([0.01, 0.02]), 2: outcome([0.0, 0.01])})
    assert (found.best, found.deflated, found.overfitted) == (None, None, None)
    assert "Nothing can be ranked, so nothing is called the best." in telling(found)


def test_a_sweep_that_has_only_begun_is_judged_by_what_there_is(sweep):
    found = judged(sweep("a.x=1,2"), {})
    assert (found.best, found.ended, found.returns) == (None, 0, 0)


def test_rows_stand_by_their_ratio_with_those_that_did_not_end_last(sweep, outcome, noise):
    made = sweep("a.x=1:4:1")
    results = {1: outcome(noise[0]), 2: Failed("it broke", "there.py:3"), 3: outcome(noise[1] + 0.01)}
    found = rows(made, results, judged(made, results))
    assert [row.row for row in found] == [3, 1, 2, 4]
    assert [row.why for row in found] == ["", "", "it broke (there.py:3)", "not tried yet"]
    assert row_of(found, 3).cell("sharpe").value == pytest.approx(yearly(noise[1] + 0.01), rel=1e-5)
    assert row_of(found, 3).values == {"a.x": "3"}
    with pytest.raises(Exception, match="row 9: the sweep has rows 1 to 4"):
        row_of(found, 9)


def test_a_row_of_several_seeds_says_how_far_they_reach(sweep, outcome, noise):
    made = sweep("a.x=1", seeds=(7, 8))
    results = {1: outcome(noise[0]), 2: outcome(noise[1])}
    (row,) = rows(made, results, judged(made, results))
    ends = sorted(results[i].estimate("cagr").value for i in (1, 2))
    cell = row.cell("cagr")
    assert (cell.low, cell.high) == pytest.approx(tuple(ends), rel=1e-5)
    assert cell.value == pytest.approx(sum(ends) / 2, rel=1e-5)
