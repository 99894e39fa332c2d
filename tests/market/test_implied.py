"""Volatilities and Greeks of whole chains: what a price says, and where it says nothing."""

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.market import pricing
from allusr_sdk.market.implied import of_prices

RATE, YIELD = 0.04, 0.013
GREEKS = {
    "delta": pricing.delta,
    "gamma": pricing.gamma,
    "vega": pricing.vega,
    "theta": pricing.theta,
    "probability": pricing.probability_itm,
}


def grid():
    """From a minute to ten years, 1 % to 500 %, six standard deviations either way, puts and calls."""
    years = np.geomspace(60 / 31_536_000, 10, 12)
    volatility = np.geomspace(0.01, 5, 12)
    away = np.array([0, 1e-6, 1e-3, 0.05, 0.3, 1, 2, 3, 4.5, 6])
    t, v, z, put = (a.ravel() for a in np.meshgrid(years, volatility, np.concatenate((-away, away)), [True, False]))
    total = v * np.sqrt(t)
    forward = 100 * np.exp((RATE - YIELD) * t)
    possible = np.abs(z) * total < 20
    return tuple(a[possible] for a in (put, t, v, forward, forward * np.exp(z * total)))


def test_over_a_wide_grid_quantlib_s_prices_give_their_volatilities_back():
    put, years, volatility, forward, strike = grid()
    total, discount = volatility * np.sqrt(years), np.exp(-RATE * years)
    sides = np.where(put, ql.Option.Put, ql.Option.Call).tolist()
    rows = zip(sides, strike.tolist(), forward.tolist(), total.tolist(), discount.tolist(), strict=True)
    paid = np.array([ql.blackFormula(*row) for row in rows])
    nearer = np.log(forward / strike) / total + total / 2
    vega = discount * forward * np.exp(-nearer * nearer / 2) / np.sqrt(2 * np.pi)
    found = of_prices(paid, put=put, spot=100.0, strike=strike, years=years, rate=RATE, dividend_yield=YIELD)
    # What a price holds of its volatility: a volatility that is further off than this has another price as a float.
    blur = 64 * np.finfo(float).eps * np.maximum(forward, strike) * discount / np.maximum(vega * total, 1e-300)
    told = blur < 1e-3
    assert told.sum() > 3000
    assert (np.abs(found.volatility / volatility - 1) <= 1e-11 + blur)[told].all()


def test_out_of_the_money_the_volatility_is_exact_however_little_is_paid():
    """Prices below 1e-200 of the share are no cents, but they have a logarithm."""
    years, strike = 4 / 365, np.array([100.0, 103, 110, 125, 150, 180])
    for volatility in (0.05, 0.2, 0.8, 3.0):
        terms = {"put": False, "spot": 100.0, "strike": strike, "years": years, "rate": 0.0}
        values = [ql.blackFormula(ql.Option.Call, k, 100.0, volatility * np.sqrt(years)) for k in strike.tolist()]
        found = of_prices(values, **terms).volatility
        sound = np.array(values) > 1e-11  # below that QuantLib's own difference of distributions is rounding
        assert found[sound] == pytest.approx(volatility, rel=1e-4)
        assert found[np.array(values) > 1e-3] == pytest.approx(volatility, rel=1e-11)


@settings(max_examples=200)
@given(
    st.booleans(),
    st.floats(0.01, 4),
    st.floats(1 / 525_600, 5),
    st.floats(-4, 4),
    st.floats(-0.02, 0.1),
    st.floats(0, 0.08),
)
def test_prices_of_known_volatilities_give_them_back_with_the_library_s_greeks(
    put, volatility, years, away, rate, paid
):
    strike = 100 * np.exp(away * volatility * np.sqrt(years))
    terms = {"put": put, "spot": 100.0, "strike": strike, "years": years, "rate": rate, "dividend_yield": paid}
    value = float(pricing.price(volatility=volatility, **terms))
    slope = float(pricing.vega(volatility=volatility, **terms))
    if not slope * volatility > 1e-6 * max(100.0, strike):  # so little vega that a price is no volatility any more
        return
    found = of_prices(value, **terms)
    assert float(found.volatility) == pytest.approx(volatility, rel=1e-8)
    for name, greek in GREEKS.items():
        theirs = float(greek(volatility=float(found.volatility), **terms))
        assert float(getattr(found, name)) == pytest.approx(theirs, rel=1e-9, abs=1e-9), name


