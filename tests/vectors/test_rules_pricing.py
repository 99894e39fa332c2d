"""rules.json, section `short`: European values and Greeks to 1e-6."""

import json

import pytest

from allusr_sdk.market import pricing


@pytest.fixture
def short(vectors_dir):
    section = json.loads((vectors_dir / "rules.json").read_text()).get("short")
    if not section:
        pytest.skip("rules.json holds no section `short`")
    return section


@pytest.mark.parametrize(
    ("column", "formula"),
    [
        ("px", pricing.price),
        ("delta", pricing.delta),
        ("gamma", pricing.gamma),
        ("vega", pricing.vega),
        ("theta", pricing.theta),
        ("rho", pricing.rho),
        ("pitm", pricing.probability_itm),
    ],
)
def test_each_number_of_the_short_vectors_is_met(short, column, formula):
    for row in short:
        terms = {"strike": row["K"], "years": row["T"], "rate": row["r"], "dividend_yield": row["q"]}
        value = formula(put=row["cp"] == "P", spot=row["S"], volatility=row["v"], **terms)
        assert float(value) == pytest.approx(row[column], abs=1e-6), (row["name"], column)


def test_the_probability_of_touching_the_strike_is_met(short):
    for row in short:
        value = pricing.touch(spot=row["S"], strike=row["K"], years=row["T"], volatility=row["v"])
        assert float(value) == pytest.approx(row["touch"], abs=1e-6), row["name"]


def test_the_price_gives_the_volatility_back(short):
    for row in short:
        terms = {"strike": row["K"], "years": row["T"], "rate": row["r"], "dividend_yield": row["q"]}
        value = pricing.implied_volatility(row["px"], put=row["cp"] == "P", spot=row["S"], **terms)
        assert float(value) == pytest.approx(row["v"], abs=1e-6), row["name"]
