"""How rare each tier is: the closes of the VIX above it since 1990, counted in the index's own history (KS-3)."""

import pytest

from allusr_sdk.kernel.switches import graver, tier_of
from allusr_sdk.market.bars import DailyBars
from tests.builders import RULES

MONTHS = {
    "NONE": ["2008-10", "2008-11", "2008-12", "2009-01", "2009-02", "2009-03", "2020-03", "2020-04", "2025-04"],
    "HEDGED": ["2008-10", "2008-11", "2008-12", "2020-03"],
    "SAFE": ["2008-10", "2008-11", "2020-03"],
}
"""The months of this history with a close in a graver tier than the one named."""


@pytest.fixture(scope="module")
def closes(data_dir):
    series = DailyBars.load(data_dir / "daily").series["VIX"]
    return {str(day): float(close) for day, close in zip(series.days, series.values[:, 3], strict=True)}


@pytest.mark.parametrize("tier", MONTHS)
def test_closes_above_a_tier_fall_into_a_few_months(closes, tier):
    above = [day for day, close in closes.items() if graver(tier_of(close, RULES)[0], tier)]
    assert min(closes) < "1990-02"
    assert list(dict.fromkeys(day[:7] for day in above if day < "2026")) == MONTHS[tier]


def test_three_closes_reached_a_halt(closes):
    halts = {day: close for day, close in closes.items() if tier_of(close, RULES)[0] == "HALT" and day < "2026"}
    assert halts == {"2008-10-27": 80.06, "2008-11-20": 80.86, "2020-03-16": 82.69}
