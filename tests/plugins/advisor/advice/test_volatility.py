"""The forecast of volatility and range: right where the truth is known, and silent where too little is."""

from math import sqrt
from random import Random

import pytest
from allusr_advisor.advice import Missing, VolatilityForecast, forecast_volatility, walk_volatility
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.advisor.advice.worlds import bars_of, storms, vix_of, weekdays

LEAST = 200


def _forecast(moves: list[float]) -> VolatilityForecast:
    found = forecast_volatility(bars_of(moves), vix_of(moves), least=LEAST)
    assert isinstance(found, VolatilityForecast)
    return found


def test_of_a_market_that_never_changes_it_finds_the_volatility() -> None:
    random = Random(5)

    found = _forecast([random.gauss(0, 0.20 / sqrt(252)) for _ in range(900)])

    assert found.volatility == pytest.approx(20, abs=2)


def test_in_a_storm_it_is_far_above_what_it_was_in_the_calm_before() -> None:
    moves = storms(1000)

    calm, storm = _forecast(moves[:890]), _forecast(moves[:960])

    assert storm.volatility > 1.5 * calm.volatility


def test_ranges_come_with_enough_outcomes_and_the_wider_holds_the_narrower() -> None:
    found = _forecast(storms(900))

    narrow, wide = found.spans
    assert (narrow.level, wide.level) == (0.8, 0.95)
    assert wide.low < narrow.low < 0 < narrow.high < wide.high


def test_ranges_hold_about_as_many_outcomes_as_they_say() -> None:
    moves = storms(3000, seed=9)
    bars = bars_of(moves)

    found = [f for f in walk_volatility(bars, vix_of(moves), range(LEAST, 2995, 5), least=LEAST) if f.spans]

    ahead = {bars[i].day: 100 * sum(moves[i + 1 : i + 6]) for i in range(2995)}
    inside = sum(f.spans[0].low <= ahead[f.day] <= f.spans[0].high for f in found) / len(found)
    assert inside == pytest.approx(0.8, abs=0.06)


def test_before_a_hundred_outcomes_there_is_no_range() -> None:
    assert _forecast(storms(500)).spans == ()


def test_each_naive_method_stands_beside_it() -> None:
    found = _forecast(storms(500))

    assert set(found.naive) == {"last", "mean", "ewma", "vix", "vix_scaled", "har"}
    assert found.advisory is True


def test_too_little_past_says_how_much_is_missing() -> None:
    moves = storms(150)

    found = forecast_volatility(bars_of(moves), vix_of(moves), least=LEAST)

    assert isinstance(found, Missing)
    assert found.why == "volatility: 51 sessions missing (150 of 201)"


def test_without_todays_vix_there_is_no_forecast() -> None:
    moves = storms(500)
    vix = {day: value for day, value in vix_of(moves).items() if day < weekdays(500)[-1]}

    assert isinstance(forecast_volatility(bars_of(moves), vix, least=LEAST), Missing)


@pytest.mark.parametrize("value", [0.0, -3.0, float("nan"), float("inf")])
def test_a_vix_that_is_no_number_of_points_gives_no_forecast(value: float) -> None:
    moves = storms(500)
    vix = {**vix_of(moves), weekdays(500)[-1]: value}

    assert isinstance(forecast_volatility(bars_of(moves), vix, least=LEAST), Missing)


def test_right_after_a_hole_there_is_no_forecast() -> None:
    moves = storms(500)
    bars = bars_of(moves)
    del bars[470:480]

    assert isinstance(forecast_volatility(bars, vix_of(moves), least=LEAST), Missing)


def test_no_bars_at_all_are_too_few() -> None:
    assert isinstance(forecast_volatility([], {}, least=LEAST), Missing)


@settings(max_examples=5)
@given(st.integers(0, 2**16), st.integers(520, 580), st.floats(0.01, 1e4), st.floats(0.01, 200))
def test_another_future_leaves_every_earlier_forecast_as_it_was(seed: int, now: int, price: float, vix: float) -> None:
    moves = storms(600, length=40, seed=seed)
    bars, points, days = bars_of(moves), vix_of(moves), weekdays(600)
    other = [
        bar if i <= now else evolve(bar, open=price, high=price, low=price, close=price) for i, bar in enumerate(bars)
    ]
    changed = {day: value if day <= days[now] else vix for day, value in points.items()}

    # Every third session, so that forecasts are made before the ones just before them have turned out.
    before = walk_volatility(bars, points, range(LEAST, 600, 3), least=LEAST)
    after = walk_volatility(other, changed, range(LEAST, 600, 3), least=LEAST)

    known = [f for f in before if f.day <= days[now]]
    assert known == [f for f in after if f.day <= days[now]]
    assert known[-1].spans
