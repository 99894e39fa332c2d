"""Week types: silent before fifty weeks, calibrated by what came, and blind to the future."""

from random import Random

import pytest
from allusr_advisor.advice import LABELS, Missing, Week, WeekForecast, forecast_week, walk_weeks
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.errors import InputError
from allusr_sdk.rulebook import Rulebook

CALM, ASSIGNED, ROLL = "CALM_INCOME", "ASSIGNMENT", "ROLL"


def _weeks(count: int, *, seed: int = 2, tells: float = 0.0) -> list[Week]:
    """Weeks whose label follows their feature with probability `tells`, else chance."""
    random, found = Random(seed), []
    for i in range(count):
        fear = random.gauss(0, 1)
        label = (
            (ROLL if fear > 0.5 else CALM) if random.random() < tells else random.choice([CALM, CALM, ASSIGNED, ROLL])
        )
        found.append(Week(week=f"{2000 + i // 52}-W{i % 52 + 1:02}", label=label, features={"fear": fear}))
    return found


def _forecast(past: list[Week], coming: Week) -> WeekForecast:
    found = forecast_week(past, coming)
    assert isinstance(found, WeekForecast)
    return found


COMING = Week(week="2030-W01", features={"fear": 0.0})


def test_labels_and_the_first_week_are_the_rulebooks() -> None:
    rules = Rulebook.default()

    assert rules.texts("WK-3.precedence") == LABELS
    assert rules.value("WK-6.weeks").value == 50


@pytest.mark.parametrize(("have", "missing"), [(0, 50), (49, 1)])
def test_before_fifty_weeks_it_says_how_many_are_missing(have: int, missing: int) -> None:
    found = forecast_week(_weeks(have), COMING)

    assert isinstance(found, Missing)
    assert found.why == f"week type: {missing} final weeks missing ({have} of 50)"


def test_every_type_has_a_probability_and_they_sum_to_one() -> None:
    found = _forecast(_weeks(60), COMING)

    assert set(found.probabilities) == set(LABELS)
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert min(found.probabilities.values()) > 0
    assert found.advisory is True


def test_a_feature_that_tells_the_type_is_used_and_beats_the_naive_ones() -> None:
    past = _weeks(150, tells=0.95)

    fearful, calm = (_forecast(past, evolve(COMING, features={"fear": fear})) for fear in (2.0, -2.0))

    assert fearful.model == "logistic"
    assert fearful.better
    assert fearful.probabilities[ROLL] > 0.7
    assert calm.probabilities[CALM] > 0.7


def test_where_nothing_tells_the_type_it_stays_near_how_often_each_came() -> None:
    found = _forecast(_weeks(150), COMING)

    assert found.scores["forecast"].brier < found.scores["climatology"].brier * 1.05
    assert found.probabilities[CALM] == pytest.approx(0.5, abs=0.15)


def test_types_that_follow_each_other_in_turn_are_foreseen_without_any_feature() -> None:
    past = [Week(week=f"w{i}", label=(CALM, ASSIGNED)[i % 2]) for i in range(80)]

    found = _forecast(past, Week(week="next"))

    assert found.probabilities[CALM] > 0.8
    assert "logistic" not in found.candidates


def test_features_that_are_unknown_for_the_week_to_come_silence_the_regression_alone() -> None:
    found = _forecast(_weeks(60), Week(week="next", features={"fear": float("nan")}))

    assert set(found.candidates) == {"climatology", "persistence", "markov"}


def test_each_forecast_stands_beside_the_scores_of_the_naive_ones() -> None:
    found = _forecast(_weeks(60), COMING)

    assert set(found.scores) == {"forecast", "climatology", "persistence", "markov", "logistic"}
    assert {score.count for score in found.scores.values()} == {10}


def test_the_first_forecast_has_no_score_yet() -> None:
    found = _forecast(_weeks(50), COMING)

    assert found.scores == {}
    assert not found.better


@pytest.mark.parametrize("label", [None, "STORMY", "calm_income"])
def test_a_week_whose_type_is_none_is_refused_by_name(label: str | None) -> None:
    past = _weeks(60)
    past[40] = evolve(past[40], label=label)

    with pytest.raises(InputError, match=f"week {past[40].week}: {label!r} is none of"):
        forecast_week(past, COMING)


@settings(max_examples=15)
@given(st.integers(0, 2**16), st.integers(4, 16), st.sampled_from(LABELS), st.floats(-1e3, 1e3))
def test_another_future_leaves_every_earlier_forecast_as_it_was(seed: int, now: int, label: str, fear: float) -> None:
    weeks = _weeks(20, seed=seed, tells=0.5)
    # The label of the week that is forecast belongs to the future, its features do not.
    other = [
        *weeks[:now], evolve(weeks[now], label=label),
        *(evolve(week, label=label, features={"fear": fear}) for week in weeks[now + 1 :]),
    ]  # fmt: skip

    # With so little past one week more is enough to change which candidate is chosen.
    before, after = walk_weeks(weeks, least=3), walk_weeks(other, least=3)

    known = now - 3 + 1
    assert before[:known] == after[:known]
    assert len(before) == 17
