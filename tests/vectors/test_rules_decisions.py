"""rules.json, sections `levels`, `early` and `sizing`."""

import json
from decimal import Decimal

import pytest
from allusr_protocol.levels import distance, level_of

from allusr_sdk.contracts.assignment import Night, overnight
from allusr_sdk.kernel.sizing import Capital, Demand, allot
from tests.builders import CALL, PUT, RULES, contract, short


@pytest.fixture
def section(vectors_dir):
    def read(name):
        found = json.loads((vectors_dir / "rules.json").read_text()).get(name)
        if not found:
            pytest.skip(f"rules.json holds no section `{name}`")
        return found

    return read


def test_each_level_is_met(section):
    for right, spot, strike, atr, expected in section("levels"):
        position = short(contract(strike, right=PUT if right == "P" else CALL))
        assert level_of(distance(position, spot, atr, RULES), RULES) == expected, (right, spot, strike)


def test_each_probability_of_early_assignment_is_met(section):
    for row in section("early"):
        more = row["kw"]
        night = Night(
            put=row["cp"] == "P", spot=row["S"], strike=row["K"], bid=row["bid"], ask=row["ask"],
            dividend=more.get("div_next", 0.0), days=more.get("days_to_next", 1),
        )  # fmt: skip
        assert overnight(night) == pytest.approx(row["p"], abs=1e-4), row["name"]


def test_each_size_is_met(section):
    for row in section("sizing"):
        deployable = Decimal(min(row["eq"], row["base"]))
        universe = round(1 / row["symcap"]) if row["symcap"] > 0.25 else 7
        capital = Capital(deployable, Decimal(str(row["deploy"])), Decimal(row["committed"]), universe, 1)
        asked = Demand("ASKED", Decimal(row["K"]), Decimal("1.00"), Decimal(row["symexp"]), 50)
        fits = Demand("FITS", Decimal(1), Decimal("0.01"), Decimal(0), 1)  # so that no exception is made
        assert capital.symbol_cap(RULES) == deployable * Decimal(str(row["symcap"]))
        assert allot([asked, fits], capital, RULES)["ASKED"].lots == row["n"], row["name"]
