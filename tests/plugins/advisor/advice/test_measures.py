"""Daily measures: what each is made of, and that what is not known stays unknown."""

from math import isnan, log, sqrt

import pytest
from allusr_advisor.advice import panel
from attrs import evolve

from tests.plugins.advisor.advice.worlds import bars_of, storms, vix_of


def _moves(count: int) -> list[float]:
    return [0.01 if i % 2 else -0.01 for i in range(count)]


def test_realised_volatility_is_that_of_twenty_sessions_a_year() -> None:
    measured = panel(bars_of(_moves(30)), {})

    assert measured.columns["realised"][-1] == pytest.approx(100 * 0.01 * sqrt(252))
    assert isnan(measured.columns["realised"][19])


def test_vix_less_realised_is_in_points() -> None:
    bars = bars_of(_moves(30))

    measured = panel(bars, {bars[-1].day: 25.0})

    assert measured.columns["vix_less_realised"][-1] == pytest.approx(25 - 100 * 0.01 * sqrt(252))


def test_a_gap_is_told_in_percent_either_way() -> None:
    bars = bars_of(_moves(3))
    bars[-1] = evolve(bars[-1], open=bars[-2].close * 0.97)

    assert panel(bars, {}).columns["gap"][-1] == pytest.approx(3.0)


def test_symbols_that_move_as_one_have_correlation_one() -> None:
    moves = storms(80)

    measured = panel(bars_of(moves), {}, {name: bars_of(moves, start=10.0) for name in "ABC"})

    assert measured.columns["correlation"][-1] == pytest.approx(1.0)


def test_symbols_that_move_by_themselves_have_correlation_near_nothing() -> None:
    universe = {name: bars_of(storms(80, seed=seed)) for seed, name in enumerate("ABCDEF")}

    assert abs(panel(bars_of(storms(80)), {}, universe).columns["correlation"][-1]) < 0.15


def test_two_symbols_are_no_universe() -> None:
    universe = {name: bars_of(storms(80, seed=seed)) for seed, name in enumerate("AB")}

    assert isnan(panel(bars_of(storms(80)), {}, universe).columns["correlation"][-1])


def test_a_hole_in_the_bars_is_not_bridged() -> None:
    bars = bars_of(_moves(60))
    del bars[30:40]

    measured = panel(bars, {})

    assert isnan(measured.columns["gap"][30])
    assert isnan(measured.columns["realised"][30])
    assert isnan(measured.columns["realised"][49])


def test_bars_that_do_not_follow_each_other_have_no_return_between_them() -> None:
    bars = bars_of(_moves(30))

    assert isnan(panel([*bars, bars[-1]], {}).columns["realised"][-1])
    assert isnan(panel([*bars, bars[-2]], {}).columns["realised"][-1])


@pytest.mark.parametrize("close", [0.0, -5.0, float("nan"), float("inf")])
def test_what_is_no_price_makes_its_returns_unknown(close: float) -> None:
    bars = bars_of(_moves(30))
    bars[-1] = evolve(bars[-1], close=close)

    assert isnan(panel(bars, {}).columns["realised"][-1])


def test_a_day_without_vix_or_headlines_is_unknown_and_not_zero() -> None:
    measured = panel(bars_of(_moves(3)), vix_of(_moves(2)), sentiment={})

    assert isnan(measured.columns["vix"][-1])
    assert isnan(measured.columns["sentiment"][-1])


def test_realised_volatility_does_not_depend_on_the_price_level() -> None:
    moves = [log(1.01), log(0.99)] * 15

    cheap, dear = (panel(bars_of(moves, start=start), {}).columns["realised"][-1] for start in (1.0, 5000.0))

    assert cheap == pytest.approx(dear)
