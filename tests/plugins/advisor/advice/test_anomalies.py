"""Flags: a planted oddity is found and explained, calm is left alone, and the unknown is never flagged."""

from datetime import date
from random import Random

import pytest
from allusr_advisor.advice import MEASURES, Anomalies, Limits, Panel, Reading, anomalies, walk_anomalies
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.advisor.advice.worlds import weekdays

SMALL = Limits(least=40, window=80, refit=30)
NAN = float("nan")


def _panel(count: int = 100, *, seed: int = 3, **last: float) -> Panel:
    """Measures that wander by one unit around twenty, with the last day's values as given."""
    random = Random(seed)
    columns = {name: [random.gauss(20, 1) for _ in range(count)] for name in MEASURES}
    for name, value in last.items():
        columns[name][-1] = value
    return Panel(tuple(weekdays(count)), {name: tuple(values) for name, values in columns.items()})


def _today(panel: Panel) -> Anomalies:
    found = anomalies(panel, SMALL)
    assert found is not None
    return found


def _reading(name: str, panel: Panel) -> Reading:
    return next(r for r in _today(panel).readings if r.measure == name)


def test_a_value_far_from_its_past_is_flagged_with_its_numbers() -> None:
    found = _reading("vix", _panel(vix=40.0))

    assert found.verdict == "flag"
    assert found.value == 40.0
    assert found.median == pytest.approx(20, abs=0.5)
    assert found.z is not None
    assert found.z > 10
    assert found.rank == 1.0
    assert found.history == 80
    assert "vix 40, median" in found.why


def test_a_value_far_below_its_past_is_flagged_too() -> None:
    assert _reading("vix_less_realised", _panel(vix_less_realised=-5.0)).verdict == "flag"


def test_an_ordinary_day_has_no_flag_of_a_measure() -> None:
    typical = dict.fromkeys(MEASURES, 20.0)

    assert _today(_panel(**typical)).flags == ()


def test_a_day_that_is_odd_only_in_all_its_measures_together_is_flagged_by_the_forest() -> None:
    shifted = dict.fromkeys(MEASURES, 23.0)

    today = _today(_panel(**shifted))

    assert today.together.verdict == "flag"
    assert "odder than" in today.together.why


def test_too_little_past_is_unknown_and_says_how_much_is_missing() -> None:
    found = _reading("vix", _panel(31, vix=90.0))

    assert found.verdict == "unknown"
    assert found.why == "vix: 10 sessions of past are missing"


def test_a_measure_without_a_value_today_is_unknown() -> None:
    assert _reading("sentiment", _panel(sentiment=NAN)).verdict == "unknown"


def test_a_past_that_does_not_vary_says_nothing() -> None:
    flat = Panel(tuple(weekdays(100)), {"vix": (20.0,) * 99 + (21.0,)})

    assert _reading("vix", flat).verdict == "unknown"


def test_a_measure_that_is_not_there_at_all_is_unknown() -> None:
    today = _today(Panel(tuple(weekdays(100)), {"vix": tuple(map(float, range(100)))}))

    assert {r.measure for r in today.readings if r.verdict == "unknown"} == set(MEASURES) - {"vix"}
    assert today.together.verdict == "unknown"


@pytest.mark.parametrize("value", [NAN, float("inf"), 1e300])
def test_a_number_that_is_no_measure_leaves_the_others_unjudged_together(value: float) -> None:
    grown_before = walk_anomalies(_panel(vix=value), SMALL, first=95)

    assert grown_before[-1].together.verdict == "unknown"


def test_a_panel_without_days_has_no_last_day() -> None:
    assert anomalies(Panel((), {})) is None


def test_the_same_panel_gives_the_same_flags() -> None:
    assert _today(_panel(vix=30.0)) == _today(_panel(vix=30.0))


def test_anomalies_are_marked_advisory() -> None:
    assert _today(_panel()).advisory is True


@settings(max_examples=5)
@given(st.integers(0, 2**16), st.integers(60, 98), st.floats())
def test_another_future_leaves_every_flag_of_the_past_as_it_was(seed: int, now: int, later: float) -> None:
    known = _panel(seed=seed)
    changed = evolve(
        known, columns={name: (*values[:now], *(later,) * (100 - now)) for name, values in known.columns.items()}
    )

    before, after = (walk_anomalies(panel, SMALL, first=now - 3)[:3] for panel in (known, changed))

    assert before == after
    assert [day.day for day in before] == _days(known, now)


def _days(known: Panel, now: int) -> list[date]:
    return list(known.days[now - 3 : now])
