"""Why a contract was chosen, in words."""

import pytest

from allusr_sdk.reports.orders import chosen_detail

FOUND = {"open_interest": 6347.0, "volume": 26882.0, "spread": 0.0059}


@pytest.mark.parametrize(("delta", "said"), [(-0.19996, "delta 0.19996;"), (-0.389, "delta 0.389;")])
def test_a_delta_just_under_its_band_is_not_rounded_into_it(delta, said):
    assert said in chosen_detail("BAND_MISS: no strike in 0.20-0.25, nearest below", FOUND | {"delta": delta}).text