@given(st.booleans(), st.floats(0.2, 5.0), st.floats(1e-5, 3), st.floats(-0.02, 0.1))
def test_a_price_outside_its_bounds_is_unknown_and_never_zero(put, ratio, years, rate):
    spot, strike = 100.0, 100.0 * ratio
    owed = strike * np.exp(-rate * years)
    least, most = max(owed - spot if put else spot - owed, 0.0), owed if put else spot
    prices = [least, least * (1 - 1e-6) - 1e-9, most, most * 1.01, 0.0, -1.0, np.nan, np.inf, -np.inf]
    found = of_prices(prices, put=put, spot=spot, strike=strike, years=years, rate=rate)
    for name in ("volatility", "vega", *GREEKS):
        assert np.isnan(getattr(found, name)).all(), name


@pytest.mark.parametrize("change", [
    {"years": 0.0}, {"years": -1.0}, {"years": np.nan}, {"spot": 0.0}, {"spot": np.nan}, {"spot": np.inf},
    {"strike": 0.0}, {"strike": -5.0}, {"strike": np.nan},
])  # fmt: skip
def test_an_unknown_input_leaves_its_own_row_unknown_and_no_other(change):
    columns = {"spot": 100.0, "strike": 100.0, "years": 0.1}
    terms = {name: np.array([value, change.get(name, value)]) for name, value in columns.items()}
    found = of_prices(3.0, put=False, rate=RATE, **terms)
    assert np.isfinite(found.volatility).tolist() == [True, False]
    assert np.isnan([getattr(found, name)[1] for name in GREEKS]).all()


def test_time_value_that_is_only_rounding_says_nothing():
    """A deep call a hair over its bound: the difference of two floats of 60 dollars is no volatility."""
    owed = 40 * np.exp(-RATE * 0.1)
    terms = {"put": False, "spot": 100.0, "strike": 40.0, "years": 0.1, "rate": RATE}
    assert np.isnan(of_prices(np.nextafter(100 - owed, 200), **terms).volatility)
    assert np.isfinite(of_prices(100 - owed + 1e-6, **terms).volatility)


def test_rows_say_the_same_alone_and_in_any_company():
    rng = np.random.default_rng(3)
    count = 20_000
    put, volatility = rng.random(count) < 0.5, rng.uniform(0.05, 1.5, count)
    years = rng.uniform(0.5, 900, count) / 365
    strike = 100 * np.exp(rng.uniform(-2, 2, count) * volatility * np.sqrt(years))
    terms = {"put": put, "strike": strike, "years": years}
    paid = pricing.price(spot=100.0, rate=RATE, volatility=volatility, **terms)
    whole = of_prices(paid, spot=100.0, rate=RATE, **terms)
    assert np.abs(whole.volatility - volatility).max() < 1e-9
    for rows in (slice(0, 1), slice(8190, 8194), slice(19_000, 20_000)):
        part = of_prices(paid[rows], spot=100.0, rate=RATE, **{k: v[rows] for k, v in terms.items()})
        for name in ("volatility", *GREEKS):
            assert getattr(part, name) == pytest.approx(getattr(whole, name)[rows], rel=1e-13), name


def test_the_shape_of_what_is_asked_comes_back():
    terms = {"put": True, "spot": 100.0, "years": 0.1, "rate": RATE}
    assert of_prices(3.0, strike=100.0, **terms).delta.shape == ()
    assert of_prices([[3.0, 4.0], [5.0, 6.0]], strike=100.0, **terms).delta.shape == (2, 2)
    assert of_prices([], strike=[], **terms).delta.shape == (0,)
