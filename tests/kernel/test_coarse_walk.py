"""How often an order is replaced: ten times on a grid (KS-11.8), on coarse data what sixty seconds leave (CAD-14)."""

import pytest

from allusr_sdk.kernel.entries import walk_steps
from allusr_sdk.model.views import Grain
from tests.builders import RULES, market, sleeve_view, snapshot


@pytest.mark.parametrize(("grain", "steps"), [(Grain.GRID, 10), (Grain.COARSE, 5)])
def test_coarse_data_leaves_time_for_six_limits(grain, steps):
    assert walk_steps(sleeve_view(market(snapshot(), grain=grain))) == steps


def test_more_patience_never_lifts_the_limit_on_replacements():
    patient = RULES.tightened({"cad_14.walk_seconds": 600})
    assert walk_steps(sleeve_view(market(snapshot(), grain=Grain.COARSE), rules=patient)) == 10
