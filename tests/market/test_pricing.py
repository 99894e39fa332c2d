"""Prices against published values, QuantLib and the laws that they obey."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import NEW_YORK, xnys

# Haug 1998, by way of QuantLib's test-suite/europeanoption.cpp: put, strike, spot, q, r, years, volatility, value.
HAUG = [
    (False, 65, 60, 0, 0.08, 0.25, 0.30, 2.1334),
    (True, 95, 100, 0.05, 0.10, 0.50, 0.20, 2.4648),
    (True, 19, 19, 0.10, 0.10, 0.75, 0.28, 1.7011),
    (False, 1.60, 1.56, 0.08, 0.06, 0.50, 0.12, 0.0291),
    (False, 100, 90, 0.10, 0.10, 0.10, 0.15, 0.0205),
    (True, 100, 90, 0.10, 0.10, 0.10, 0.15, 9.9210),
    (True, 100, 110, 0.10, 0.10, 0.50, 0.35, 5.7963),
]
# Hull, Options, Futures and Other Derivatives: stock, put, the text's Greeks example, index option.
HULL = [
    (False, 40, 42, 0, 0.10, 0.5, 0.2, 4.7594),
    (True, 40, 42, 0, 0.10, 0.5, 0.2, 0.8086),
    (False, 50, 49, 0, 0.05, 20 / 52, 0.2, 2.4005),
]
# QuantLib's test-suite/europeanoption.cpp (Haug's Greeks): Greek, put, strike, spot, q, r, years, volatility, value.
GREEKS = [
    (pricing.delta, False, 100, 105, 0.10, 0.10, 0.5, 0.36, 0.5946),
    (pricing.delta, True, 100, 105, 0.10, 0.10, 0.5, 0.36, -0.3566),
    (pricing.gamma, False, 60, 55, 0, 0.10, 0.75, 0.30, 0.0278),
    (pricing.vega, False, 60, 55, 0, 0.10, 0.75, 0.30, 18.9358),
    (pricing.rho, False, 75, 72, 0, 0.09, 1, 0.19, 38.7325),
]
# Hull's example 13 prints fewer digits: the Greek, its value, half of the last digit printed.
HULL_GREEKS = [
    (pricing.delta, 0.522, 5e-4),
    (pricing.gamma, 0.066, 5e-4),
    (pricing.theta, -4.31, 5e-3),
    (pricing.vega, 12.1, 5e-2),
    (pricing.rho, 8.91, 5e-3),
]
# Our regime: put, strike, spot, q, days, volatility, value, delta.
REGIME = [
    (True, 598.5, 600, 0.012, 1.2, 0.14, 1.240798, -0.371703),
    (True, 599, 600, 0.012, 0.25, 0.14, 0.461842, -0.321921),
    (True, 176, 180, 0.0, 4.25, 0.45, 1.783605, -0.309709),
    (False, 236, 230, 0.005, 4.25, 0.28, 0.789489, 0.205030),
]


def terms(put, strike, spot, q, r, years, volatility):
    return {
        "put": put,
        "strike": strike,
        "spot": spot,
        "dividend_yield": q,
        "rate": r,
        "years": years,
        "volatility": volatility,
    }


@pytest.mark.parametrize("row", HAUG + HULL)
def test_european_values_of_haug_and_hull_are_met(row):
    assert float(pricing.price(**terms(*row[:7]))) == pytest.approx(row[7], abs=1e-4)


def test_the_index_option_of_hull_is_met():
    assert float(pricing.price(**terms(False, 900, 930, 0.03, 0.08, 2 / 12, 0.2))) == pytest.approx(51.83, abs=5e-3)


@pytest.mark.parametrize("row", GREEKS)
def test_greeks_of_haug_are_met(row):
    assert float(row[0](**terms(*row[1:8]))) == pytest.approx(row[8], abs=1e-4)


@pytest.mark.parametrize(("greek", "value", "half_digit"), HULL_GREEKS)
def test_greeks_of_hull_are_met_to_the_digits_he_prints(greek, value, half_digit):
    assert float(greek(**terms(False, 50, 49, 0, 0.05, 20 / 52, 0.2))) == pytest.approx(value, abs=half_digit)


@pytest.mark.parametrize("row", REGIME)
def test_values_of_our_own_regime_are_met(row):
    put, strike, spot, q, days, volatility, value, delta = row
    option = terms(put, strike, spot, q, 0.04, days / 365, volatility)
    assert float(pricing.price(**option)) == pytest.approx(value, abs=1e-6)
    assert float(pricing.delta(**option)) == pytest.approx(delta, abs=1e-6)


def test_a_leap_of_our_regime_is_met():
    assert float(pricing.price(**terms(False, 205, 230, 0.005, 0.04, 1.25, 0.3))) == pytest.approx(48.056196, abs=1e-6)


def quantlib(put, strike, spot, q, r, days, volatility):
    today = ql.Date(2, 1, 2026)
    ql.Settings.instance().evaluationDate = today
    count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, q, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, r, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), volatility, count)),
    )
    payoff = ql.PlainVanillaPayoff(ql.Option.Put if put else ql.Option.Call, strike)
    option = ql.VanillaOption(payoff, ql.EuropeanExercise(today + days))
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    return option


@pytest.mark.parametrize("put", [True, False])
@pytest.mark.parametrize("days", [1, 4, 45, 450])
@pytest.mark.parametrize("volatility", [0.08, 0.3, 1.2])
def test_a_grid_agrees_with_the_analytic_engine_of_quantlib(put, days, volatility):
    for strike in (70.0, 95.0, 100.0, 104.0, 150.0):
        theirs = quantlib(put, strike, 100.0, 0.013, 0.04, days, volatility)
        ours = terms(put, strike, 100.0, 0.013, 0.04, days / 365, volatility)
        assert float(pricing.price(**ours)) == pytest.approx(theirs.NPV(), abs=1e-10)
        assert float(pricing.delta(**ours)) == pytest.approx(theirs.delta(), abs=1e-10)
        assert float(pricing.gamma(**ours)) == pytest.approx(theirs.gamma(), abs=1e-10)
        assert float(pricing.vega(**ours)) == pytest.approx(theirs.vega(), abs=1e-8)
        assert float(pricing.theta(**ours)) == pytest.approx(theirs.theta(), abs=1e-8)


volatilities = st.floats(0.05, 1.5)
lives = st.floats(0.25 / 365, 2.0)
distances = st.floats(-2.5, 2.5)


@given(volatilities, lives, distances, st.floats(0, 0.08), st.floats(0, 0.05))
def test_put_and_call_are_in_parity(volatility, years, distance, rate, dividend):
    strike = 100 * np.exp(distance * volatility * np.sqrt(years))
    call, put = (
        float(pricing.price(**terms(side, strike, 100.0, dividend, rate, years, volatility))) for side in (False, True)
    )
    forward = 100 * np.exp(-dividend * years) - strike * np.exp(-rate * years)
    assert call - put == pytest.approx(forward, abs=1e-10 * max(100.0, strike))


@settings(max_examples=300)
@given(st.booleans(), volatilities, lives, distances)
def test_a_price_gives_its_volatility_back(put, volatility, years, distance):
    strike = 100 * np.exp(distance * volatility * np.sqrt(years))
    option = terms(put, strike, 100.0, 0.01, 0.04, years, volatility)
    if not 0.05 <= abs(float(pricing.delta(**option))) <= 0.95:
        return
    del option["volatility"]
    paid = pricing.price(**option, volatility=volatility)
    assert float(pricing.implied_volatility(paid, **option)) == pytest.approx(volatility, abs=1e-8)


@given(st.booleans(), volatilities, lives)
def test_delta_falls_as_the_strike_rises(put, volatility, years):
    strikes = 100 * np.exp(np.linspace(-2, 2, 41) * volatility * np.sqrt(years))
    deltas = pricing.delta(**terms(put, strikes, 100.0, 0.01, 0.04, years, volatility))
    assert (np.diff(deltas) < 0).all()


def test_a_price_without_a_volatility_gives_nan_and_not_a_tiny_number():
    option = {"put": True, "strike": 110.0, "spot": 100.0, "rate": 0.04, "years": 0.1}
    lower = 110 * np.exp(-0.004) - 100
    prices = [lower, lower - 0.01, 0.0, -1.0, 110 * np.exp(-0.004), 200.0, np.nan, np.inf]
    assert np.isnan(pricing.implied_volatility(prices, **option)).all()
    assert np.isfinite(pricing.implied_volatility(lower + 0.5, **option))


@pytest.mark.parametrize("years", [0.0, -0.01, np.nan])
def test_without_time_left_nothing_is_computed(years):
    option = {"put": [True, False], "strike": 100.0, "spot": 100.0, "rate": 0.04, "years": years}
    assert np.isnan(pricing.implied_volatility(1.0, **option)).all()
    assert np.isnan(pricing.price(**option, volatility=0.2)).all()
    assert np.isnan(pricing.delta(**option, volatility=0.2)).all()


def test_puts_and_calls_in_one_array_keep_their_places():
    sides = np.array([True, False, True])
    deltas = pricing.delta(**terms(sides, 100.0, 100.0, 0.0, 0.04, 0.1, 0.3))
    assert (deltas < 0).tolist() == sides.tolist()
    assert deltas[1] - deltas[0] == pytest.approx(1.0)


def test_touching_is_about_twice_as_likely_as_ending_beyond_the_strike():
    option = terms(True, 95.0, 100.0, 0.0, 0.0, 4 / 365, 0.4)
    beyond = float(pricing.probability_itm(**option))
    assert float(pricing.touch(spot=100.0, strike=95.0, years=4 / 365, volatility=0.4)) == pytest.approx(
        2 * beyond, rel=0.05
    )


def test_years_run_to_the_close_of_the_expiry_s_session():
    at = datetime(2026, 11, 25, 10, 0, tzinfo=NEW_YORK)
    half_day = pricing.expiry_close(date(2026, 11, 27), xnys())
    assert half_day == datetime(2026, 11, 27, 13, 0, tzinfo=NEW_YORK)
    assert pricing.years(at.astimezone(UTC), half_day) == (51 * 3600) / 31_536_000


def test_an_expiry_on_a_saturday_ends_with_friday_s_session():
    assert pricing.expiry_close(date(2014, 1, 18), xnys()) == datetime(2014, 1, 17, 16, 0, tzinfo=NEW_YORK)


def test_an_expiry_beyond_the_calendar_ends_at_four_o_clock():
    assert pricing.expiry_close(date(2062, 1, 20), xnys()) == datetime(2062, 1, 20, 16, 0, tzinfo=NEW_YORK)
