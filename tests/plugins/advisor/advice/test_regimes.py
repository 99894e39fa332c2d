"""Regimes: told apart where there are two, filtered and never smoothed, and unknown with too little past."""

from datetime import date
from functools import cache

import pytest
from allusr_advisor.advice import Missing, Regime, changes, regime, walk_regimes
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.model.views import Bar
from tests.plugins.advisor.advice.worlds import bars_of, storms, weekdays

LEAST = 400


@cache
def _bars() -> tuple[Bar, ...]:
    return tuple(bars_of(storms(560)))


def _at(position: int) -> Regime:
    found = regime(_bars()[: position + 1], least=LEAST)
    assert isinstance(found, Regime)
    return found


def test_both_volatilities_are_found() -> None:
    found = _at(450)

    assert found.calm_volatility == pytest.approx(12, abs=3)
    assert found.turbulent_volatility == pytest.approx(45, abs=8)


def test_it_is_calm_in_the_calm_and_turbulent_in_the_storm() -> None:
    assert _at(480).turbulent < 0.2
    assert _at(540).turbulent > 0.8


def test_tomorrow_is_drawn_towards_the_middle() -> None:
    found = _at(540)

    assert 0.5 < found.tomorrow < found.turbulent


def test_too_little_past_says_how_much_is_missing() -> None:
    found = regime(_bars()[:101], least=LEAST)

    assert isinstance(found, Missing)
    assert (found.have, found.need) == (100, LEAST)


def test_no_return_to_the_last_session_is_no_regime() -> None:
    bars = list(_bars())
    bars[-1] = evolve(bars[-1], close=float("nan"))

    assert isinstance(regime(bars, least=LEAST), Missing)


def test_a_market_that_stands_still_has_no_regimes() -> None:
    assert isinstance(regime(bars_of([0.0] * 500), least=LEAST), Missing)


def _said(*probabilities: float) -> list[Regime]:
    return [
        Regime(day=day, turbulent=p, tomorrow=p, calm_volatility=10.0, turbulent_volatility=30.0, fitted=1000)
        for day, p in zip(weekdays(len(probabilities)), probabilities, strict=True)
    ]


def test_a_change_is_told_once_and_needs_a_clear_probability() -> None:
    found = list(changes(_said(0.1, 0.6, 0.79, 0.85, 0.5, 0.9, 0.21, 0.2, 0.3)))

    assert [(c.day, c.turbulent) for c in found] == [(date(2001, 1, 4), True), (date(2001, 1, 10), False)]


def test_the_first_regime_that_is_seen_is_no_change() -> None:
    assert list(changes(_said(0.95, 0.9))) == []


@settings(max_examples=3)
@given(st.integers(LEAST + 5, 500), st.floats(0.01, 1e4))
def test_another_future_leaves_every_earlier_regime_as_it_was(now: int, price: float) -> None:
    other = [bar if i <= now else evolve(bar, close=price) for i, bar in enumerate(_bars())]

    before, after = (walk_regimes(bars, least=LEAST, refit=70) for bars in (_bars(), other))

    known = [r for r in before if r.day <= _bars()[now].day]
    assert known == [r for r in after if r.day <= _bars()[now].day]
    assert len(known) == now - LEAST + 1
