"""rules.json, section `atr`."""

import json
from datetime import date

import pytest

from allusr_sdk.market.indicators import sma, true_ranges, wilder
from allusr_sdk.model.views import Bar


@pytest.fixture
def section(vectors_dir):
    found = json.loads((vectors_dir / "rules.json").read_text()).get("atr")
    if not found:
        pytest.skip("rules.json holds no section `atr`")
    return found


def ranges(section):
    return true_ranges([Bar(date(2026, 1, i + 1), *row) for i, row in enumerate(section["bars"])])


def test_true_ranges_are_met(section):
    assert ranges(section) == section["tr"]


@pytest.mark.parametrize(("column", "average"), [("sma5", sma), ("wilder5", wilder)])
def test_averages_are_met_from_the_sixth_bar_on(section, column, average):
    spans = ranges(section)[1:]
    for bar, expected in enumerate(section[column]):
        if expected is not None:
            assert average(spans[:bar], 5) == pytest.approx(expected, abs=1e-9), bar
